from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.state import flock

PACKAGE = Path(flock.__file__).parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "lock").touch()
    return tmp_path / "lock"


@pytest.fixture
def holder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR)
    assert flock.take(descriptor)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def other(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def test_lock_that_is_held_is_not_taken(holder: int, other: int, path: Path) -> None:
    assert not flock.take(other)
    assert flock.is_held(path)


def test_lock_is_not_waited_for_unless_that_is_asked_for(
    holder: int, other: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flock, "time", SimpleNamespace(monotonic=lambda: 1.0))
    assert not flock.take(other)
    assert flock.is_held(path)


def test_who_waits_for_a_lock_pauses_between_two_looks(
    holder: int, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, pauses = iter([0.0, 0.5, 1.0]), list[float]()
    monkeypatch.setattr(flock, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=pauses.append))
    assert not flock.take(other, 1.0)
    assert pauses == [flock.POLL_SECONDS]


def test_lock_is_waited_for_as_long_as_patience_lasts(holder: int, other: int) -> None:
    began = time.monotonic()
    assert not flock.take(other, 0.1)
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("patience", [60.0, None])
def test_lock_that_is_let_go_meanwhile_is_taken(holder: int, other: int, patience: float | None) -> None:
    end = threading.Timer(0.1, flock.let_go, [holder])
    end.start()
    assert flock.take(other, patience)
    end.join()
    assert not flock.take(holder)


def test_lock_of_a_shared_file_lasts_until_its_last_copy_is_closed(other: int, path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    assert flock.take(descriptor)
    copy = os.dup(descriptor)
    os.close(descriptor)
    assert flock.is_held(path)
    os.close(copy)
    assert not flock.is_held(path)
    assert flock.take(other)


def test_look_at_a_lock_takes_nothing(other: int, path: Path) -> None:
    assert not flock.is_held(path)
    assert flock.take(other)
    assert flock.is_held(path.parent, os.O_DIRECTORY) is False


def test_lock_of_a_directory_is_seen_and_no_look_leaves_a_descriptor(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY)
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    assert not flock.is_held(path.parent)
    assert flock.take(descriptor)
    assert flock.is_held(path.parent)
    assert len(list(descriptors.iterdir())) == before
    os.close(descriptor)


def test_file_that_is_not_there_is_held_by_nobody_and_not_made(tmp_path: Path) -> None:
    assert not flock.is_held(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_link_is_not_followed_where_that_is_asked_for(holder: int, path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    assert flock.is_held(link)
    assert not flock.is_held(link, os.O_NOFOLLOW)


def test_file_system_without_locks_is_an_error_and_no_lock(
    other: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="no locks"):
        flock.take(other, 5.0)
    with pytest.raises(OSError, match="no locks"):
        flock.is_held(path)


def test_locks_are_taken_in_one_place() -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts]
    assert len(paths) > 100
    using = [path.relative_to(PACKAGE) for path in paths if "fcntl" in path.read_text()]
    assert [str(path) for path in using] == ["state/flock.py"]
