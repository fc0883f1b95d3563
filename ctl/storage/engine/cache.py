"""What manifests refer to, remembered by their digest: a manifest never changes, so it is read but once.

A row is entered only after the manifest's bytes have hashed to its digest, and carries a checksum of its own:
a flipped bit must not make an image lose a layer. A cache that cannot be used in any way is thrown away or
done without; it only ever saves time. Several runs may use one at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator

from ctl.storage.engine.manifest import Manifest

# Raised whenever a manifest would be understood in another way than before.
VERSION = 2
_BATCH = 1000
_PASSING_NAMES = "BUSY LOCKED READONLY IOERR FULL CANTOPEN PERM"
_PASSING = tuple(f"SQLITE_{name}" for name in _PASSING_NAMES.split())
_PATIENCE_SECONDS = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS manifest (
    digest BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    schema1 INTEGER NOT NULL,
    children INTEGER NOT NULL,
    problem TEXT,
    subject BLOB NOT NULL,
    refs BLOB NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID
"""
_COLUMNS = "digest, size, media_type, schema1, children, problem, subject, refs, checksum"
_Row = tuple[bytes, int, str, int, int, str | None, bytes, bytes, bytes]


class Cache:
    """A cache in a file; one that holds nothing when there is no file.

    Args:
        path: the file, made when it is missing; None to do without.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._waiting: list[_Row] = []
        self.problem: str | None = None
        """Why it is done without, or was thrown away."""
        self._connection = None if path is None else self._opened(path)

    def close(self) -> None:
        """Write what is waiting and let go of the file."""
        self.commit()
        self._drop()

    def known(self, wanted: Collection[bytes]) -> Iterator[tuple[bytes, int, Manifest]]:
        """Give digest, size in bytes and contents of those manifests that were read before.

        All rows are read in one go: to ask for each by itself takes a lock each time.
        """
        if self._connection is None or not wanted:
            return
        try:
            for row in self._connection.execute(f"SELECT {_COLUMNS} FROM manifest"):  # noqa: S608
                if row[0] in wanted:
                    yield _manifest(row)
        except (sqlite3.Error, ValueError, TypeError) as error:
            self._fail(error)

    def add(self, digest: bytes, size: int, manifest: Manifest) -> None:
        """Remember a manifest; the caller has hashed its bytes."""
        if self._connection is None:
            return
        refs = _packed(manifest.references)
        self._waiting.append(
            (
                digest,
                size,
                manifest.media_type,
                int(manifest.schema1),
                manifest.children,
                manifest.problem,
                manifest.subject or b"",
                refs,
                _checksum(digest, size, manifest, refs),
            )
        )
        if len(self._waiting) >= _BATCH:
            self.commit()

    def forget(self, digests: Iterable[bytes]) -> None:
        """Remove manifests that are gone."""
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.executemany(
                    "DELETE FROM manifest WHERE digest = ?", ((digest,) for digest in digests)
                )
        except sqlite3.Error as error:
            self._fail(error)

    def commit(self) -> None:
        """Write what is waiting."""
        if self._connection is None or not self._waiting:
            return
        try:
            with self._connection:
                statement = f"INSERT OR REPLACE INTO manifest ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608
                self._connection.executemany(statement, self._waiting)
            self._waiting.clear()
        except sqlite3.Error as error:
            self._fail(error)

    def _opened(self, path: str) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                return self._connected(path)
            except sqlite3.Error as error:
                self.problem = str(error)
                if _is_passing(error):
                    return None
                _remove(path)
        return None

    def _connected(self, path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS)
        try:
            # What a power cut takes from a cache is read again, and what it leaves torn is found out.
            connection.execute("PRAGMA synchronous = OFF")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")
            if version == 0:
                with connection:
                    connection.execute(_SCHEMA)
                    connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(f"SELECT {_COLUMNS} FROM manifest LIMIT 1").fetchone()  # noqa: S608
        except BaseException:
            connection.close()
            raise
        return connection

    def _fail(self, error: Exception) -> None:
        """Do without the cache from now on; throw it away when it is damaged."""
        self.problem = str(error)
        self._waiting.clear()
        self._drop()
        if self._path is not None and not _is_passing(error):
            _remove(self._path)

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


def _is_passing(error: Exception) -> bool:
    """Whether a cache is locked by another run, or may not be used here; any other error is damage."""
    return getattr(error, "sqlite_errorname", "").startswith(_PASSING)


def _remove(path: str) -> None:
    for name in (path, f"{path}-journal", f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - pathlib costs a start 10 ms


def _manifest(row: _Row) -> tuple[bytes, int, Manifest]:
    digest, size, media_type, schema1, children, problem, subject, refs, checksum = row
    manifest = Manifest(media_type, tuple(_unpacked(refs)), subject or None, bool(schema1), problem, children)
    if _checksum(digest, size, manifest, refs) != checksum:
        raise ValueError("a row is damaged")
    return digest, size, manifest


def _packed(digests: Iterable[bytes]) -> bytes:
    return b"".join(bytes((len(digest),)) + digest for digest in digests)


def _unpacked(packed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(packed):
        end = at + 1 + packed[at]
        yield packed[at + 1 : end]
        at = end


def _checksum(digest: bytes, size: int, manifest: Manifest, refs: bytes) -> bytes:
    words = f"{size} {manifest.schema1} {manifest.children} {manifest.problem!r} {manifest.media_type!r}"
    parts = (digest, manifest.subject or b"", refs, words.encode("utf-8", "surrogatepass"))
    return hashlib.blake2b(b"/".join(parts), digest_size=8).digest()
