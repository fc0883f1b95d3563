"""Reading keys and certificates: what they are, whether they belong together, how tokens name them."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ctl.credentials.certificate import CredentialError, blocks, certificates, tidy_pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey
    PublicKey = RSAPublicKey | EllipticCurvePublicKey

# The registry's token library knows these curves and no others.
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


class KeyDescription(Struct, frozen=True):
    """What may be told of a key.

    Args:
        kind: ``RSA`` or ``EC``; GitLab signs with RSA only.
        bits: the size of the modulus or of the curve.
        libtrust_id: the ``kid`` that distribution 2.8 and GitLab's registry look for.
        thumbprint: the ``kid`` of RFC 7638 that distribution 3.x looks for.
        fingerprint: SHA-256 of the public key in DER, in hexadecimal, as openssl prints it.
    """

    kind: str
    bits: int
    libtrust_id: str
    thumbprint: str
    fingerprint: str


class CertificateDescription(Struct, frozen=True):
    """What may be told of a certificate: its key and its validity (UTC)."""

    key: KeyDescription
    not_before: datetime
    not_after: datetime


def describe_key(pem: str) -> KeyDescription:
    """Say what a private key is.

    Raises:
        CredentialError: it is damaged, encrypted, of another kind than RSA or EC, or no private key.
    """
    return _describe(load_private_key(pem).public_key())


def describe_bundle(pem: str) -> tuple[CertificateDescription, ...]:
    """Say what the certificates of a bundle are, in its order; there is at least one.

    Raises:
        CredentialError: there is none, one is damaged or has a key of another kind than RSA or EC, or
            a private key stands among them.
    """
    return tuple(
        CertificateDescription(
            _describe(_public_key(certificate.public_key)), certificate.not_before, certificate.not_after
        )
        for certificate in certificates(pem)
    )


def matches(key_pem: str, certificate_pem: str) -> bool:
    """Whether a key belongs to one of the certificates of a bundle.

    Raises:
        CredentialError: either cannot be used.
    """
    wanted = describe_key(key_pem)
    return any(description.key == wanted for description in describe_bundle(certificate_pem))


def jwks(bundle_pem: str) -> dict[str, Any]:
    """Make the key set file for distribution 3.x from a bundle, every key under both its ids.

    distribution 3.x computes RFC 7638 ids itself but does not know the libtrust ids that GitLab writes
    into its tokens; naming them in this file is what lets such tokens in.

    Raises:
        CredentialError: as `describe_bundle`.
    """
    keys: dict[str, dict[str, str]] = {}
    for certificate in certificates(bundle_pem):
        public = _public_key(certificate.public_key)
        described = _describe(public)
        for kid in (described.thumbprint, described.libtrust_id):
            keys[kid] = {**_jwk(public), "use": "sig", "kid": kid}
    return {"keys": list(keys.values())}


def load_private_key(pem: str) -> PrivateKey:
    """Load a private key.

    Raises:
        CredentialError: as `describe_key`.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # Proving that the factors are prime takes 0.3 s; what a damaged file breaks is found by _check.
        key = load_pem_private_key(_key_block(pem), password=None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise CredentialError("this key is encrypted, a key without a passphrase is expected") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, CredentialError):
            raise
        raise CredentialError("this key is damaged: it cannot be decoded") from None
    if isinstance(key, RSAPrivateKey):
        _check(key)
    _supported(key.public_key())
    return key  # type: ignore[return-value]


def _check(key: RSAPrivateKey) -> None:
    """Make sure that the numbers of an RSA key fit each other."""
    numbers = key.private_numbers()
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    p, q, d = numbers.p, numbers.q, numbers.d
    sound = (
        min(p, q) > 2
        and p * q == n
        and (e * d - 1) % (p - 1) == 0 == (e * d - 1) % (q - 1)
        and (numbers.dmp1, numbers.dmq1) == (d % (p - 1), d % (q - 1))
        and numbers.iqmp * q % p == 1
    )
    if not sound:
        raise CredentialError("this key is damaged: its numbers do not fit each other")


def _key_block(pem: str) -> bytes:
    pem_blocks = list(blocks(pem))
    keys = [block for block in pem_blocks if block.label.endswith("PRIVATE KEY")]
    if len(keys) > 1:
        raise CredentialError(f"{len(keys)} private keys were found, one is expected")
    if keys:
        return keys[0].text.encode("ascii", "replace")
    if pem_blocks:
        raise CredentialError(f"this is a {pem_blocks[0].label.lower()}, a private key is expected")
    raise CredentialError(
        "this key is cut off or damaged: its END line is missing"
        if "-----BEGIN" in tidy_pem(pem)
        else "this is not in PEM form, '-----BEGIN RSA PRIVATE KEY-----' is expected"
    )


def _public_key(der: bytes) -> PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CredentialError("the public key in the certificate cannot be decoded") from None
    return _supported(key)


def _supported(key: object) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name in _CURVES:
            return key
        raise CredentialError(f"the curve {key.curve.name} is not known to registries, P-256 is expected")
    kind = type(key).__name__.lstrip("_").removesuffix("PublicKey") or "unknown"
    raise CredentialError(f"keys of the kind {kind} are not known to registries, RSA is expected")


def _describe(key: PublicKey) -> KeyDescription:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    jwk = _jwk(key)
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode("ascii")
    return KeyDescription(
        kind=jwk["kty"],
        bits=key.key_size,
        libtrust_id=_libtrust_id(der),
        thumbprint=_base64url(hashlib.sha256(canonical).digest()),
        fingerprint=hashlib.sha256(der).hexdigest(),
    )


def _libtrust_id(public_der: bytes) -> str:
    # Source: docker/libtrust, util.go keyIDFromCryptoKey: 240 bits are 12 groups of 4 letters.
    letters = base64.b32encode(hashlib.sha256(public_der).digest()[:30]).decode("ascii")
    return ":".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _jwk(key: PublicKey) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    point = key.public_numbers()
    size = (key.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": _CURVES[key.curve.name],
        "x": _base64url(point.x.to_bytes(size, "big")),
        "y": _base64url(point.y.to_bytes(size, "big")),
    }


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
