"""A stand-in for Azure's blobs, on loopback and in memory alone."""

from __future__ import annotations

import base64
import contextlib
import hmac
import http.client
import re
import signal
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.registries import CACHE, not_had
from tests.system.programs import running

PROGRAM = CACHE / "ctl-tests/azurite-3.37.0/node_modules/.bin/azurite-blob"
NOT_HAD = not_had("azurite", "tests/setup/azurite")
ACCOUNT = "devstoreaccount1"
# The one that is published with it.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite:
    """An account with its containers.

    Args:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"http://127.0.0.1:{port}/{ACCOUNT}"

    def make(self, container: str) -> None:
        """Make a container."""
        self._ask("PUT", container, {"restype": "container"})

    def names(self, container: str) -> list[str]:
        """Return the names of the blobs that a container has."""
        listed = self._ask("GET", container, {"comp": "list", "restype": "container"})
        return re.findall("<Name>([^<]+)", listed)

    def _ask(self, method: str, container: str, query: Mapping[str, str]) -> str:
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = {"x-ms-date": now, "x-ms-version": "2021-12-02"}
        resource = f"/{ACCOUNT}/{ACCOUNT}/{container}"
        # Shared Key: the method, eleven headers that are not there, ours, and what is asked for.
        lines = [method, *[""] * 11, *(f"{name}:{value}" for name, value in headers.items()), resource]
        lines += [f"{name}:{value}" for name, value in sorted(query.items())]
        signature = hmac.digest(base64.b64decode(KEY), "\n".join(lines).encode(), "sha256")
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, f"/{ACCOUNT}/{container}?{asked}", headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            assert answer.status in (200, 201), body
            return body


@contextlib.contextmanager
def azurite(place: Path) -> Iterator[Azurite]:
    """Run it until the block ends; the test is left out where it is not there.

    Args:
        place: a directory for its log.
    """
    if not PROGRAM.exists():
        pytest.skip(NOT_HAD)
    port = free_port()
    words = ["--silent", "--skipApiVersionCheck", "--inMemoryPersistence", "--blobHost", "127.0.0.1"]
    command: list[str | Path] = [PROGRAM, *words, "--blobPort", str(port)]
    with running(command, port, place / "azurite.log", signal.SIGKILL):
        yield Azurite(port)
