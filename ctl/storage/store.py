"""The narrow view of a store that the engine has, so that an object store can stand in for a directory."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

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


class Standing(NamedTuple):
    """What a store knows of an object: its size in bytes, and when it was last written, in epoch seconds."""

    size: int
    modified: float
    is_file: bool


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
    """An open directory (or a key prefix): what is asked of it is relative to it.

    Every method raises OSError as the system does.
    """

    def entries(self) -> AbstractContextManager[Iterable[Entry]]:
        """Read the names one after the other, in no order; there may be millions."""
        ...

    def standing(self, path: str) -> Standing:
        """Tell size and age of what lies at a path, behind links too."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Read a file's first ``limit`` bytes; what is no regular file reads as empty."""
        ...

    def identity(self) -> tuple[int, int]:
        """Tell what the directory is, whatever it is called; loops are found by it."""
        ...


class Store(Protocol):
    """A registry's ``rootdirectory``.

    Paths are relative to it; every method raises OSError as the system does.
    """

    def mounts(self) -> frozenset[str]:
        """Give the places below the root where something else is mounted: nothing is renamed out of them."""
        ...

    def identity(self) -> tuple[int, int]:
        """Tell what the root is; the first number stands for its file system."""
        ...

    def directory(self, path: str) -> AbstractContextManager[Directory]:
        """Open a directory for reading; links on the way are followed, as the registry does.

        Raises:
            Outside: they lead out of the store.
        """
        ...

    def standing(self, path: str) -> Standing:
        """Tell size and age of what lies at a path, as `Directory.standing` does."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Read a file as `Directory.read` does."""
        ...

    def crosses_link(self, path: str) -> bool:
        """Whether the way to a directory, or it itself, is a link; nothing can be moved out of there."""
        ...

    def move(self, source: str, target: str) -> None:
        """Rename a file or a directory with all it holds, crossing no link on either side.

        The target's parents are made. A target that is there already, unless it is an empty directory, makes
        it fail with EEXIST or ENOTEMPTY: nothing is overwritten.
        """
        ...

    def delete(self, path: str) -> None:
        """Remove a file or an empty directory, crossing no link."""
        ...

    def flush(self) -> None:
        """Bring every rename since the last time to the disk."""
        ...
