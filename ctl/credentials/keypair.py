"""Making the key pair with which GitLab signs a registry's tokens and the registry checks them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ctl.credentials.hidden import Hidden
from ctl.credentials.keys import load_private_key

KEY_BITS = 4096
LIFETIME = timedelta(days=3650)


class KeyPair(Hidden, frozen=True):
    """A private key and a certificate of it, both PEM; shows neither when printed."""

    key_pem: str
    certificate_pem: str

    def __repr__(self) -> str:
        return "KeyPair(<secret>)"


def generate(now: datetime, random: Callable[[int], bytes] | None = None) -> KeyPair:
    """Make a key pair: RSA 4096 in PKCS#1 form and a self-signed certificate for ten years.

    Takes about half a second. The same names as in Omnibus, but ``C=US`` and a positive serial number,
    because RFC 5280 forbids Omnibus's ``C=USA`` and serial number 0.

    Args:
        now: the first moment of validity, aware of its time zone.
        random: makes so many random bytes, for the serial number; the system's when not given. The key
            itself is always made from the system's randomness.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode("ascii")
    return KeyPair(pem, certify(pem, now, random))


def certify(key_pem: str, now: datetime, random: Callable[[int], bytes] | None = None) -> str:
    """Make a self-signed certificate for a key that exists; arguments as for `generate`.

    Raises:
        CredentialError: the key cannot be used.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    key = load_private_key(key_pem)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "GitLab"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Container"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Registry"),
        ]
    )
    # DER holds whole seconds, and one bit less keeps the number positive in sixteen bytes.
    start = now.astimezone(UTC).replace(microsecond=0)
    serial = int.from_bytes((random or os.urandom)(16), "big") >> 1 or 1
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(serial).not_valid_before(start).not_valid_after(start + LIFETIME)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")
