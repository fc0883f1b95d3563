"""Minting the JSON web tokens that a registry accepts, as GitLab does."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ctl.regex import compile_late

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_TYPE = compile_late(r"[a-z0-9]+(?:\([a-z0-9]+\))?")
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_NAME = compile_late(rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*")
_ACTION = compile_late(r"[a-z]+|\*")
# The algorithm that belongs to a curve of so many bits, RFC 7518 section 3.4.
_CURVE_BITS = {256: 256, 384: 384, 521: 512}


class ScopeError(ValueError):
    """A scope is not ``type:name:action[,action...]``; says which part is wrong."""


class TokenError(ValueError):
    """No token can be signed with this key."""


class Access(Struct, frozen=True):
    """What a token allows: actions such as ``pull``, ``push``, ``delete`` or ``*`` on one thing.

    Args:
        type: ``repository`` or ``registry``.
        name: the repository's path; ``catalog`` for a registry.
        actions: at least one.
    """

    type: str
    name: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(self.actions)}"


def parse_scope(text: str) -> Access:
    """Parse one scope, ``repository:group/app:pull,push``.

    Source: the scope grammar of distribution's token specification. A name may start with ``host:port/``,
    so the actions are what follows the last colon.

    Raises:
        ScopeError: it has another form.
    """
    kind, _, rest = text.partition(":")
    name, colon, actions = rest.rpartition(":")
    if not colon:
        raise ScopeError(f"the scope {text!r} has no actions, 'repository:group/app:pull' is expected")
    if not _TYPE.fullmatch(kind):
        raise ScopeError(f"the scope {text!r} has the type {kind!r}, 'repository' or 'registry' is expected")
    if not _NAME.fullmatch(name):
        raise ScopeError(f"the scope {text!r} has the name {name!r}, a lower-case path is expected")
    unique = tuple(dict.fromkeys(actions.split(",")))
    for action in unique:
        if not _ACTION.fullmatch(action):
            raise ScopeError(f"the scope {text!r} has the action {action!r}, one such as 'pull' is expected")
    return Access(kind, name, unique)


def parse_scopes(text: str) -> tuple[Access, ...]:
    """Parse scopes that stand apart by spaces; an empty text holds none.

    Raises:
        ScopeError: as `parse_scope`.
    """
    return tuple(parse_scope(part) for part in text.split(" ") if part)


def mint(
    key_pem: str,
    *,
    key_id: str,
    issuer: str,
    service: str,
    subject: str,
    access: Sequence[Access],
    now: int,
    lifetime: int = 300,
    token_id: str,
) -> str:
    """Sign a token: RS256 for an RSA key, ES256 (384, 512) for one on a curve.

    Args:
        key_pem: the private key, not encrypted, known to be sound.
        key_id: the header's ``kid``: the key's libtrust id for distribution 2.8 and GitLab's registry,
            and for 3.x where its jwks file names it.
        issuer: what the registry expects in ``iss``.
        service: what the registry expects in ``aud``.
        subject: the user's name, for the registry's log.
        access: what the token allows; nothing is needed for ``GET /v2/``.
        now: seconds since the epoch.
        lifetime: seconds.
        token_id: the ``jti``, unique for each token.

    Raises:
        TokenError: the key cannot be read, or is neither RSA nor on a curve of NIST.
    """
    key = _load(key_pem)
    header = {"typ": "JWT", "alg": _algorithm(key), "kid": key_id}
    claims = {
        "iss": issuer,
        "aud": service,
        "sub": subject,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "jti": token_id,
        "access": [
            {"type": granted.type, "name": granted.name, "actions": list(granted.actions)}
            for granted in access
        ],
    }
    signed = f"{_part(header)}.{_part(claims)}"
    return f"{signed}.{_base64url(_signature(key, signed.encode('ascii')))}"


def _load(key_pem: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # Whoever hands in a key has checked it; proving its factors prime would take 0.3 s a token.
        return load_pem_private_key(
            key_pem.encode("utf-8"), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TokenError("the token key cannot be read") from None


def _algorithm(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name.endswith("r1"):
        bits = _CURVE_BITS.get(key.key_size)
        if bits:
            return f"ES{bits}"
    raise TokenError("the token key is of a kind that registries do not know, RSA is expected")


def _signature(key: PrivateKeyTypes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TokenError("the token key is of a kind that registries do not know, RSA is expected")
    digests: dict[int, hashes.HashAlgorithm] = {384: hashes.SHA384(), 521: hashes.SHA512()}
    der = key.sign(data, ec.ECDSA(digests.get(key.key_size, hashes.SHA256())))
    # A token carries the two numbers side by side, not in DER.
    size = (key.key_size + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in utils.decode_dss_signature(der))


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode("utf-8"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
