"""A directory as a proof of it sees it: small files in its top, done by whoever owns the images."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from ctl.storage.layout import BLOBS, REPOSITORIES
from ctl.storage.proof import PREFIX, Entry

# What file systems say that know no second name of a file.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Directory:
    """A directory of images; keys are names of files in it.

    Args:
        root: the registry's ``rootdirectory``.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def listed(self, prefix: str) -> list[Entry]:
        """Return the files whose names begin so; where a directory is named, those in it."""
        parent, _, begin = prefix.rpartition("/")
        entries: list[Entry] = []
        if parent and self._root.is_dir() and not (self._root / parent).exists():
            return entries
        with os.scandir(self._root / parent) as entries_there:
            for entry in entries_there:
                if entry.name.startswith(begin) and entry.is_file(follow_symlinks=False):
                    about = entry.stat(follow_symlinks=False)
                    name = f"{parent}/{entry.name}" if parent else entry.name
                    entries.append(Entry(name, about.st_size, about.st_mtime))
        return entries

    def write_once(self, key: str, content: bytes) -> bool:
        """Write a file that is not there yet, down to the disk; say that the store can make sure of that."""
        # Whole or not at all, whenever we are killed; what is left of it then goes with a later proof.
        fresh = self._root / f"{PREFIX}{secrets.token_hex(8)}"
        with fresh.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(fresh, self._root / key)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with (self._root / key).open("xb") as stream:
                stream.write(content)
        finally:
            fresh.unlink()
        return True

    def size(self, key: str) -> int:
        """Return the size of a file in bytes."""
        return (self._root / key).stat().st_size

    def read(self, key: str) -> bytes:
        """Return a file's content."""
        return (self._root / key).read_bytes()

    def copy(self, key: str, target: str) -> None:
        """Copy a file, and move the copy into its place, as the registry moves what was uploaded."""
        between = self._root / f"{target}-moved"
        shutil.copyfile(self._root / key, between)
        between.rename(self._root / target)

    def delete(self, keys: list[str]) -> None:
        """Delete files."""
        for key in keys:
            (self._root / key).unlink()

    def repositories(self) -> Iterator[str]:
        """Yield the name of every repository."""
        top = self._root / REPOSITORIES
        for parent, names, _ in os.walk(top, onerror=_raised):
            if "_manifests" in names:
                yield os.path.relpath(parent, top)
            # What begins so is the repository's own, and no part of a name.
            names[:] = [name for name in names if not name.startswith("_")]

    def sizes(self) -> Iterator[int]:
        """Yield the size of every blob in bytes."""
        for parent, _, names in os.walk(self._root / BLOBS, onerror=_raised):
            if "data" in names:
                yield (Path(parent) / "data").stat().st_size


def _raised(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
