"""A power cut, as far as processes go, and the start of the machine after it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from ctl.apply.lock import locked
from ctl.paths import GUARD
from ctl.process import SubprocessRunner
from ctl.supervise.processes import PROC, stat_fields
from ctl.supervise.status import process_of
from tests.system.installation import Installation, wait_for

SETTLED_SECONDS = 20.0


def cut(site: Installation) -> None:
    """Let everything below a root die at once: nobody sees anybody else die."""
    for number in (signal.SIGSTOP, signal.SIGSTOP):
        _send(site.processes(), number)

    def gone() -> bool:
        _send(site.processes(), signal.SIGKILL)
        return not site.processes()

    wait_for(gone)


def boot(site: Installation) -> None:
    """Start the services as the unit of the package does, and as nothing else."""
    SubprocessRunner().spawn(
        ["runsvdir", "-P", site.layout.services],
        log=site.layout.logs / "ctl" / "runsvdir.log",
        cwd=site.layout.services,
    )


@contextlib.contextmanager
def guard_asleep(site: Installation) -> Iterator[None]:
    """Keep the guard from doing anything; whoever cuts the power inside need not wake it."""
    # A guard that sleeps with the lock in its hand would keep everybody else from working, too.
    with locked(site.layout, "a test", SETTLED_SECONDS):
        pid = process_of(site.layout, GUARD).pid
        children = [int(child) for child in Path(PROC / f"{pid}/task/{pid}/children").read_text().split()]
        _send([pid, *children], signal.SIGSTOP)
        # Who waits for the lock would take it on the way to sleep.
        wait_for(lambda: all(map(_sleeps, [pid, *children])))
    try:
        yield
    finally:
        _send([pid, *children], signal.SIGCONT)


def _sleeps(pid: int) -> bool:
    return not (fields := stat_fields(pid)) or fields[0] in "TZ"


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
