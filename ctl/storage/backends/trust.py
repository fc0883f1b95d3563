"""Whether the certificate of a store's server is one that the registry takes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

SECONDS = 5.0


def distrust(address: str, environment: Mapping[str, str]) -> str | None:
    """Return what speaks against a server's certificate, in OpenSSL's words; None when nothing does.

    Args:
        address: an https URL.
        environment: of the registry; names the authorities that it trusts as Go does.

    Raises:
        OSError: the server cannot be reached from here.
    """
    parts = urlsplit(address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # As Go: a name counts only as an alternative name, and a certificate that is trusted itself is enough.
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    file, directory = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    if file or directory:
        context.load_verify_locations(file or None, directory or None)
    if not file:
        context.set_default_verify_paths()
    host = parts.hostname or ""
    with socket.create_connection((host, parts.port or 443), timeout=SECONDS) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=host):
                return None
        except ssl.SSLCertVerificationError as error:
            return error.verify_message


def is_trusted(address: str, environment: Mapping[str, str]) -> bool:
    """Whether the registry would take a server's certificate, as far as that can be told from here."""
    try:
        return distrust(address, environment) is None
    except OSError:
        return False
