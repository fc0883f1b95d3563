"""A store is proven by a small object that is gone afterwards; whatever the store does wrong is told."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.storage.backends.directory import Directory
from ctl.storage.proof import Entry, is_name, prove, prove_reading
from ctl.storage.store import StoreError

NAME = "ctl-proof-0123456789abcdef"


def left(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("name", "expected"),
    [(NAME, True), ("ctl-proof-", False), (f"{NAME}/x", False), (f"../{NAME}", False), (f"{NAME}\n", False)],
)
def test_only_names_of_proofs_are_worked_under(name: str, expected: bool) -> None:
    assert is_name(name) is expected


def test_directory_that_works_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "docker/registry").mkdir(parents=True)
    (tmp_path / "docker/registry/some").touch()
    assert prove(Directory(str(tmp_path)), NAME).once
    assert left(tmp_path) == ["docker/registry/some"]


def test_what_killed_proofs_have_left_goes_when_nobody_needs_it(tmp_path: Path) -> None:
    other = "ctl-proof-fedcba9876543210"
    names = [other, f"{other}-copy", f"{other}-copy-moved", "ctl-proof-of-somebody-else"]
    for name in (*names, "ctl-proof-aaaaaaaaaaaaaaaa"):
        (tmp_path / name).touch()
    for name in names:
        os.utime(tmp_path / name, (time.time() - 4000,) * 2)
    prove(Directory(str(tmp_path)), NAME)
    # One of another node may be at work just now.
    assert left(tmp_path) == ["ctl-proof-aaaaaaaaaaaaaaaa", "ctl-proof-of-somebody-else"]


class Faulty(Directory):
    """A directory of which one operation does what it should not."""

    def __init__(self, root: str, fault: str) -> None:
        super().__init__(root)
        self._fault = fault

    def size(self, key: str) -> int:
        return super().size(key) - (self._fault == "size")

    def read(self, key: str) -> bytes:
        return b"other" if self._fault == "read" else super().read(key)

    def copy(self, key: str, target: str) -> None:
        if self._fault == "copy":
            raise StoreError("store-denied", "no copies")
        super().copy(key, target)

    def delete(self, keys: list[str]) -> None:
        if self._fault != "delete":
            super().delete(keys)

    def listed(self, prefix: str) -> list[Entry]:
        return [] if self._fault == "list" else super().listed(prefix)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("size", "store-loses"),
        ("read", "store-loses"),
        ("copy", "store-denied"),
        ("delete", "store-keeps"),
        ("list", "store-loses"),
    ],
)
def test_store_that_does_not_do_as_it_says_is_not_proven(tmp_path: Path, fault: str, code: str) -> None:
    with pytest.raises(StoreError) as raised:
        prove(Faulty(str(tmp_path), fault), NAME)
    assert raised.value.code == code
    assert left(tmp_path) == ([NAME, f"{NAME}-copy"] if fault == "delete" else [])


@contextlib.contextmanager
def closed(path: Path) -> Iterator[None]:
    """Let nobody but root write into a directory; root is not asked."""
    path.chmod(0o555)
    try:
        yield
    finally:
        path.chmod(0o755)


def test_reading_writes_nothing(tmp_path: Path) -> None:
    store = Directory(str(tmp_path))
    with closed(tmp_path):
        prove_reading(store)
    (tmp_path / "docker/registry/v2").mkdir(parents=True)
    (tmp_path / "docker/registry/v2/small").write_text("content")
    prove_reading(store)
    with pytest.raises(StoreError, match="lists 7 bytes at docker/registry/v2/small"):
        prove_reading(Faulty(str(tmp_path), "read"))


def test_directory_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    for proof in (lambda store: prove(store, NAME), prove_reading):
        with pytest.raises(FileNotFoundError):
            proof(Directory(str(tmp_path / "none")))
