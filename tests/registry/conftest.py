"""The real registry, started on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ctl.credentials.keypair import KeyPair, certify, generate
from ctl.process import BASE_ENVIRONMENT
from ctl.registry.client import Client, Endpoint
from ctl.registry.waiting import wait_answering
from tests.ports import free_port
from tests.registries import V2, Program

REALM = 'https://gitlab.example.com/jwt/auth?a="b",c'
SERVICE = "container_registry"
ISSUER = "omnibus-gitlab-issuer"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Running:
    port: int
    directory: Path
    log: Path

    @property
    def client(self) -> Client:
        return Client(Endpoint("127.0.0.1", self.port, f"127.0.0.1:{self.port}"))


Start = Callable[..., Running]


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture(scope="session")
def pair() -> KeyPair:
    return generate(NOW)


@pytest.fixture(scope="session")
def other_pair() -> KeyPair:
    key = pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return KeyPair(key, certify(key, NOW))


@pytest.fixture(scope="session")
def ec_pair() -> KeyPair:
    key = pem_of(ec.generate_private_key(ec.SECP256R1()))
    return KeyPair(key, certify(key, NOW))


def configuration(directory: Path, port: int, bundle: str | None, extra: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(directory / "storage")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": "s" * 16},
    }
    if bundle is not None:
        path = directory / "bundle.crt"
        path.write_text(bundle)
        token = {"realm": REALM, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(path)}
        config["auth"] = {"token": token}
    return {**config, **extra}


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start registries; they end with the session."""
    with contextlib.ExitStack() as stack:

        def run(
            bundle: str | None = None, at: int | None = None, program: Program = V2, **extra: Any
        ) -> Running:
            directory, port = tmp_path_factory.mktemp("registry"), at or free_port()
            config = directory / "config.yml"
            config.write_text(yaml.safe_dump(configuration(directory, port, bundle, extra)))
            log = directory / "log"
            with log.open("wb") as output:
                child = subprocess.Popen(
                    [str(program.needed().path), "serve", str(config)],
                    stdout=output,
                    stderr=output,
                    env=dict(BASE_ENVIRONMENT),
                    cwd=directory,
                )
            stack.callback(child.wait)
            stack.callback(child.kill)
            running = Running(port, directory, log)
            wait_answering(running.client, 20, alive=lambda: child.poll() is None)
            return running

        yield run


@pytest.fixture(scope="session")
def registry(start: Start, pair: KeyPair) -> Running:
    """A registry that trusts the tokens of ``pair``."""
    return start(pair.certificate_pem)
