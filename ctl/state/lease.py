"""The lock of a lease: held by an open file that every worker inherits, so it ends with the last of them.

No process id is compared: the kernel lets go of the lock when the last copy of the descriptor is closed, by
whatever death.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl.errors import CtlError, ExitCode
from ctl.paths import Layout
from ctl.state import flock, reserve
from ctl.state.files import open_lock

# The guard takes the lock for a moment to see whether somebody is at work.
PATIENCE_SECONDS = 0.5


@contextmanager
def opened(layout: Layout) -> Iterator[int]:
    """Open the lease's lock and yield its descriptor, which holds nothing yet.

    Programs that are started meanwhile share it when they inherit it (``pass_fds``): the lock belongs to
    the open file, so what one of them takes all of them hold.
    """
    descriptor = _opened(layout)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def take(layout: Layout, descriptor: int) -> None:
    """Take the lease's lock.

    Raises:
        CtlError: another run holds it (exit 4).
    """
    if not flock.take(descriptor, PATIENCE_SECONDS):
        raise CtlError(
            f"another run holds the registry of {layout.root} read-only",
            help="wait until it has finished, then try again",
            exit_code=ExitCode.LOCKED,
        )


def let_go(descriptor: int) -> None:
    """Let go of the lock, for all who share it."""
    flock.let_go(descriptor)


def is_held(layout: Layout) -> bool:
    """Whether anybody holds the lease's lock."""
    descriptor = _opened(layout)
    try:
        return not flock.take(descriptor, PATIENCE_SECONDS)
    finally:
        os.close(descriptor)


def _opened(layout: Layout) -> int:
    return reserve.with_room(layout, lambda: open_lock(lock_path(layout)))


def lock_path(layout: Layout) -> Path:
    """The file whose lock a lease is held by."""
    return layout.state / "lease.lock"
