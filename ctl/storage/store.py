"""What every back-end can do with a store: all that the engine, a sweep, the trash and the worker ask for.

A store holds objects: files of a directory, or keys of a bucket. A key is a path relative to
``rootdirectory``. Where there are directories, a path may name one; elsewhere it stands for all keys below.
What is asked is asked in a way that both can answer with few calls: one pass over ranges of keys, then what
lies at one path. Every method raises OSError as the system does.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import BinaryIO, NamedTuple, Protocol

from ctl.errors import CtlError


class StoreError(CtlError):
    """A store cannot be worked on; ``code`` is a stable, kebab-case name for those who read events."""

    def __init__(self, code: str, message: str, *, help: str | None = None) -> None:
        super().__init__(message, help=help)
        self.code = code


class Outside(OSError):
    """A link leads out of the store, and to none of the other places that were named."""

    def __init__(self, path: str, target: str) -> None:
        super().__init__(errno.EXDEV, f"leads out of the store, to {target}", path)


class NoObject(OSError):
    """Nothing lies in the place of an object of ours, or something that can be none."""


class Standing(NamedTuple):
    """What a store knows of an object: its size in bytes, and when it was last written, in epoch seconds."""

    size: int
    modified: float
    is_file: bool


class Object(NamedTuple):
    """One line of an inventory.

    Args:
        key: where it lies.
        size: in bytes.
        modified: when it was last written, in epoch seconds.
        etag: what stands for its contents in an object store; None where there is no such thing.
        fixed: whether it cannot be moved, because the way to it leads through a link or another mount.
    """

    key: str
    size: int
    modified: float
    etag: str | None = None
    fixed: bool = False


class Obstacle(StrEnum):
    """What a back-end meets instead of what it looks for; what follows from it the engine says."""

    STRAY = "stray"
    """Something else lies there, and nothing can be behind it."""
    EMPTY = "empty"
    """A directory that lacks the object which was looked for in it."""
    BROKEN_LINK = "broken-link"
    OUTSIDE = "outside"
    """A link that leads out of the store; see `Outside`."""
    UNREADABLE = "unreadable"
    """It may not be looked into, or cannot be."""
    CIRCLE = "circle"
    """A link to a directory above it."""
    ENDLESS = "endless"
    """Links that lead through each other without end."""


RETIRED = "retired"
"""What `Changing.retire` leaves where it does not rename."""

Report = Callable[[Obstacle, str, str], None]
"""Is told of an obstacle: what it is, the path, and a message."""


class Place(NamedTuple):
    """A directory that a walk came to.

    Args:
        path: relative to where the walk began; empty for that itself.
        fixed: whether a link or another mount is on the way to it.
        parts: the directories in it whose names begin with an underscore, and whether each is fixed.
    """

    path: str
    fixed: bool
    parts: Mapping[str, bool]


class Entry(Protocol):
    """A name in a directory; `os.DirEntry` is one."""

    @property
    def name(self) -> str:
        """The name alone; bytes that are not UTF-8 as lone surrogates."""
        ...

    def is_dir(self) -> bool:
        """Whether it is a directory, or a link that leads to one."""
        ...

    def is_symlink(self) -> bool:
        """Whether it is a link to somewhere else."""
        ...


class Directory(Protocol):
    """An open directory, or a prefix of keys that was listed: what is asked of it is relative to it."""

    def entries(self) -> AbstractContextManager[Iterable[Entry]]:
        """Read the names one after the other, in no order; there may be millions."""
        ...

    def standing(self, path: str) -> Standing:
        """Tell size and age of what lies at a path, behind links too; of ``.`` when a name came last."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Read an object's first ``limit`` bytes; what is no regular file reads as empty."""
        ...


