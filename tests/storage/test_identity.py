"""The id of a store: written once, whole or not at all, and what is counted beside it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ctl.storage.backends.directory import Directory
from ctl.storage.identity import NAME, count, identify, is_id
from ctl.storage.store import StoreError

OWN, OTHER = "0123456789abcdef" * 2, "f" * 32


@pytest.fixture
def store(tmp_path: Path) -> Directory:
    base = tmp_path / "docker/registry/v2"
    for name in ("group/project", "group/project/inner", "alone"):
        (base / "repositories" / name / "_manifests/revisions").mkdir(parents=True)
    # An upload that never ended makes no repository.
    (base / "repositories/begun/_uploads/x").mkdir(parents=True)
    for name, size in (("a", 3), ("b", 4)):
        (base / f"blobs/sha256/{name}").mkdir(parents=True)
        (base / f"blobs/sha256/{name}/data").write_bytes(b"x" * size)
    return Directory(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"), [(OWN, True), (OWN[1:], False), (f"{OWN}\n", False), (OWN.upper(), False)]
)
def test_id_is_thirty_two_hexadecimal_digits(text: str, expected: bool) -> None:
    assert is_id(text) is expected


def test_store_keeps_the_id_that_it_got_first(store: Directory, tmp_path: Path) -> None:
    assert identify(store, OWN, adopt=False) is None
    assert not (tmp_path / NAME).exists()
    assert identify(store, OWN, adopt=True) == OWN
    assert identify(store, OTHER, adopt=True) == OWN
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "docker"]


def test_node_that_was_quicker_gives_the_id(store: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Directory.write_once

    def later(self: Directory, key: str, content: bytes) -> bool:
        write(self, key, f"{OTHER}\n".encode())
        return write(self, key, content)

    monkeypatch.setattr(Directory, "write_once", later)
    assert identify(store, OWN, adopt=True) == OTHER


def test_file_system_without_hard_links_keeps_an_id_too(
    store: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", none)
    assert identify(store, OWN, adopt=True) == OWN
    assert identify(store, OTHER, adopt=True) == OWN
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "docker"]


@pytest.mark.parametrize("content", ["", "no id\n", OWN[1:], "\udcff"])
def test_file_that_holds_no_id_is_said_and_left(store: Directory, tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match="holds no id of a store") as raised:
        identify(store, OWN, adopt=True)
    assert "delete that, then ctl reconfigure --new-store" in (raised.value.help or "")


def test_repositories_and_blobs_are_counted(store: Directory) -> None:
    held = count(store, OWN, 60.0)
    assert (held.id, held.repositories, held.bytes, held.complete) == (OWN, 3, 7, True)


def test_digest_tells_which_repositories_there_are(store: Directory, tmp_path: Path) -> None:
    before = count(store, OWN, 60.0).digest
    assert count(store, OTHER, 60.0).digest == before
    (tmp_path / "docker/registry/v2/repositories/alone").rename(
        tmp_path / "docker/registry/v2/repositories/renamed"
    )
    assert count(store, OWN, 60.0).digest != before


def test_count_without_time_is_not_complete(store: Directory) -> None:
    held = count(store, OWN, 0.0)
    assert (held.repositories, held.bytes, held.complete) == (0, 0, False)


def test_empty_directory_holds_nothing(tmp_path: Path) -> None:
    held = count(Directory(str(tmp_path)), "", 60.0)
    assert (held.repositories, held.bytes, held.complete) == (0, 0, True)
