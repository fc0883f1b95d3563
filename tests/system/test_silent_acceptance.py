"""What `ctl.settings.rules.silent` says of the real registry is true of the one that is installed."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.registries import V3, Program
from tests.system.installation import REPOSITORY, wait_for

pytestmark = pytest.mark.both_registries


def config(directory: Path, port: int) -> Path:
    """Write what ctl writes, as far as it matters here."""
    secrets = json.loads((REPOSITORY / "tests/golden/gitlab-secrets.json").read_text())["registry"]
    bundle = directory / "bundle.crt"
    bundle.write_text(secrets["internal_certificate"])
    token = {
        "realm": "https://g/jwt/auth",
        "service": "s",
        "issuer": "i",
        "rootcertbundle": str(bundle),
    }
    document = {
        "version": "0.1",
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "images")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": "s"},
        "auth": {"token": token},
    }
    path = directory / "config.yml"
    path.write_text(json.dumps(document))
    return path


@contextmanager
def registry(
    program: Program, path: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the real registry; it has ended afterwards, by its own or by us."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program.path, "serve", path],
            env={"PATH": "/usr/bin:/bin", **environment},
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: process.poll() is not None or "listening on" in log.read_text())
        yield process
    finally:
        process.kill()
        process.wait()


def answer(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REGISTRY_HTTP_RELATIVEURLS", "true", 401),
        ("REGISTRY_HTTP_PREFIX", "x", 404),
        ("REGISTRY_HTTP_PREFIX", "/x", 404),
        ("REGISTRY_AUTH", "none", 200),
        # Not REGISTRY_AUTH_HTPASSWD_PATH: beside the token it is a second kind of access control, and the
        # registry takes now the one, now the other.
    ],
)
def test_variable_does_what_is_said_of_it(
    registry_program: Program, tmp_path: Path, name: str, value: str, expected: int
) -> None:
    port = free_port()
    with registry(registry_program, config(tmp_path, port), tmp_path / "log", {name: value}) as process:
        assert process.poll() is None
        assert answer(port) == expected


@pytest.mark.parametrize("switch", ["READONLY", "UPLOADPURGING"])
def test_maintenance_by_variable_stops_the_registry(
    registry_program: Program, tmp_path: Path, switch: str
) -> None:
    name = f"REGISTRY_STORAGE_MAINTENANCE_{switch}_ENABLED"
    with registry(
        registry_program, config(tmp_path, free_port()), tmp_path / "log", {name: "true"}
    ) as process:
        assert process.poll() == 2
    assert "panic" in (tmp_path / "log").read_text()


def test_empty_address_means_any_port_of_every_address(registry_program: Program, tmp_path: Path) -> None:
    port = free_port()
    with registry(
        registry_program, config(tmp_path, port), tmp_path / "log", {"REGISTRY_HTTP_ADDR": ""}
    ) as process:
        assert process.poll() is None
    assert "listening on [::]:" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            {"storage": {"s3": {"bucket": "b", "region": "us-east-1", "storageclass": "STANDARD_IA"}}},
            "the storageclass parameter must be one of [NONE STANDARD REDUCED_REDUNDANCY]",
        ),
        (
            {"storage": {"s3": {"bucket": "b", "region": "us-east-1", "storageclass": "COLD"}}},
            "the storageclass parameter must be one of [",
        ),
        ({"middleware": {"storage": [{"name": "googlecdn"}]}}, "no storage middleware registered"),
    ],
)
def test_value_that_is_refused_stops_the_registry(
    registry_program: Program, tmp_path: Path, section: dict[str, object], said: str
) -> None:
    path = config(tmp_path, free_port())
    path.write_text(json.dumps(json.loads(path.read_text()) | section))
    with registry(registry_program, path, tmp_path / "log", {}) as process:
        if registry_program is V3 and "STANDARD REDUCED" in said:
            # It knows further classes.
            assert process.poll() is None
            return
        assert process.poll() not in (None, 0)
    assert said in (tmp_path / "log").read_text()
