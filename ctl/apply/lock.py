"""The lock that a changing run holds, so that two of them never overlap."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl.errors import CtlError, ExitCode, reason
from ctl.paths import Layout
from ctl.state import reserve

# The guard takes the lock for a moment to see whether somebody is at work.
PATIENCE_SECONDS = 0.3
POLL_SECONDS = 0.02


@contextmanager
def locked(
    layout: Layout, purpose: str, patience: float = PATIENCE_SECONDS, path: Path | None = None
) -> Iterator[None]:
    """Hold the lock for the length of a block; it ends with the process, by whatever death.

    Args:
        layout: whose lock.
        purpose: what the run does, told to who finds it locked.
        patience: seconds to wait for it.
        path: of another lock than the one of runs that change services.

    Raises:
        CtlError: another run holds it (exit 4), or the directory cannot be written.
    """
    try:
        layout.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = reserve.with_room(layout, lambda: os.open(path or layout.lock, flags, 0o600))
    except OSError as error:
        raise CtlError(
            f"{layout.home} cannot be written: {reason(error)}",
            help="make room on that file system"
            if error.errno in reserve.FULL
            else "run this as root, or name a directory of yours with --root",
        ) from error
    try:
        _acquire(descriptor, layout, patience)
        # Who it is is told when there is room for it; a full disk must not keep a service from being stopped.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {purpose}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def _acquire(descriptor: int, layout: Layout, patience: float) -> None:
    try:
        _take(descriptor, patience)
    except OSError as error:
        pid, _, purpose = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
        who = f"ctl {purpose} (pid {pid})" if pid.isdigit() else "another run"
        raise CtlError(
            f"{who} is at work on {layout.root}",
            help="wait until it has finished, then try again",
            exit_code=ExitCode.LOCKED,
        ) from error
