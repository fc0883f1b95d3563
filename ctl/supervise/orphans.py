"""Services that still run although their runsv was killed: they hold ports and serve yesterday's settings."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path

from ctl.paths import Layout
from ctl.supervise.processes import PROC, alive, parent, runsv_processes, shares_root, stat_fields

# How far apart runsv's note of a process and the start of that process may lie.
NOTED_SECONDS = 5.0


def orphans(layout: Layout) -> list[int]:
    """Return the pids of services, and of their logs, whose runsv was killed."""
    supervisors = set(runsv_processes(layout))
    found = {pid for pid in _noted(layout) if parent(pid) not in supervisors}
    for script in layout.service_definitions.glob("*/run"):
        found.update(_recognised(script))
    return sorted(found)


def _noted(layout: Layout) -> list[int]:
    """The numbers that runsv has left behind.

    The time of a note tells whether its number was given to somebody else since.
    """
    found = []
    for file in layout.service_definitions.glob("*/**/supervise/pid"):
        try:
            pid, noted = int(file.read_text()), file.stat().st_mtime
        except (OSError, ValueError):
            continue
        if alive(pid) and abs(_started(pid) - noted) < NOTED_SECONDS:
            found.append(pid)
    return found


def _started(pid: int) -> float:
    """Return when a process was started, in seconds since 1970; 0 when it is gone."""
    fields = stat_fields(pid)
    if not fields:
        return 0.0
    up = float((PROC / "uptime").read_text().split()[0])
    return time.time() - up + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _recognised(script: Path) -> list[int]:
    """Find what a run script has started and nobody looks after: a new runsv has noted a number of its own.

    Such a process leads a session without a terminal, works in the script's directory, runs a program that
    the script names, and is a child of who takes in orphans.
    """
    try:
        words = shlex.split(script.read_text(), comments=True)
        directory = os.path.realpath(words[words.index("cd") + 1])
    except (OSError, ValueError, IndexError):
        return []
    programs = {os.path.realpath(word) for word in words if word.startswith("/")}
    return [
        int(entry.name)
        for entry in PROC.iterdir()
        if entry.name.isdigit()
        and _link(entry / "cwd") == directory
        and _link(entry / "exe").removesuffix(" (deleted)") in programs
        and shares_root(int(entry.name))
        and _left_alone(int(entry.name))
    ]


def _left_alone(pid: int) -> bool:
    fields = stat_fields(pid)
    if not fields or fields[0] == "Z":
        return False
    above, session, terminal = int(fields[1]), int(fields[3]), int(fields[4])
    return session == pid and terminal == 0 and (above == 1 or _name(above) == "systemd")


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
