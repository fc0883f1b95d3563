"""A store of keys in memory, of nothing but what S3, GCS and Azure have: no directory, no rename, no link.

It lists keys in their order, a thousand a request; puts, copies and deletes many at a time. On it stands the
protocol of `ctl.storage.store`, so that what the engine does on a directory is tried where there is none.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from ctl.storage.store import RETIRED, NoObject, Object, Obstacle, Place, Report, Standing, StoreError
from tests.storage.tree import Tree, files

PAGE = 1000


class Bucket:
    """Keys and what they hold; ``requests`` counts what it was asked."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, float]] = {}
        self.requests: Counter[str] = Counter()
        self.locks: set[str] = set()

    @classmethod
    def of(cls, tree: Tree) -> Bucket:
        """Make one of the files of a tree, with their times."""
        bucket = cls()
        for path in files(tree.root):
            key = str(path.relative_to(tree.root))
            bucket.objects[key] = path.read_bytes(), path.stat().st_mtime
        return bucket

    def below(self, prefix: str) -> set[str]:
        return {key for key in self.objects if key.startswith(prefix)}

    def listed(self, prefix: str) -> Iterator[Object]:
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        for number, key in enumerate(keys or [""]):
            if number % PAGE == 0:
                self.requests["LIST"] += 1
            if key in self.objects:
                content, modified = self.objects[key]
                etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
                yield Object(key, len(content), modified, etag)

    def get(self, key: str) -> bytes:
        self.requests["GET"] += 1
        return self._found(key)[0]

    def head(self, key: str) -> Standing:
        self.requests["HEAD"] += 1
        content, modified = self._found(key)
        return Standing(len(content), modified, True)

    def put(self, key: str, content: bytes, *, if_absent: bool = False) -> None:
        self.requests["PUT"] += 1
        if if_absent and key in self.objects:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), key)
        self.objects[key] = content, time.time()

    def copy(self, source: str, target: str) -> None:
        self.requests["COPY"] += 1
        self.objects[target] = self._found(source)[0], time.time()

    def delete(self, keys: list[str]) -> None:
        assert len(keys) <= PAGE
        self.requests["DELETE"] += 1
        for key in keys:
            self.objects.pop(key, None)

    def _found(self, key: str) -> tuple[bytes, float]:
        if key not in self.objects:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key)
        return self.objects[key]


@dataclass(frozen=True)
class Name:
    """A name below a prefix."""

    name: str
    is_prefix: bool

    def is_dir(self) -> bool:
        return self.is_prefix

    def is_symlink(self) -> bool:
        return False


class Listed:
    """What lies below a prefix, as a listing gave it."""

    def __init__(self, bucket: Bucket, prefix: str, objects: list[Object]) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._objects = objects

    def names(self) -> list[Name]:
        names: dict[str, bool] = {}
        for entry in self._objects:
            name, slash, _ = entry.key[len(self._prefix) :].partition("/")
            names[name] = names.get(name, False) or bool(slash)
        return [Name(*pair) for pair in names.items()]

    def entries(self) -> AbstractContextManager[Iterable[Name]]:
        return nullcontext(self.names())

    def standing(self, path: str) -> Standing:
        whole = self._prefix if path == "." else f"{self._prefix}{path}/"
        at = bisect_left(self._objects, whole.rstrip("/"), key=lambda entry: entry.key)
        if path != "." and at < len(self._objects) and self._objects[at].key == whole[:-1]:
            return Standing(self._objects[at].size, self._objects[at].modified, True)
        entries = [entry for entry in self._objects if entry.key.startswith(whole)]
        if not entries:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        direct = [entry.modified for entry in entries if "/" not in entry.key[len(whole) :]]
        return Standing(0, max(direct or [entry.modified for entry in entries]), False)

    def read(self, path: str, limit: int) -> bytes:
        if not self.standing(path).is_file:
            return b""
        return self._bucket.get(self._prefix + path)[:limit]


