"""The lock that a changing run holds, so that two of them never overlap."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ctl.errors import CtlError, ExitCode, reason
from ctl.paths import Layout


@contextmanager
def locked(layout: Layout, purpose: str) -> Iterator[None]:
    """Hold the lock for the length of a block; it ends with the process, by whatever death.

    Args:
        layout: whose lock.
        purpose: what the run does, told to who finds it locked.

    Raises:
        CtlError: another run holds it (exit 4), or the directory cannot be written.
    """
    try:
        layout.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise CtlError(
            f"{layout.home} cannot be written: {reason(error)}",
            help="run this as root, or name a directory of yours with --root",
        ) from error
    try:
        _acquire(descriptor, layout)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {purpose}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, layout: Layout) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid, _, purpose = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
        who = f"ctl {purpose} (pid {pid})" if pid.isdigit() else "another run"
        raise CtlError(
            f"{who} is at work on {layout.root}",
            help="wait until it has finished, then try again",
            exit_code=ExitCode.LOCKED,
        ) from error
