"""Whose certificates this machine trusts, and whether what a server shows leads to one of them.

It is OpenSSL that says so, in a handshake: what a reading of names alone takes for a chain may be none.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ctl.paths import Layout
from ctl.regex import compile_late

if TYPE_CHECKING:
    from ctl.registry.client import Client

# What Debian's programs trust, by the hashes of names: nothing is read but what is wanted.
SYSTEM = Path("/etc/ssl/certs")
# Where GitLab's Linux package looks for certificates of the administrator's own.
OWN = "/etc/gitlab/trusted-certs"
MAXIMUM_BYTES = 1024 * 1024

_BLOCK = compile_late(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_ROUNDS = 10

# Source: openssl/x509_vfy.h.
SELF_SIGNED = 18
UNKNOWN_ISSUER = (2, 19, 20, 21)


class Refusal(Struct, frozen=True):
    """Why a chain is not trusted: OpenSSL's number, and its words."""

    number: int
    reason: str


def client_context(layout: Layout, system: Path = SYSTEM) -> ssl.SSLContext:
    """Return what judges servers as clients of this machine do, apart from their names.

    Args:
        layout: where certificates of the administrator's own lie.
        system: the directory of those that the system trusts.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # A certificate that is trusted itself needs no authority above it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with contextlib.suppress(OSError):
        context.load_verify_locations(capath=str(system))
    for certificate in _own(layout.under(OWN)):
        with contextlib.suppress(ssl.SSLError, ValueError):
            context.load_verify_locations(cadata=certificate)
    return context


def _own(directory: Path) -> Iterator[bytes | str]:
    """Yield the certificates of a directory, of which each file holds some in PEM form, or one in DER."""
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return
    for path in paths:
        try:
            if not path.is_file():
                continue
            with path.open("rb") as file:
                content = file.read(MAXIMUM_BYTES)
        except OSError:
            continue
        blocks = [block.decode("ascii", "replace") for block in _BLOCK.findall(content)]
        yield from blocks or [content]


def refused_of_files(certificate: Path, key: Path, context: ssl.SSLContext) -> Refusal | None:
    """Return why a chain is not trusted that a server would show; None where it is.

    Args:
        certificate: the server's own with its chain.
        key: of the server's own, without a pass phrase.
        context: see `client_context`.

    Raises:
        OSError: no server can use them; an `ssl.SSLError` among them.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # An empty pass phrase opens nothing, and asks nobody at the terminal.
    server.load_cert_chain(certificate, key, password="")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        context.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(_ROUNDS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return _refusal(error)
            if end is ends[0]:
                return None
    raise ssl.SSLError("the handshake does not come to its end")


def refused_of_served(client: Client, context: ssl.SSLContext) -> Refusal | None:
    """Return why a chain is not trusted that somebody serves; None where it is.

    Raises:
        Unreachable: nobody serves one.
    """
    # Who looks at files alone speaks no HTTP.
    from ctl.registry.client import Unreachable

    try:
        client.peer_certificate(context)
    except Unreachable as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            return _refusal(error.__cause__)
        raise
    return None


def _refusal(error: ssl.SSLCertVerificationError) -> Refusal:
    return Refusal(error.verify_code, error.verify_message.rstrip("."))
