"""What is read of a registry's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.operations.registry_config import read_config


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "driver", "root"),
    [
        ("storage:\n  filesystem:\n    rootdirectory: /srv/a b\n", "filesystem", "/srv/a b"),
        ("storage:\n  filesystem:\n", "filesystem", "/var/lib/registry"),
        ("storage: filesystem\n", "filesystem", "/var/lib/registry"),
        ("storage: inmemory\n", "inmemory", None),
        ("storage:\n  s3: {bucket: b}\n  cache: {blobdescriptor: inmemory}\n  delete: {}\n", "s3", None),
    ],
)
def test_store_of_a_configuration_is_found(tmp_path: Path, text: str, driver: str, root: str | None) -> None:
    found = read_config(config(tmp_path, text))
    assert (found.driver, found.root) == (driver, Path(root) if root else None)
    assert (found.redis, found.database) == (None, False)


def test_cache_in_redis_and_database_are_seen(tmp_path: Path) -> None:
    text = (
        "storage:\n  filesystem: {}\n  cache: {blobdescriptor: redis}\n"
        "redis: {addr: 'localhost:6379', db: 3}\ndatabase: {enabled: 'true'}\n"
    )
    found = read_config(config(tmp_path, text))
    assert found.redis == {"addr": "localhost:6379", "db": 3}
    assert found.database


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no store"),
        ("[]", "names no store"),
        ("storage: {}\n", "names no store"),
        ("storage: {s3: {}, filesystem: {}}\n", "names no store"),
        ("a: [\n", "is no YAML"),
        ("\x00", "is no YAML"),
    ],
)
def test_configuration_without_a_store_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CtlError, match=said):
        read_config(config(tmp_path, text))


def test_configuration_that_is_not_there_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="there is no configuration"):
        read_config(tmp_path / "none")
    with pytest.raises(CtlError, match="cannot be read"):
        read_config(tmp_path)
