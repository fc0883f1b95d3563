"""A directory as a proof of it sees it: small files in its top, done by whoever owns the images."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ctl.storage.proof import Entry


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
        with (self._root / key).open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
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
