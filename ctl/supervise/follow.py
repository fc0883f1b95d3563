"""Follow logs as they grow, are put away under another name, are cut to nothing, vanish and come back.

By looking again, not by inotify: that works on every file system, and costs a ``stat`` a log and look.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from ctl.supervise.logs import Log, open_log

# What is read of one log in one look, so that a log that floods does not hide the others.
CHUNK_BYTES = 256 * 1024
# A line that is longer comes in pieces.
LINE_BYTES = 64 * 1024
# What is searched at most for the last lines of a log.
BACK_BYTES = 16 * 1024 * 1024
# nginx writes to the file that was renamed until it has opened the new one.
LOOKS_AT_RENAMED = 25
# Directories are searched for new logs once in so many looks.
LOOKS_A_SEARCH = 5


class Line(Struct, frozen=True):
    """A line without its end: the label of its log, and its bytes."""

    label: str
    content: bytes


class _Reader(Struct):
    """An open log: how far it was read, and the beginning of a line that is not whole yet."""

    descriptor: int
    position: int = 0
    pending: bytes = b""
    quiet_looks: int = 0

    def lines(self) -> Iterator[bytes]:
        """Yield the whole lines that have come."""
        if os.fstat(self.descriptor).st_size < self.position:
            self.position, self.pending = 0, b""
        content = os.pread(self.descriptor, CHUNK_BYTES, self.position)
        self.quiet_looks = 0 if content else self.quiet_looks + 1
        self.position += len(content)
        *whole, self.pending = (self.pending + content).split(b"\n")
        yield from whole
        while len(self.pending) > LINE_BYTES:
            yield self.pending[:LINE_BYTES]
            self.pending = self.pending[LINE_BYTES:]

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return os.fstat(self.descriptor).st_size > self.position

    def last(self, count: int) -> list[bytes]:
        """Go to the end and return the last lines."""
        size = os.fstat(self.descriptor).st_size
        start, content = size, b""
        while start > 0 and content.count(b"\n") <= count and size - start < BACK_BYTES:
            before = max(0, start - CHUNK_BYTES)
            content = os.pread(self.descriptor, start - before, before) + content
            start = before
        self.position = start + len(content)
        *whole, self.pending = content.split(b"\n")
        return whole[-count:] if count else []

    def close(self) -> Iterator[bytes]:
        """Yield what is left of a line that was never ended."""
        os.close(self.descriptor)
        if self.pending:
            yield self.pending


class _Followed(Struct):
    """One log by its path: the file that is there now, and those that were there a moment ago."""

    log: Log
    reader: _Reader | None = None
    identity: tuple[int, int] | None = None
    renamed: list[_Reader] = field(default_factory=list)

    def look(self) -> Iterator[bytes]:
        """Yield the lines that have come, those of renamed files first."""
        if self.reader is not None and _identity(self.log.path) != self.identity:
            self.renamed.append(self.reader)
            self.reader = None
        for old in list(self.renamed):
            yield from old.lines()
            if old.quiet_looks >= LOOKS_AT_RENAMED:
                self.renamed.remove(old)
                yield from old.close()
        if self.reader is None:
            with contextlib.suppress(PermissionError):
                self.open()
        if self.reader is not None and not any(old.is_behind for old in self.renamed):
            yield from self.reader.lines()

    def open(self) -> None:
        """Open the file that is there now, if there is one.

        Raises:
            PermissionError: it may not be read.
        """
        try:
            descriptor = open_log(self.log.path)
        except PermissionError:
            raise
        except OSError:
            return
        self.reader, self.identity = _Reader(descriptor), _opened(descriptor)

    @property
    def readers(self) -> list[_Reader]:
        """Everything that is open."""
        return [*self.renamed, *([self.reader] if self.reader is not None else [])]

    def close(self) -> Iterator[bytes]:
        """Yield what is left of lines that were never ended."""
        for reader in self.readers:
            yield from reader.close()
        self.reader, self.renamed = None, []


class Follower:
    """Follows every log that a search finds.

    Args:
        search: returns the logs that are there now.
    """

    def __init__(self, search: Callable[[], Sequence[Log]]) -> None:
        self._search = search
        self._followed: dict[Path, _Followed] = {}
        self._looks = 0

    @property
    def labels(self) -> list[str]:
        """The labels of the logs that are known."""
        return [followed.log.label for followed in self._followed.values()]

    def begin(self, count: int) -> Iterator[Line]:
        """Yield the last lines of every log that is there; `look` goes on from there.

        Raises:
            PermissionError: one of them may not be read.
        """
        self._find()
        for followed in self._followed.values():
            followed.open()
            if followed.reader is not None:
                yield from (Line(followed.log.label, line) for line in followed.reader.last(count))

    def look(self) -> Iterator[Line]:
        """Yield the lines that have come since the last look; a log that is new is read from its start."""
        self._looks += 1
        if self._looks % LOOKS_A_SEARCH == 0:
            # Who was let in once is not sent away for what is closed to them later.
            with contextlib.suppress(PermissionError):
                self._find()
        for followed in list(self._followed.values()):
            yield from (Line(followed.log.label, line) for line in followed.look())

    @property
    def is_behind(self) -> bool:
        """Whether some log has more to read at once."""
        return any(reader.is_behind for followed in self._followed.values() for reader in followed.readers)

    def close(self) -> Iterator[Line]:
        """Yield what is left of lines that were never ended, and close everything."""
        for followed in self._followed.values():
            yield from (Line(followed.log.label, line) for line in followed.close())
        self._followed.clear()

    def _find(self) -> None:
        gone = [path for path, followed in self._followed.items() if not followed.readers and self._looks]
        for path in gone:
            del self._followed[path]
        for log in self._search():
            self._followed.setdefault(log.path, _Followed(log))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _opened(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
