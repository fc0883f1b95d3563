from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ctl.credentials.keypair import KeyPair, certify, generate
from tests.credentials.conftest import NOW


def test_pair_generated_is_what_the_registry_documents(pair: KeyPair) -> None:
    assert pair.key_pem.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    key = load_pem_private_key(pair.key_pem.encode(), None)
    certificate = x509.load_pem_x509_certificate(pair.certificate_pem.encode())
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 4096
    assert certificate.version is x509.Version.v3
    assert certificate.signature_hash_algorithm is not None
    assert certificate.signature_hash_algorithm.name == "sha256"
    assert certificate.subject.rfc4514_string() == "CN=Registry,OU=Container,O=GitLab,C=US"
    assert certificate.issuer == certificate.subject
    assert certificate.serial_number > 0
    assert certificate.not_valid_before_utc == NOW.replace(microsecond=0)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=3650)
    assert certificate.public_key() == key.public_key()
    certificate.verify_directly_issued_by(certificate)


def test_pair_printed_shows_no_secret(pair: KeyPair) -> None:
    assert "BEGIN" not in f"{pair!r} {pair}"


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_serial_from_extreme_randomness_is_positive(other_pair: KeyPair, byte: int) -> None:
    made = certify(other_pair.key_pem, NOW, lambda size: bytes([byte]) * size)
    assert 0 < x509.load_pem_x509_certificate(made.encode()).serial_number < 2**128


def test_certificate_made_twice_with_same_arguments_is_the_same(other_pair: KeyPair) -> None:
    first, second = (certify(other_pair.key_pem, NOW, lambda size: b"7" * size) for _ in range(2))
    assert first == second


def test_certificate_made_elsewhere_on_earth_starts_at_the_same_moment(other_pair: KeyPair) -> None:
    from datetime import timezone

    there = NOW.astimezone(timezone(timedelta(hours=9)))
    made = x509.load_pem_x509_certificate(certify(other_pair.key_pem, there).encode())
    assert made.not_valid_before_utc == NOW.replace(microsecond=0)


def test_pair_generated_twice_differs(pair: KeyPair) -> None:
    assert generate(datetime.now(UTC)).key_pem != pair.key_pem


def test_modules_imported_leave_cryptography_alone() -> None:
    code = (
        "import sys, ctl.credentials.resolution, ctl.registry.token, ctl.checks.answers;"
        "sys.exit('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0
