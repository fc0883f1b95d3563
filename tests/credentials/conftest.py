from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ctl.credentials.keypair import KeyPair, certify, generate

NOW = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def small_pair() -> KeyPair:
    """A pair that is quick to make."""
    key = pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return KeyPair(key, certify(key, NOW))


@pytest.fixture(scope="session")
def pair() -> KeyPair:
    return generate(NOW)


@pytest.fixture(scope="session")
def other_pair() -> KeyPair:
    return small_pair()


@pytest.fixture(scope="session")
def ec_pair() -> KeyPair:
    key = pem_of(ec.generate_private_key(ec.SECP256R1()))
    return KeyPair(key, certify(key, NOW))


@pytest.fixture(scope="session")
def omnibus_certificate() -> str:
    """A certificate as GitLab's Linux package makes it: ``C=USA``, serial number 0."""
    return """-----BEGIN CERTIFICATE-----
MIIDADCCAegCAQAwDQYJKoZIhvcNAQELBQAwRjEMMAoGA1UEBhMDVVNBMQ8wDQYD
VQQKDAZHaXRMYWIxEjAQBgNVBAsMCUNvbnRhaW5lcjERMA8GA1UEAwwIUmVnaXN0
cnkwHhcNMjYxMTIxMDcxMzQ5WhcNMzYxMTE4MDcxMzQ5WjBGMQwwCgYDVQQGEwNV
U0ExDzANBgNVBAoMBkdpdExhYjESMBAGA1UECwwJQ29udGFpbmVyMREwDwYDVQQD
DAhSZWdpc3RyeTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALXQGT+k
H7J5TQpVU2KQdIbuAwU1t3fZGIMEQcK/e74lBlbhkPs8twhprqoQa7ZNWi1KvjBq
j1r/JRYC1d/JPrgYuRlIHrpNpQZjgaVohidhxDLtHpErQLZtSzmqnAcJ/9QI/Fr1
wbHXaMlVZsBoews6GuYp/LvWwmAKBgCS9Z9ItbjMZGQBOvJPvzgxi15wAEwmhArJ
UvHSokSkcU+nKKFQna2O3XMNdSSeddwoBWLnOD26v9H62aXF0YI4IG5+JDVAe27R
W1g/R5rgFfTAKbqWt0h63eQyqiujrSJV61uFT4iV+hRMXPhVLmcJ6TtWJUHRJH/O
p8M5GZICMfBzr/MCAwEAATANBgkqhkiG9w0BAQsFAAOCAQEAPmbDQVLvhLouU6gh
GaK020JkLfoLReVr0J4fYEWobGYf8ge50VAUJqARkZ/yCEkgHGHmPU9QtG9JqtD3
T5uqS7SDZmqyzfjEnaTbxCY04BGimqweMUc8XrkCeUmhDhbBOW52oe/Od3TIZiot
eMQq3IzsnaPMmuiDGh69WI+DtXn+EhKMSJVAU3nFVD+vecjIEjTWAwFEN+yiTEIa
BaUP6L58D7KleK1hgwR7gcl8GkNKfxGa9jKzGwedBjd/jRm+hVmX6odNw5/NGAD7
bM9160lFlIA/JE0aPhUG311W+/U8B9F7w47fW/tcLYFQpN88lnYQ9u1DNSyYVC9T
YEI7gQ==
-----END CERTIFICATE-----
"""
