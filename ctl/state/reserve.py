"""Room kept in reserve, for what has to be possible just when the disk is full: refusing pushes, stopping.

A directory of small files, each with an inode and blocks of its own, so that it helps against both kinds of
full disks. One is given up for every write that finds no room, and some for what services write while they
are exchanged; afterwards as many are made anew as there is room for.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ctl.paths import Layout
from ctl.state.files import make_way, write_atomically

PIECES = 24
PIECE_BYTES = 16 * 1024
FULL = (errno.ENOSPC, errno.EDQUOT)

_Result = TypeVar("_Result")


def fill(layout: Layout) -> None:
    """Make what is missing of the reserve, as far as there is room; to have none is no failure."""
    try:
        _directory(layout).mkdir(mode=0o700, exist_ok=True)
        for number in range(PIECES):
            _make(_directory(layout) / str(number))
    except OSError:
        return


def with_room(layout: Layout, write: Callable[[], _Result]) -> _Result:
    """Write something small; where there is no room for it, give up pieces of the reserve until there is.

    Raises:
        OSError: the system refuses, or there is no room and nothing left in reserve.
    """
    while True:
        try:
            return write()
        except OSError as error:
            if error.errno not in FULL or not _give_up(layout, 1):
                raise


def write(layout: Layout, path: Path, data: bytes) -> None:
    """Put a small file of root's own in place; see `with_room`."""
    with_room(layout, lambda: write_atomically(path, data, 0o600))


@contextmanager
def shared(layout: Layout) -> Iterator[None]:
    """Leave half of the reserve to services for the length of a block, where the disk is as good as full.

    Supervisors and run scripts write down what they do, and an instance makes its socket; they know nothing
    of the reserve. The caller holds the main lock.
    """
    if _is_full(layout):
        _give_up(layout, PIECES // 2)
    try:
        yield
    finally:
        fill(layout)


def _directory(layout: Layout) -> Path:
    return layout.state / "reserve"


def _make(path: Path) -> None:
    try:
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_size == PIECE_BYTES:
            return
    except FileNotFoundError:
        pass
    # Of a run that was killed, or found no room for the rest.
    make_way(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, PIECE_BYTES)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)


def _give_up(layout: Layout, count: int) -> bool:
    """Remove so many pieces; return whether there was any."""
    given = 0
    for number in range(PIECES):
        try:
            (_directory(layout) / str(number)).unlink()
        except OSError:
            continue
        given += 1
        if given == count:
            break
    return given > 0


def _is_full(layout: Layout) -> bool:
    try:
        state = os.statvfs(layout.state)
    except OSError:
        return False
    blocks = state.f_bfree if os.geteuid() == 0 else state.f_bavail
    # Where inodes are made on demand there is no number of them.
    no_inodes = state.f_files > 0 and state.f_favail < PIECES
    return no_inodes or blocks * state.f_frsize < PIECES * PIECE_BYTES
