"""Processes of this installation's supervisors, found by what they were started with."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ctl.paths import Layout

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


def stat_fields(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` from the state on; none when the process is gone.

    Source: proc(5): state, parent, process group, session, terminal …
    """
    try:
        return (PROC / str(pid) / "stat").read_text("latin-1").rpartition(")")[2].split()
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
    """Return the pids of every runsvdir that watches this installation's services."""
    return [
        pid
        for pid, words in _commands()
        if _is_runsvdir(words) and _same(words[-1], layout.services) and shares_root(pid)
    ]


def runsv_processes(layout: Layout) -> list[int]:
    """Return the pids of every runsv of this installation."""
    found = []
    for pid, words in _commands():
        if Path(words[0]).name == "runsv" and _inside(pid, layout.service_definitions) and shares_root(pid):
            found.append(pid)
    return found


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
    for one in (number, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, one)
        if wait_until(lambda: not any(alive(pid) for pid in pids), timeout):
            return


def _commands() -> Iterator[tuple[int, list[str]]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")[:-1]
            except OSError:
                continue
            # A zombie has no command line any more.
            if words:
                yield int(entry.name), [os.fsdecode(word) for word in words]


def _is_runsvdir(words: list[str]) -> bool:
    return Path(words[0]).name == "runsvdir" and len(words) > 1


def _same(text: str, directory: Path) -> bool:
    # runsvdir's log argument, if any, comes last; ours is started without.
    return text.startswith("/") and os.path.realpath(text) == os.path.realpath(directory)


def _inside(pid: int, directory: Path) -> bool:
    try:
        where = (PROC / str(pid) / "cwd").readlink()
    except OSError:
        return False
    return os.path.realpath(where).startswith(f"{os.path.realpath(directory)}/")
