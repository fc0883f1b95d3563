"""Services that still run although their runsv, or their main process, was killed.

Every process of a service has ``state/running/NAME.lock`` open as descriptor 9, which its run script has
opened and nobody but root can. So it is known by the file that it has open, not by what it calls itself.
What the run scripts do with such processes is in ``templates/runit/``: what lives on and answers is not
ended for that, the new runsv's process stands in for it; what only keeps a port is ended.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ctl.paths import Layout
from ctl.supervise.processes import PROC, alive, numbers, parent, runsv_processes, stat_fields
from ctl.supervise.status import process_of

# How far apart runsv's note of a process and the start of that process may lie.
NOTED_SECONDS = 5.0
_DESCRIPTOR = "fd/9"


def holders(layout: Layout, name: str, *, left: bool = True) -> list[int]:
    """Return the pids of the processes of a service, ascending, whoever looks after them.

    Args:
        layout: whose service.
        name: of the service.
        left: whether workers that answer what was asked of a killed master count as well.
    """
    owners = _holders(layout)
    return sorted(pid for pid, (owner, is_left) in owners.items() if owner == name and (left or not is_left))


def orphans(layout: Layout) -> list[int]:
    """Return the pids of services, and of their logs, that no runsv looks after, ascending."""
    return sorted(_unsupervised(layout, {*_holders(layout), *_noted(layout, "*/**/supervise/pid")}))


def known(layout: Layout) -> set[int]:
    """Return the pids of every process that has a service's lock open, whoever looks after it."""
    return {*_holders(layout)}


def strays(layout: Layout) -> list[int]:
    """Return the pids of orphans that were started without a lock, so that no run script knows of them."""
    return sorted(_unsupervised(layout, set(_noted(layout, "*/supervise/pid")) - _holders(layout).keys()))


def stood_in_for(layout: Layout, name: str) -> int:
    """Return the pid of the process for which the service's own stands in; 0 when it does the work itself."""
    pid = process_of(layout, name).pid
    if not pid or _has_open(pid, layout.state / "running" / f"{name}.lock"):
        return 0
    # A run script that has only just begun takes its lock between the one look and the other.
    pids = holders(layout, name, left=False)
    return 0 if not pids or pid in pids else pids[0]


def working(layout: Layout, name: str) -> int:
    """Return the pid of the process that does a service's work; 0 when it is down."""
    return stood_in_for(layout, name) or process_of(layout, name).pid


def _has_open(pid: int, lock: Path) -> bool:
    try:
        return os.path.samestat((PROC / str(pid) / _DESCRIPTOR).stat(), lock.lstat())
    except OSError:
        return False


def _holders(layout: Layout) -> dict[int, tuple[str, bool]]:
    """Return the service of each process that has a lock open, and whether that was moved aside."""
    locks = {}
    for path in (layout.state / "running").glob("*.lock*"):
        service, _, aside = path.name.rpartition(".lock")
        if not aside or aside[1:].isdigit():
            # A run script may just move it aside.
            with contextlib.suppress(FileNotFoundError):
                about = path.lstat()
                locks[about.st_dev, about.st_ino] = (service, bool(aside))
    owners = {}
    for pid in numbers() if locks else ():
        try:
            about = os.stat(f"{PROC}/{pid}/{_DESCRIPTOR}")  # noqa: PTH116 - see `numbers`
        except OSError:
            continue
        if (about.st_dev, about.st_ino) in locks:
            owners[pid] = locks[about.st_dev, about.st_ino]
    return owners


def _unsupervised(layout: Layout, pids: set[int]) -> Iterator[int]:
    supervisors = set(runsv_processes(layout) if pids else ())
    for pid in pids:
        above = pid
        while above > 1 and above not in supervisors:
            above = parent(above)
        if above <= 1 and alive(pid):
            yield pid


def _noted(layout: Layout, pattern: str) -> list[int]:
    """The numbers that runsv has left behind.

    The time of a note tells whether its number was given to somebody else since.
    """
    pids = []
    for file in layout.service_definitions.glob(pattern):
        try:
            pid, noted = int(file.read_text()), file.stat().st_mtime
        except (OSError, ValueError):
            continue
        if alive(pid) and abs(_started(pid) - noted) < NOTED_SECONDS:
            pids.append(pid)
    return pids


def _started(pid: int) -> float:
    """Return when a process was started, in seconds since 1970; 0 when it is gone."""
    fields = stat_fields(pid)
    if not fields:
        return 0.0
    up = float((PROC / "uptime").read_text().split()[0])
    return time.time() - up + int(fields[19]) / os.sysconf("SC_CLK_TCK")