class Looking(Protocol):
    """How a store is looked at; links are followed as the registry follows them, but where it says so."""

    def mounts(self) -> frozenset[str]:
        """Give the places below the root where something else is mounted: nothing is moved out of them."""
        ...

    def inventory(
        self, prefixes: Iterable[str], report: Report, *, leaf: str | None = None
    ) -> Iterator[Object]:
        """Give the objects of ranges of keys, in no order; the ranges may be listed side by side.

        Args:
            prefixes: directories; each is a range, and none lies in another.
            report: told of what is in the way.
            leaf: only objects of this name in directories directly below a prefix are looked for. Without
                it everything is given that lies there at any depth, and of links only themselves.
        """
        ...

    def walk(self, top: str, report: Report) -> Iterator[Place]:
        """Give a directory and every one below it, but not those whose names begin with an underscore.

        Whoever is given a place may look into its parts before asking for the next one; a back-end that lists
        many keys at once has those of that place at hand.
        """
        ...

    def directories(self, path: str, report: Report) -> Iterator[tuple[str, bool]]:
        """Give the directories in a directory, none where it is missing; and whether each is a link."""
        ...

    def directory(self, path: str) -> AbstractContextManager[Directory]:
        """Open a directory for reading.

        Raises:
            Outside: links on the way lead out of the store.
        """
        ...

    def standing(self, path: str) -> Standing:
        """Tell size and age of what lies at a path, as `Directory.standing` does."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Read an object as `Directory.read` does."""
        ...


class Changing(Protocol):
    """How a store is changed: no link is crossed, and nothing is overwritten that is not ours."""

    def prepare(self, path: str) -> None:
        """Make ready a place of ours that objects are to be moved to.

        Raises:
            StoreError: ``other-file-system``: nothing can be moved there.
        """
        ...

    def locked(self, path: str) -> AbstractContextManager[None]:
        """Hold an object of ours as a lock, made when it is missing; it ends with its holder.

        Raises:
            StoreError: ``locked``: somebody else holds it.
        """
        ...

    def exists(self, path: str) -> bool:
        """Whether something lies at a path that crosses no link, or below it."""
        ...

    def is_obstructed(self, path: str) -> bool:
        """Whether something that is no directory lies in the place of one of ours, such as a link."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write an object that is not there yet; FileExistsError where it is."""
        ...

    def rewriting(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Write an object of ours anew; all of it is there for good when the block ends."""
        ...

    def reading(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Read an object of ours, however long; it can be read again from its beginning.

        Raises:
            NoObject: there is none.
        """
        ...

    def move(self, source: str, target: str) -> None:
        """Move an object, or a directory with all it holds.

        The target's parents are made. What is there already, unless it is an empty directory, makes it fail
        with FileExistsError. By a rename, or by a copy after which the source is deleted: at the next
        `settle` at the latest, many at a time, and in the order of the moves. Whoever asks here does not find
        it any more.
        """
        ...

    def retire(self, path: str, doomed: str) -> None:
        """Give a directory another name for good, so that it is taken for what it was no more.

        By a rename, which a full disk allows; or, where that would copy everything, by an object `RETIRED` in
        ``doomed``, with all of it left where it is.
        """
        ...

    def delete(self, path: str) -> None:
        """Remove an object or an empty directory."""
        ...

    def remove(self, path: str) -> Iterator[Object]:
        """Remove all that lies at or below a path, many at a time; give every object that is gone."""
        ...

    def make(self, path: str) -> None:
        """Make a directory and its parents, where there are directories."""
        ...

    def prune(self, paths: Iterable[str], top: str) -> bool:
        """Remove directories that hold nothing but directories, and what is above them and empty then.

        Args:
            paths: the directories; all lie in the same one.
            top: where to stop; it stays.

        Returns:
            Whether that could be done: no object lies below any of the paths.
        """
        ...

    def settle(self) -> None:
        """Let every move since the last time be done, so that nobody else finds its source any more."""
        ...

    def flush(self) -> None:
        """Let every move since the last time be done and outlive a power cut."""
        ...


class Store(Looking, Changing, Protocol):
    """A registry's ``rootdirectory``, wherever it lies."""

    def close(self) -> None:
        """Let go of whatever is held."""
        ...
