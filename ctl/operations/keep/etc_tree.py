"""What a backup of a directory holds: every file, also those that a symlink in it leads to."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class Kind(StrEnum):
    """What becomes of an entry."""

    DIRECTORY = "directory"
    FILE = "file"
    LINK = "link"
    LEFT_OUT = "left out"


class Entry(Struct, frozen=True):
    """One thing that is found.

    Args:
        path: where it is found.
        target: what is to be read: the path itself, or where a symlink that is followed leads to.
        kind: what becomes of it.
        why: why it is left out.
    """

    path: Path
    target: Path
    kind: Kind
    why: str = ""


_Seen = frozenset[tuple[int, int]]


def entries_of(source: Path, but: Iterable[Path]) -> Iterator[Entry]:
    """Yield what a directory holds, sorted by name, a directory before what is in it.

    A symlink to a place within stays. A symlink that leads out becomes the file or the directory it leads
    to, and stays where it leads nowhere or to a directory that the source lies in.

    Args:
        source: the directory.
        but: directories that are left out, wherever they are.
    """
    top = source.resolve()
    seen = {_identity(directory) for directory in (*but, *top.parents) if directory.exists()}
    yield from _directory(source, top, frozenset(seen))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _directory(path: Path, top: Path, seen: _Seen) -> Iterator[Entry]:
    """Yield a directory and what is in it, unless it was seen on the way to it, so that a loop ends."""
    own = _identity(path)
    if own in seen:
        if path.is_symlink():
            yield Entry(path, path, Kind.LINK)
        return
    yield Entry(path, path.resolve(), Kind.DIRECTORY)
    for entry in sorted(path.iterdir()):
        yield from _entry(entry, top, seen | {own})


def _entry(path: Path, top: Path, seen: _Seen) -> Iterator[Entry]:
    link = path.is_symlink()
    try:
        target = path.resolve(strict=True) if link else path
        mode = target.stat().st_mode
    except (OSError, RuntimeError):
        # A link that leads nowhere here is kept; what has vanished since it was listed cannot be.
        if link:
            yield Entry(path, path, Kind.LINK)
        return
    if link and target.is_relative_to(top):
        yield Entry(path, path, Kind.LINK)
    elif stat.S_ISDIR(mode):
        yield from _directory(path, top, seen)
    elif stat.S_ISREG(mode):
        yield Entry(path, target, Kind.FILE)
    else:
        yield Entry(path, path, Kind.LEFT_OUT, "it is neither a file nor a directory")
