"""What is read of a registry's configuration."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ctl.diagnostics.known import MASK, Known
from ctl.errors import CtlError
from ctl.operations.compile import registry_config
from ctl.operations.compile.registry_config import read_config


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
    store = read_config(config(tmp_path, text))
    assert (store.driver, store.root) == (driver, Path(root) if root else None)
    assert (store.redis, store.database) == (None, False)


def test_cache_in_redis_and_database_are_seen(tmp_path: Path) -> None:
    text = (
        "storage:\n  filesystem: {}\n  cache: {blobdescriptor: redis}\n"
        "redis: {addr: 'localhost:6379', db: 3}\ndatabase: {enabled: 'true'}\n"
    )
    store = read_config(config(tmp_path, text))
    assert store.redis == {"addr": "localhost:6379", "db": 3}
    assert store.database


def test_secrets_of_a_configuration_that_others_wrote_are_masked_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Known()
    monkeypatch.setattr(registry_config, "KNOWN", known)
    text = """
      storage:
        s3: {accesskey: CANARY-access, secretkey: 'CANARY secret', bucket: a-bucket, region: here}
        cache: {blobdescriptor: redis}
      redis: {addr: 'localhost:6379', password: 12345678}
      http: {secret: CANARY-http, addr: 'localhost:5000', headers: {X-Any: [CANARY-header]}}
      auth: {token: {realm: 'https://gitlab.example/jwt/auth', service: a-service, issuer: an-issuer}}
      notifications:
        endpoints:
          - {name: one, url: 'https://u:CANARY-url@events.example/', headers: {X-Any: [CANARY-event]}}
      middleware: {storage: [{name: cloudfront, options: {baseurl: 'https://CANARY-base@cdn.example/'}}]}
    """
    read_config(config(tmp_path, text))
    masked = known.mask(text)
    assert masked.count(MASK) == 8
    assert "CANARY" not in masked
    assert "12345678" not in masked
    for public in (
        "a-bucket",
        "localhost:6379",
        "localhost:5000",
        "events.example",
        "cloudfront",
        "here",
        "jwt/auth",
        "an-issuer",
    ):
        assert public in masked


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


def bomb(merge: str) -> str:
    """Ten levels of ten aliases each: ten billion values."""
    lines = ["a0: &a0 {k: v}"]
    for level in range(1, 11):
        lines.append(f"a{level}: &a{level} {merge % ', '.join(f'*a{level - 1}' for _ in range(10))}")
    return "\n".join([*lines, "storage: {filesystem: {rootdirectory: *a10}}", ""])


HOSTILE = {
    "nested": "[" * 5000,
    "nested-closed": "storage: " + "[" * 5000 + "]" * 5000,
    "nested-hashes": "{a: " * 5000,
    "nested-blocks": "\n".join(" " * level + "a:" for level in range(300)),
    "alias-bomb": bomb("[%s]"),
    "merge-bomb": bomb("{<<: [%s]}"),
    "alias-in-itself": "storage: &a {filesystem: *a}",
    "nul": 'storage: {filesystem: {rootdirectory: "/a\\0b"}}',
    "raw-nul": "storage: \0",
    "surrogate": 'storage: {filesystem: {rootdirectory: "/a\\ud800b"}}',
    "not-utf-8": "storage: \udcff",
    "many": "storage: [" + "1, " * 100_000 + "]",
    "large": "a" * 2_000_000,
    "hash-as-root": "storage: {filesystem: {rootdirectory: {a: b}}}",
    "list-as-key": "storage: {[a]: b}",
    "odd-tag": 'storage: !!python/object/apply:os.system ["true"]',
    "date": "storage: 2001-99-99",
    "two-documents": "storage: a\n---\nstorage: b\n",
    "tab": "storage:\n\tfilesystem:\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_configuration_is_one_error_that_names_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "config.yml"
    path.write_bytes(HOSTILE[name].encode("utf-8", "surrogateescape"))
    began = time.monotonic()
    with pytest.raises(CtlError) as error:
        read_config(path)
    assert str(path) in error.value.message
    assert error.value.help
    assert len(error.value.message) < 400
    assert time.monotonic() - began < 20


def test_anchors_that_people_use_are_understood(tmp_path: Path) -> None:
    text = "x: &x {rootdirectory: /srv}\nstorage:\n  filesystem:\n    <<: *x\n    maxthreads: 100\n"
    assert read_config(config(tmp_path, text)).root == Path("/srv")


def test_what_is_no_file_in_the_place_of_a_configuration_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("none")
    for name, said in (("pipe", "not a regular file"), ("loop", "loop"), ("dangling", "no configuration")):
        with pytest.raises(CtlError, match=said):
            read_config(tmp_path / name)
    for path in (tmp_path / "../..", Path("/"), Path("a\0b"), Path("/dev/zero"), Path("x" * 5000)):
        with pytest.raises(CtlError):
            read_config(path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("images", "images"),
        ("a/../b", "b"),
        ("/a/link/../b/", "/a/b"),
        ("5", "5"),
        ("''", "/var/lib/registry"),
    ],
)
def test_root_is_spelled_as_the_driver_spells_it(tmp_path: Path, given: str, expected: str) -> None:
    text = f"storage: {{filesystem: {{rootdirectory: {given}}}}}\n"
    assert read_config(config(tmp_path, text)).root == Path(expected)
