"""Processes of this installation's supervisors, found by what they cannot forge: account and program."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ctl.paths import Layout
from ctl.process import BASE_ENVIRONMENT
from ctl.state import begun

PROC = Path("/proc")
POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait for a condition; return whether it came true in time (seconds)."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie: not every PID 1 reaps."""
    state = _stat(pid)
    return state is not None and state[0] != "Z"


def parent(pid: int) -> int:
    """Return the parent of a process; 0 when it is gone."""
    state = _stat(pid)
    return state[1] if state else 0


def _stat(pid: int) -> tuple[str, int] | None:
    fields = stat_fields(pid)
    return (fields[0], int(fields[1])) if fields else None


def numbers() -> list[int]:
    """Return the pids of all processes, ascending.

    They are asked with texts for paths: what is looked at in every process of the machine is to cost little.
    """
    return [int(name) for name in os.listdir(PROC) if name.isdigit()]  # noqa: PTH208 - see above


def stat_fields(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` from the state on; none when the process is gone.

    Source: proc(5): state, parent, process group, session, terminal …
    """
    try:
        with open(f"{PROC}/{pid}/stat", encoding="latin-1") as file:  # noqa: PTH123 - see `numbers`
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def command_of(pid: int) -> list[str]:
    """Return the words that a process was started with; none when it is gone."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []
    return [os.fsdecode(word) for word in words]


def supervisors(layout: Layout) -> list[int]:
    """Return the pids of every runsvdir that watches this installation's services.

    Only of a runsvdir of our own account are the words read: they tell what it watches.
    """
    pids = []
    for pid in _running(layout, "runsvdir"):
        words = command_of(pid)
        if len(words) > 1 and _same(words[-1], layout.services):
            pids.append(pid)
    # Its children are of the same program for a moment, until each has become a runsv.
    return [pid for pid in pids if parent(pid) not in pids]


def runsv_processes(layout: Layout) -> list[int]:
    """Return the pids of every runsv of this installation."""
    return [pid for pid in _running(layout, "runsv") if _inside(pid, layout.service_definitions)]


def _running(layout: Layout, program: str) -> Iterator[int]:
    """Yield the processes of our account that execute a program of the machine."""
    import shutil

    path = shutil.which(program, path=BASE_ENVIRONMENT["PATH"])
    if path is None:
        return
    accounts = _accounts(layout)
    for pid in numbers():
        if _executes(pid, path) and accounts_of(pid) <= accounts and shares_root(pid):
            yield pid


def _executes(pid: int, path: str) -> bool:
    link = link_of(pid, "exe")
    shown, real = link.removesuffix(" (deleted)"), os.path.realpath(path)
    if shown.rpartition("/")[2] != path.rpartition("/")[2]:
        return False
    # What a new version of the package has replaced runs on; a unit may show it below another root.
    replaced = shown != link and shown.endswith(real)
    return shown == real or replaced or _is(PROC / str(pid) / "exe", Path(path))


def _is(path: Path, other: Path) -> bool:
    """Whether two paths lead to the same file: a unit may show its processes other names of it."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _accounts(layout: Layout) -> set[int]:
    """Return who may run this installation's supervisors: we, and who owns what they watch."""
    accounts = {os.geteuid()}
    with contextlib.suppress(OSError):
        accounts.add(layout.services.stat().st_uid)
    return accounts


def accounts_of(pid: int) -> set[int]:
    """Return the accounts that a process has or can go back to, by number; -1 when it is gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text("latin-1").splitlines()
    except OSError:
        return {-1}
    # A line break in the process's name is escaped here.
    return {int(account) for line in lines if line.startswith("Uid:") for account in line.split()[1:]} or {-1}


def link_of(pid: int, name: str) -> str:
    """Return where a link in ``/proc/PID`` leads; empty when we may not see that, or it is gone."""
    try:
        return os.readlink(f"{PROC}/{pid}/{name}")  # noqa: PTH115 - see `numbers`
    except OSError:
        return ""


def shares_root(pid: int) -> bool:
    """Whether a process sees the same file system as we do: one in a container has the same paths, its own.

    Who may not look may not send a signal either, and is told that it does.
    """
    try:
        there, here = (PROC / str(pid) / "root").stat(), Path("/").stat()
    except OSError:
        return True
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def end(pids: list[int], number: signal.Signals, timeout: float) -> None:
    """Send a signal and wait for the end; who does not end in time (seconds) is killed."""
    if pids:
        begun.note()
    for signum in (number, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
        if wait_until(lambda: not any(alive(pid) for pid in pids), timeout):
            return


def _same(text: str, directory: Path) -> bool:
    # runsvdir's log argument, if any, comes last; ours is started without.
    return text.startswith("/") and os.path.realpath(text) == os.path.realpath(directory)


def _inside(pid: int, directory: Path) -> bool:
    where = link_of(pid, "cwd").removesuffix(" (deleted)")
    if not where:
        return False
    inside = os.path.realpath(where).startswith(f"{os.path.realpath(directory)}/")
    return inside or _is(PROC / str(pid) / "cwd" / "..", directory)