class MemoryStore:
    """A `ctl.storage.store.Store` over a bucket; one that is dropped has done what a killed process has."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        # Copied already, and deleted by the next flush: gone for whoever asks here.
        self._doomed: dict[str, None] = {}
        # What the walk has listed of the place that it is at.
        self._place = Listed(bucket, "", [])
        self._at = "\0"
        self._keys: list[Object] = []

    def close(self) -> None:
        pass

    # Looking.

    def mounts(self) -> frozenset[str]:
        return frozenset()

    def inventory(
        self, prefixes: Iterable[str], report: Report, *, leaf: str | None = None
    ) -> Iterator[Object]:
        for prefix in prefixes:
            for entry in self._list(f"{prefix}/"):
                name, slash, rest = entry.key[len(prefix) + 1 :].partition("/")
                if leaf is None or (slash and rest == leaf):
                    yield entry
                elif not slash:
                    report(Obstacle.STRAY, f"{prefix}/{name}", "no prefix")

    def walk(self, top: str, report: Report) -> Iterator[Place]:
        for entry in self._list(f"{top}/"):
            path, part, _ = f"/{entry.key[len(top) + 1 :]}".partition("/_")
            if not part:
                report(Obstacle.STRAY, entry.key, "no prefix")
                continue
            if path != self._at:
                yield from self._ended(top)
                self._at = path
            self._keys.append(entry)
        yield from self._ended(top)

    def _ended(self, top: str) -> Iterator[Place]:
        """Give the place that all keys were listed of: they stand together in the order of keys."""
        if self._keys:
            base = f"{top}{self._at}/"
            self._place = Listed(self.bucket, base, self._keys)
            parts = [name.name for name in self._place.names()]
            yield Place(self._at[1:], False, dict.fromkeys(parts, False))
        self._at, self._keys, self._place = "\0", [], Listed(self.bucket, "", [])

    def _list(self, prefix: str) -> Iterator[Object]:
        if self._keys and prefix.startswith(f"{self._place._prefix}_"):
            first = bisect_left(self._keys, prefix, key=lambda entry: entry.key)
            for entry in self._keys[first:]:
                if not entry.key.startswith(prefix):
                    return
                yield entry
            return
        for entry in self.bucket.listed(prefix):
            if entry.key not in self._doomed:
                yield entry

    def directories(self, path: str, report: Report) -> Iterator[tuple[str, bool]]:
        for name in Listed(self.bucket, f"{path}/", [*self._list(f"{path}/")]).names():
            if name.is_prefix:
                yield name.name, False
            else:
                report(Obstacle.STRAY, f"{path}/{name.name}", "no prefix")

    @contextmanager
    def directory(self, path: str) -> Iterator[Listed]:
        entries = [*self._list(f"{path}/")]
        if not entries:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        yield Listed(self.bucket, f"{path}/", entries)

    def standing(self, path: str) -> Standing:
        if path in self._doomed:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self.bucket.head(path)

    def read(self, path: str, limit: int) -> bytes:
        return self.bucket.get(path)[:limit]

    # Changing.

    def prepare(self, path: str) -> None:
        pass

    def make(self, path: str) -> None:
        pass

    @contextmanager
    def locked(self, path: str) -> Iterator[None]:
        if path in self.bucket.locks:
            raise StoreError("locked", "another run works on this store")
        self.bucket.locks.add(path)
        try:
            yield
        finally:
            self.bucket.locks.remove(path)

    def exists(self, path: str) -> bool:
        return any(entry.key == path or entry.key.startswith(f"{path}/") for entry in self._list(path))

    def is_obstructed(self, path: str) -> bool:
        return False

    def write(self, path: str, content: bytes) -> None:
        self._doomed.pop(path, None)
        self.bucket.put(path, content, if_absent=True)

    @contextmanager
    def rewriting(self, path: str) -> Iterator[BinaryIO]:
        file = io.BytesIO()
        yield file
        self.bucket.put(path, file.getvalue())

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        try:
            yield io.BytesIO(self.bucket.get(path))
        except FileNotFoundError as error:
            raise NoObject(error.errno, error.strerror, path) from error

    def move(self, source: str, target: str) -> None:
        if self.exists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        keys = [entry.key for entry in self._list(source) if f"{entry.key}/".startswith(f"{source}/")]
        if not keys:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source)
        for key in keys:
            moved = target + key[len(source) :]
            self._doomed.pop(moved, None)
            self.bucket.copy(key, moved)
        self._doomed.update(dict.fromkeys(keys))
        if len(self._doomed) >= PAGE:
            self.settle()

    def retire(self, path: str, doomed: str) -> None:
        self.write(f"{doomed}/{RETIRED}", b"")

    def delete(self, path: str) -> None:
        self.bucket.delete([path])

    def remove(self, path: str) -> Iterator[Object]:
        entries = [entry for entry in self._list(path) if f"{entry.key}/".startswith(f"{path}/")]
        for first in range(0, len(entries), PAGE):
            gone = entries[first : first + PAGE]
            self.bucket.delete([entry.key for entry in gone])
            yield from gone

    def prune(self, paths: Iterable[str], top: str) -> bool:
        return not any(self.exists(path) for path in paths)

    def settle(self) -> None:
        keys = list(self._doomed)
        for first in range(0, len(keys), PAGE):
            self.bucket.delete(keys[first : first + PAGE])
        self._doomed.clear()

    def flush(self) -> None:
        self.settle()
