"""A service's process with all that it has started: what has to be gone when it is killed."""

from __future__ import annotations

import contextlib
import os
import signal

from msgspec import Struct

from ctl.supervise.processes import numbers, stat_fields, wait_until

# Positions in /proc/PID/stat, counted from the state on.
_PARENT, _GROUP, _STARTED = 1, 2, 19
KILLED_SECONDS = 5.0


class Family(Struct, frozen=True):
    """Processes by number and time of their start, so that a number that was given away is not mistaken.

    Args:
        members: the time of the start, in ticks since the machine's, by pid.
    """

    members: dict[int, str]

    @classmethod
    def of(cls, pid: int) -> Family:
        """Return a process, its descendants, and its process group where it leads one.

        A group that it does not lead holds its supervisor as well.
        """
        table = _table()
        members = {pid} if pid in table else set()
        if members and table[pid][_GROUP] == str(pid):
            members |= {member for member, fields in table.items() if fields[_GROUP] == str(pid)}
        while more := {child for child, fields in table.items() if int(fields[_PARENT]) in members} - members:
            members |= more
        return cls({member: table[member][_STARTED] for member in members})

    def left(self) -> list[int]:
        """Return the members that still run, ascending."""
        return sorted(pid for pid, started in self.members.items() if _runs(pid, started))

    def kill(self) -> list[int]:
        """Kill the members that still run, wait for their end, and return who that was."""
        killed = self.left()
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.left(), KILLED_SECONDS)
        return killed


def _table() -> dict[int, list[str]]:
    table = {}
    for pid in numbers():
        fields = stat_fields(pid)
        if len(fields) > _STARTED:
            table[pid] = fields
    return table


def _runs(pid: int, started: str) -> bool:
    fields = stat_fields(pid)
    return len(fields) > _STARTED and fields[_STARTED] == started and fields[0] != "Z"
