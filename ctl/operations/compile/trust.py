"""Certificates that are whole by themselves and that those who have to trust them will not trust."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

from ctl.credentials.certificate import CredentialError
from ctl.credentials.keys import describe_bundle, matches
from ctl.diagnostics.model import Diagnostic, Severity
from ctl.errors import reason
from ctl.operations.compile.source import Source
from ctl.paths import Layout
from ctl.plan.derive import registry_enabled
from ctl.plan.model import CertificateFact
from ctl.syntax.model import written as spelled

BUNDLE = ("registry", "rootcertbundle")
KEY = ("registry", "internal_key")
# What Debian's programs trust.
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def check_bundle(source: Source, layout: Layout) -> Iterator[Diagnostic]:
    """Yield what is wrong with the certificates that tokens are checked against, where a file holds them.

    Args:
        source: the settings.
        layout: the root.
    """
    registry = source.settings.registry
    if registry.rootcertbundle is None or not registry_enabled(source.settings):
        return
    path, place = layout.under(registry.rootcertbundle), source.places.value(BUNDLE)
    key = registry.internal_key
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        describe_bundle(text)
        if key is None or matches(key.get_secret_value(), text):
            return
        message = (
            f"{path} is not for the key in {spelled(KEY)}: the registry would refuse every token of GitLab"
        )
        help = f"put the certificate of that key there, or leave {spelled(BUNDLE)} out to have one made"
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        help = "put the certificate of GitLab's signing key there; the registry does not start without"
    except CredentialError as error:
        message = f"{path}, named by {spelled(BUNDLE)}: {error}"
        help = "name the certificate of GitLab's signing key"
    yield Diagnostic(Severity.ERROR, "token-certificate", message, place, help)


def check_issuer(
    fact: CertificateFact | None, source: Source, trusted: Path = TRUSTED
) -> Iterator[Diagnostic]:
    """Yield a warning where a certificate stands alone and was issued by one that clients may not know.

    Args:
        fact: the pair in use; None where there is none.
        source: the settings.
        trusted: the certificates that this machine trusts.
    """
    if fact is None or fact.temporary or not Path(fact.certificate).is_file():
        return
    from cryptography import x509

    try:
        leaf, *chain = x509.load_pem_x509_certificates(Path(fact.certificate).read_bytes())
    except (ValueError, OSError):
        return
    if chain or leaf.issuer == leaf.subject or _trusts(trusted, leaf.issuer.public_bytes()):
        return
    given = source.settings.registry.nginx.ssl_certificate is not None
    own = ("registry", "nginx", "ssl_certificate") if given else ("registry_external_url",)
    yield Diagnostic(
        Severity.WARNING,
        "certificate-without-chain",
        f"{fact.certificate} holds the server's certificate alone, issued by {leaf.issuer.rfc4514_string()},"
        " which this machine does not know: clients say 'x509: certificate signed by unknown authority'",
        source.places.value(own),
        "append the issuer's certificate (fullchain.pem, not cert.pem), or let clients trust the issuer",
    )


def _trusts(trusted: Path, name: bytes) -> bool:
    """Whether a file of certificates holds one of this subject."""
    try:
        text = trusted.read_bytes()
    except OSError:
        return False
    for body in _BLOCK.findall(text):
        try:
            if name in base64.b64decode(body):
                return True
        except binascii.Error:
            continue
    return False
