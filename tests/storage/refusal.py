"""A store in which one place may not be looked into; root may look anywhere, so modes would not do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ctl.storage.backends.filesystem import FilesystemDirectory, FilesystemStore


class Refusing(FilesystemStore):
    """Refuses to list or to read what is at a path or below it."""

    refused = ""

    @contextmanager
    def directory(self, path: str) -> Iterator[FilesystemDirectory]:
        self.ask(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
        try:
            yield _Directory(self, path, descriptor)
        finally:
            os.close(descriptor)

    def read(self, path: str, limit: int) -> bytes:
        self.ask(path)
        return super().read(path, limit)

    def ask(self, path: str) -> None:
        if path == self.refused or path.startswith(f"{self.refused}/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


class _Directory(FilesystemDirectory):
    def __init__(self, store: Refusing, path: str, descriptor: int) -> None:
        super().__init__(descriptor)
        self._store, self._path = store, path

    def read(self, path: str, limit: int) -> bytes:
        self._store.ask(f"{self._path}/{path}")
        return super().read(path, limit)
