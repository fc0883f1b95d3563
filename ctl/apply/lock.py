"""The lock that a changing run holds, so that two of them never overlap."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl.errors import CtlError, ExitCode, reason
from ctl.paths import Layout
from ctl.state import begun, flock, reserve
from ctl.state.files import open_lock

# The guard takes the lock for a moment to see whether somebody is at work.
PATIENCE_SECONDS = 0.3
# Nobody is told to wait for what the guard does by itself: whoever finds it at work waits longer.
SETTLING = "settle"
SETTLED_SECONDS = 30.0


@contextmanager
def locked(
    layout: Layout,
    purpose: str,
    patience: float = PATIENCE_SECONDS,
    path: Path | None = None,
    *,
    changes: bool = True,
) -> Iterator[None]:
    """Hold the lock for the length of a block; it ends with the process, by whatever death.

    Args:
        layout: whose lock.
        purpose: what the run does, told to who finds it locked.
        patience: seconds to wait for it.
        path: of another lock than the one of runs that change services.
        changes: whether the block changes something from its beginning on; see `ctl.state.begun`.

    Raises:
        CtlError: another run holds it (exit 4), or the directory cannot be written.
    """
    try:
        layout.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        descriptor = reserve.with_room(layout, lambda: open_lock(path or layout.lock))
    except OSError as error:
        raise CtlError(
            f"{layout.home} cannot be written: {reason(error)}",
            help="make room on that file system"
            if error.errno in reserve.FULL
            else "run this as root, or name a directory of yours with --root",
        ) from error
    try:
        _acquire(descriptor, layout, patience)
        if changes:
            begun.note()
        # Who it is is told when there is room for it; a full disk must not keep a service from being stopped.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {purpose}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, layout: Layout, patience: float) -> None:
    taken = False
    with contextlib.suppress(OSError):
        taken = flock.take(descriptor, patience)
        if not taken and _holder(descriptor)[1] == SETTLING:
            taken = flock.take(descriptor, SETTLED_SECONDS)
    if not taken:
        pid, purpose = _holder(descriptor)
        who = f"ctl {purpose} (pid {pid})" if pid.isdigit() else "another run"
        raise CtlError(
            f"{who} is at work on {layout.root}",
            help="wait until it has finished, then try again",
            exit_code=ExitCode.LOCKED,
        )


def _holder(descriptor: int) -> tuple[str, str]:
    """Return the pid and the purpose of who holds it, as far as they are told."""
    pid, _, purpose = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    return pid, purpose
