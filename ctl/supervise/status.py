"""The state of a service as runsv keeps it in ``supervise/status``.

Source: runit's runsv; twenty bytes: TAI64N time of the last change (12), pid (4, little endian), paused,
wanted (``u`` or ``d``), whether TERM was sent, state (0 down, 1 running, 2 finishing).
"""

from __future__ import annotations

import errno
import os
import struct
import time
from dataclasses import dataclass
from enum import StrEnum

from ctl.paths import Layout

# TAI runs ahead of UTC by ten seconds at the epoch of runit's clock, and its labels by 2^62.
TAI_OFFSET = (1 << 62) + 10


class State(StrEnum):
    """What runsv says of a service; ABSENT when no runsv looks after it."""

    DOWN = "down"
    RUN = "run"
    FINISH = "finish"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The state of one service.

    Args:
        name: of the service directory.
        state: see `State`.
        pid: of the process; 0 when there is none.
        since: seconds in this state.
        wanted: whether it is meant to run.
    """

    name: str
    state: State
    pid: int = 0
    since: float = 0.0
    wanted: bool = False

    @property
    def is_up(self) -> bool:
        """Whether its process runs."""
        return self.state is State.RUN and self.pid > 0


def process_of(layout: Layout, name: str) -> ServiceState:
    """Return the state of an enabled service.

    Raises:
        PermissionError: its ``supervise`` directory belongs to another account.
    """
    directory = layout.services / name / "supervise"
    if not _supervised(str(directory / "ok")):
        return ServiceState(name, State.ABSENT)
    try:
        with (directory / "status").open("rb") as file:
            content = file.read(20)
    except FileNotFoundError:
        return ServiceState(name, State.ABSENT)
    if len(content) != 20:
        return ServiceState(name, State.ABSENT)
    seconds, nanoseconds = struct.unpack(">QI", content[:12])
    pid = int.from_bytes(content[12:16], "little")
    state = {0: State.DOWN, 1: State.RUN, 2: State.FINISH}.get(content[19], State.ABSENT)
    since = max(0.0, time.time() - (seconds - TAI_OFFSET + nanoseconds / 1e9))
    return ServiceState(name, state, pid, since, content[17:18] == b"u")


def _supervised(fifo: str) -> bool:
    """Whether a runsv is alive: it keeps the reading end of this pipe open."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EACCES:
            raise
        return False
    return True
