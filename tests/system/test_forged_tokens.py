"""Tokens that GitLab did not sign, or not for this: refused at the vhost and at the inner address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ctl.credentials.keys import describe_key
from tests.system.asking import ask
from tests.system.installation import Installation

pytestmark = pytest.mark.both_registries(soak=True)

NAME = "group/app"
UPLOAD = f"/v2/{NAME}/blobs/uploads/"
ALL = [{"type": "repository", "name": NAME, "actions": ["pull", "push", "delete", "*"]}]


class Forger:
    """Makes tokens of any kind from what an attacker knows, and from the right key.

    Args:
        site: whose registry is to be fooled.
    """

    def __init__(self, site: Installation) -> None:
        section = json.loads(site.layout.secrets_file.read_text())["registry"]
        key = load_pem_private_key(section["internal_key"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key
        self.certificate: str = section["internal_certificate"]
        self.key_id = describe_key(section["internal_key"]).libtrust_id
        self.other = rsa.generate_private_key(65537, 2048)
        self.now = int(time.time())

    def header(self, **change: Any) -> dict[str, Any]:
        return _changed({"typ": "JWT", "alg": "RS256", "kid": self.key_id}, change)

    def claims(self, **change: Any) -> dict[str, Any]:
        right = {
            **{"iss": "omnibus-gitlab-issuer", "aud": "container_registry", "sub": "test", "jti": "1"},
            **{"iat": self.now, "nbf": self.now - 5, "exp": self.now + 300, "access": ALL},
        }
        return _changed(right, change)

    def token(self, header: Any = None, claims: Any = None, key: rsa.RSAPrivateKey | None = None) -> str:
        """Sign with an RSA key; by default all is right."""
        signed = f"{part(header or self.header())}.{part(claims if claims is not None else self.claims())}"
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encoded(signature)}"

    def hmac(self, secret: bytes) -> str:
        """Sign by a shared secret where the registry expects a key."""
        signed = f"{part(self.header(alg='HS256'))}.{part(self.claims())}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def embedded(self) -> str:
        """Bring the key that it is to be checked with along."""
        numbers = self.other.public_key().public_numbers()
        jwk = {
            "kty": "RSA",
            "n": encoded(numbers.n.to_bytes(256, "big")),
            "e": encoded(numbers.e.to_bytes(3, "big")),
        }
        return self.token(self.header(jwk=jwk, kid=None), key=self.other)

    def curve(self) -> str:
        """Sign with a key on a curve of the attacker's own."""
        signed = f"{part(self.header(alg='ES256'))}.{part(self.claims())}"
        key = ec.generate_private_key(ec.SECP256R1())
        return f"{signed}.{encoded(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))}"

    def split(self) -> list[str]:
        return self.token().split(".")


def part(content: Any) -> str:
    return encoded(content if isinstance(content, bytes) else json.dumps(content).encode())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _changed(right: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**right, **change}.items() if value is not None}


def of(name: str, kind: str = "repository", *actions: str) -> list[dict[str, Any]]:
    return [{"type": kind, "name": name, "actions": list(actions)}]


