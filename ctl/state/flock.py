"""Locks of open files, as flock(2) has them: who dies lets go, for the kernel ends a lock with its file.

A lock belongs to the open file, not to the process: whoever inherits the descriptor shares it, and it lasts
until the last copy is closed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

POLL_SECONDS = 0.02


def take(descriptor: int, patience: float | None = 0.0) -> bool:
    """Take the lock of an open file for oneself; return whether that came about.

    Args:
        descriptor: of the file, or of a directory.
        patience: seconds to wait for who holds it; None for as long as that lasts.

    Raises:
        OSError: the file system knows no locks, or has none left.
    """
    if patience is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    deadline = time.monotonic() + patience
    while not _try(descriptor, fcntl.LOCK_EX):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def let_go(descriptor: int) -> None:
    """Let go of a lock, for all who share the open file."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_held(path: Path, flags: int = 0) -> bool:
    """Whether anybody has taken the lock of a file; nobody has where it cannot be opened.

    It looks by sharing the lock for a moment: two that look do not see each other, and who wants to take it
    meanwhile has more patience than that.

    Args:
        path: of the file, or of a directory; it is not made.
        flags: with which it is opened beside ``O_RDONLY``.

    Raises:
        OSError: the file system knows no locks, or has none left.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    except OSError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return True
    return False
