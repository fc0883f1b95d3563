"""The state of a service as runsv keeps it in ``supervise/status``.

Source: runit's runsv; twenty bytes: TAI64N time of the last change (12), pid (4, little endian), paused,
wanted (``u`` or ``d``; 0 for neither), whether TERM was sent, state (0 down, 1 running, 2 finishing).
"""

from __future__ import annotations

import errno
import os
import struct
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from ctl.paths import REGISTRY, STANDBY, Layout

# TAI runs ahead of UTC by ten seconds at the epoch of runit's clock, and its labels by 2^62.
TAI_OFFSET = (1 << 62) + 10
# A registry that has just been started makes its socket within a moment.
SOCKET_SECONDS = 5.0


class State(StrEnum):
    """What runsv says of a service; ABSENT when no runsv looks after it."""

    DOWN = "down"
    RUN = "run"
    FINISH = "finish"
    ABSENT = "absent"


class ServiceState(Struct, frozen=True):
    """The state of one service.

    Args:
        name: of the service directory.
        state: see `State`.
        pid: of the process; 0 when there is none.
        since: seconds in this state.
        wanted: whether it is meant to run.
        paused: whether it was sent STOP.
        ending: whether it was sent TERM.
        held_down: whether it stays down when its supervisor starts.
    """

    name: str
    state: State
    pid: int = 0
    since: float = 0.0
    wanted: bool = False
    paused: bool = False
    ending: bool = False
    held_down: bool = False

    @property
    def is_up(self) -> bool:
        """Whether its process runs."""
        return self.state is State.RUN and self.pid > 0


def process_of(layout: Layout, name: str) -> ServiceState:
    """Return the state of an enabled service.

    Raises:
        PermissionError: its ``supervise`` directory belongs to another account.
    """
    return _state_in(layout.services / name, name)


def not_crashing(layout: Layout, service: str) -> Callable[[], bool]:
    """Return a function that tells whether waiting for a service still makes sense."""
    first = process_of(layout, service).pid
    since = time.monotonic()

    def alive() -> bool:
        state = process_of(layout, service)
        # runsv starts a process that ended again after a second, with another pid.
        return time.monotonic() - since < 1.5 or (state.is_up and state.pid == first)

    return alive


def has_socket(layout: Layout, name: str) -> bool:
    """Whether the registry can be reached by its socket, where it has one.

    A process whose supervisor was killed takes the socket of its successor with it when it ends: Go removes
    the path, whoever made it last.
    """
    if name != REGISTRY or not (layout.services / STANDBY).is_symlink():
        return True
    return layout.instance_socket(name).exists()


def is_cut_off(layout: Layout, state: ServiceState) -> bool:
    """Whether a service runs, for long enough, and cannot be reached."""
    return state.is_up and state.since >= SOCKET_SECONDS and not has_socket(layout, state.name)


def log_process_of(layout: Layout, name: str) -> ServiceState | None:
    """Return the state of the log service beside a service; None when it has none.

    Raises:
        PermissionError: its ``supervise`` directory belongs to another account.
    """
    directory = layout.services / name / "log"
    return _state_in(directory, "log") if directory.is_dir() else None


def status_line(state: ServiceState, log: ServiceState | None) -> str:
    """Return the line that ``sv status`` prints of a service, which scripts read.

    Source: sv(8) and runit's sv.c.
    """
    if state.state is State.ABSENT:
        return f"fail: {state.name}: runsv not running"
    beside = f"; {_described(log)}" if log is not None and log.state is not State.ABSENT else ""
    return _described(state) + beside


def _described(state: ServiceState) -> str:
    if state.pid:
        notes: tuple[tuple[bool, str], ...] = (
            (state.held_down, "normally down"),
            (state.paused, "paused"),
            (not state.wanted, "want down"),
            (state.ending, "got TERM"),
        )
        start = f"{state.state}: {state.name}: (pid {state.pid}) {int(state.since)}s"
    else:
        notes = ((not state.held_down, "normally up"), (state.wanted, "want up"))
        start = f"{State.DOWN}: {state.name}: {int(state.since)}s"
    return ", ".join([start, *(text for holds, text in notes if holds)])


def _state_in(directory: Path, name: str) -> ServiceState:
    supervise = directory / "supervise"
    if not _supervised(str(supervise / "ok")):
        return ServiceState(name, State.ABSENT)
    try:
        with (supervise / "status").open("rb") as file:
            content = file.read(20)
    except FileNotFoundError:
        return ServiceState(name, State.ABSENT)
    if len(content) != 20:
        return ServiceState(name, State.ABSENT)
    seconds, nanoseconds = struct.unpack(">QI", content[:12])
    return ServiceState(
        name,
        {0: State.DOWN, 1: State.RUN, 2: State.FINISH}.get(content[19], State.ABSENT),
        int.from_bytes(content[12:16], "little"),
        max(0.0, time.time() - (seconds - TAI_OFFSET + nanoseconds / 1e9)),
        wanted=content[17:18] == b"u",
        paused=content[16] != 0,
        ending=content[18] != 0,
        held_down=(directory / "down").exists(),
    )


def _supervised(fifo: str) -> bool:
    """Whether a runsv is alive: it keeps the reading end of this pipe open."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EACCES:
            raise
        return False
    return True