FORGED: dict[str, Callable[[Forger], str]] = {
    "nothing": lambda mint: "",
    "no token": lambda mint: "abc",
    "two parts": lambda mint: ".".join(mint.split()[:2]),
    "four parts": lambda mint: f"{mint.token()}.{mint.split()[2]}",
    "no signature": lambda mint: f"{'.'.join(mint.split()[:2])}.",
    "algorithm none": lambda mint: f"{part(mint.header(alg='none'))}.{mint.split()[1]}.",
    "algorithm None": lambda mint: f"{part(mint.header(alg='None'))}.{mint.split()[1]}.{mint.split()[2]}",
    "no algorithm": lambda mint: mint.token(mint.header(alg=None), key=mint.other),
    "another algorithm named": lambda mint: (
        f"{part(mint.header(alg='RS512'))}.{mint.split()[1]}.{mint.split()[2]}"
    ),
    "hmac by the certificate": lambda mint: mint.hmac(mint.certificate.encode()),
    "hmac by nothing": lambda mint: mint.hmac(b""),
    "hmac by the key id": lambda mint: mint.hmac(mint.key_id.encode()),
    "another key": lambda mint: mint.token(key=mint.other),
    "another key id": lambda mint: mint.token(mint.header(kid="AAAA:" * 11 + "AAAA")),
    "no key id": lambda mint: mint.token(mint.header(kid=None), key=mint.other),
    "key id that is a path": lambda mint: mint.token(mint.header(kid="../../../../dev/null"), key=mint.other),
    "key brought along": lambda mint: mint.embedded(),
    "certificate brought along": lambda mint: mint.token(
        mint.header(kid=None, x5c=[hashlib.sha256(b"x").hexdigest()]), key=mint.other
    ),
    "address of keys": lambda mint: mint.token(mint.header(jku="http://127.0.0.1:1/"), key=mint.other),
    "a curve": lambda mint: mint.curve(),
    "claims changed": lambda mint: f"{mint.split()[0]}.{part(mint.claims(sub='root'))}.{mint.split()[2]}",
    "a bit of the signature": lambda mint: mint.token()[:-10] + ("A" * 10),
    "another issuer": lambda mint: mint.token(claims=mint.claims(iss="gitlab")),
    "no issuer": lambda mint: mint.token(claims=mint.claims(iss=None)),
    "another service": lambda mint: mint.token(claims=mint.claims(aud="registry")),
    "no service": lambda mint: mint.token(claims=mint.claims(aud=None)),
    "expired": lambda mint: mint.token(claims=mint.claims(exp=mint.now - 3600, nbf=mint.now - 7200)),
    "not yet": lambda mint: mint.token(claims=mint.claims(nbf=mint.now + 3600, exp=mint.now + 7200)),
    "another repository": lambda mint: mint.token(
        claims=mint.claims(access=of("group", "repository", "push"))
    ),
    "to pull alone": lambda mint: mint.token(claims=mint.claims(access=of(NAME, "repository", "pull"))),
    "of another kind": lambda mint: mint.token(claims=mint.claims(access=of(NAME, "registry", "*", "push"))),
    "a name that begins alike": lambda mint: mint.token(
        claims=mint.claims(access=of(f"{NAME}/", "repository", "push"))
    ),
    "no access": lambda mint: mint.token(claims=mint.claims(access=[])),
    "claims that are a list": lambda mint: mint.token(claims=[mint.claims()]),
    "header that is a text": lambda mint: f"{part(b'none')}.{mint.split()[1]}.{mint.split()[2]}",
}


@pytest.mark.both_registries
@pytest.mark.parametrize("inner", [False, True], ids=["vhost", "own address"])
def test_forged_token_is_refused(running_site: Installation, inner: bool) -> None:
    site = running_site
    forger = Forger(site)
    assert len(FORGED) > 30

    def push(token: str, header: str = "Authorization: Bearer {}") -> int:
        return ask(
            site.http_port if inner else site.port,
            "localhost",
            tls="localhost",
            plain=inner,
            method="POST",
            target=UPLOAD,
            headers=[header.format(token), "Content-Length: 0"],
        ).status

    assert push(forger.token()) == 202, "the right token is refused, so that nothing is proven"
    assert {name: push(make(forger)) for name, make in FORGED.items()} == dict.fromkeys(FORGED, 401)
    # The right token at a wrong place.
    for header in (
        "Authorization: Basic {}",
        "Authorization: {}",
        "Cookie: token={}",
        "X-Authorization: Bearer {}",
    ):
        assert push(forger.token(), header) == 401, header
    assert (
        ask(
            site.http_port if inner else site.port,
            "localhost",
            tls="localhost",
            plain=inner,
            target=f"/v2/_catalog?token={forger.token()}",
        ).status
        == 401
    )


@pytest.mark.soak
def test_token_with_any_letter_changed_is_refused(running_site: Installation) -> None:
    token = Forger(running_site).token()
    accepted = []
    # The last letter holds bits that say nothing.
    for index, letter in enumerate(token[:-1]):
        changed = f"{token[:index]}{'A' if letter != 'A' else 'B'}{token[index + 1 :]}"
        header = f"Authorization: Bearer {changed}"
        if ask(running_site.http_port, "localhost", plain=True, headers=[header]).status != 401:
            accepted.append(index)
    assert accepted == []
