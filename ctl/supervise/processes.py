"""Processes of this installation's supervisors, found by what they were started with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ctl.paths import Layout

PROC = Path("/proc")
POLL_SECONDS = 0.02
# How far apart runsv's note of a process and the start of that process may lie.
NOTED_SECONDS = 5.0


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
    try:
        fields = (PROC / str(pid) / "stat").read_text("latin-1").rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1])


def supervisors(layout: Layout) -> list[int]:
    """Return the pids of every runsvdir that watches this installation's services."""
    return [pid for pid, words in _commands() if _is_runsvdir(words) and _same(words[-1], layout.services)]


def runsv_processes(layout: Layout) -> list[int]:
    """Return the pids of every runsv of this installation."""
    found = []
    for pid, words in _commands():
        if words and Path(words[0]).name == "runsv" and _inside(pid, layout.service_definitions):
            found.append(pid)
    return found


def orphans(layout: Layout) -> list[int]:
    """Return the pids of services that still run although their runsv was killed.

    runsv leaves the number of its process behind; the time of that tells whether the number was given to
    somebody else since.
    """
    supervisors_alive = set(runsv_processes(layout))
    found = []
    for file in layout.service_definitions.glob("*/**/supervise/pid"):
        try:
            pid, noted = int(file.read_text()), file.stat().st_mtime
        except (OSError, ValueError):
            continue
        if alive(pid) and parent(pid) not in supervisors_alive and abs(_started(pid) - noted) < NOTED_SECONDS:
            found.append(pid)
    return found


def _started(pid: int) -> float:
    """Return when a process was started, in seconds since the epoch; 0 when it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text("latin-1").rpartition(")")[2].split()
        up = float((PROC / "uptime").read_text().split()[0])
    except OSError:
        return 0.0
    return time.time() - up + int(fields[19]) / os.sysconf("SC_CLK_TCK")


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
