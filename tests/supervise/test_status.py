from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.supervise import control
from ctl.supervise.directories import hold_down, release
from ctl.supervise.processes import wait_until
from ctl.supervise.status import TAI_OFFSET, State, log_process_of, process_of, status_line
from tests.supervise.scene import supervised


def test_state_follows_what_a_real_runsv_does(tmp_path: Path) -> None:
    with supervised(tmp_path, "one") as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        first = process_of(layout, "one")
        assert (first.state, first.is_up, first.wanted) == (State.RUN, True, True)
        # For a moment after the fork it still bears runsv's name.
        assert wait_until(lambda: Path(f"/proc/{first.pid}/comm").read_text() == "sleep\n", 10)
        assert 0 <= first.since < 10
        control.cycle(layout, "one", 10)
        control.bring_up(layout, "one")
        assert process_of(layout, "one").pid not in (0, first.pid)
        control.tell(layout, "one", "d")
        assert wait_until(lambda: process_of(layout, "one").state is State.DOWN, 10)
        down = process_of(layout, "one")
        assert (down.pid, down.is_up, down.wanted) == (0, False, False)
    assert process_of(layout, "one").state is State.ABSENT


def test_service_that_is_not_there_is_absent(tmp_path: Path) -> None:
    assert process_of(Layout(tmp_path), "one").state is State.ABSENT


@pytest.mark.parametrize("length", [0, 19, 20])
def test_status_file_is_read_only_when_it_is_whole(tmp_path: Path, length: int) -> None:
    layout = Layout(tmp_path)
    directory = layout.services / "one/supervise"
    directory.mkdir(parents=True)
    os.mkfifo(directory / "ok")
    seconds = int(time.time()) + TAI_OFFSET - 100
    content = struct.pack(">QI", seconds, 0) + (7).to_bytes(4, "little") + b"\0u\0\2"
    (directory / "status").write_bytes(content[:length])
    reading = os.open(directory / "ok", os.O_RDONLY | os.O_NONBLOCK)
    try:
        state = process_of(layout, "one")
    finally:
        os.close(reading)
    if length < 20:
        assert state.state is State.ABSENT
    else:
        assert (state.state, state.pid, state.wanted, state.is_up) == (State.FINISH, 7, True, False)
        assert 99 <= state.since < 110
    assert process_of(layout, "one").state is State.ABSENT, "nobody reads the pipe any more"


def test_line_is_that_of_sv_in_every_state(tmp_path: Path) -> None:
    def told(command: str) -> None:
        control.tell(layout, "one", command)

    seen = []
    with supervised(tmp_path, "one", script="trap '' TERM; while :; do sleep 0.1; done") as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        steps: tuple[tuple[Callable[[], None], str], ...] = (
            (lambda: None, "run: one: (pid N) Ns"),
            (lambda: hold_down(layout, "one"), "run: one: (pid N) Ns, normally down"),
            (lambda: told("p"), "run: one: (pid N) Ns, normally down, paused"),
            (lambda: told("c"), "run: one: (pid N) Ns, normally down"),
            (lambda: told("d"), "run: one: (pid N) Ns, normally down, want down, got TERM"),
            (lambda: told("k"), "down: one: Ns"),
            (lambda: release(layout, "one"), "down: one: Ns, normally up"),
            (lambda: told("o"), "run: one: (pid N) Ns, want down"),
        )
        for prepare, expected in steps:
            prepare()
            wait_until(lambda: masked(own_line(layout)).split(";")[0] == expected, 5)  # noqa: B023
            theirs = control.sv(layout, SubprocessRunner(), "status", "one", 1).stdout.rstrip("\n")
            # A second may begin between the two.
            assert re.sub(r"\d+s", "Ns", own_line(layout)) == re.sub(r"\d+s", "Ns", theirs)
            seen.append((masked(theirs), f"{expected}; run: log: (pid N) Ns"))
        told("k")
    assert [line for line, _ in seen] == [expected for _, expected in seen]


def own_line(layout: Layout) -> str:
    return status_line(process_of(layout, "one"), log_process_of(layout, "one"))


def masked(line: str) -> str:
    return re.sub(r"\d+", "N", line)


def test_line_of_a_service_that_nobody_looks_after_is_that_of_sv(tmp_path: Path) -> None:
    with supervised(tmp_path, "one") as layout:
        control.wait_supervised(layout, "one")
        own = status_line(process_of(layout, "two"), None)
        assert own == "fail: two: runsv not running"
    (layout.services / "one").mkdir(parents=True)
    (layout.services / "one/supervise").symlink_to(layout.service_definitions / "one/supervise")
    theirs = control.sv(layout, SubprocessRunner(), "status", "one", 1).stdout.rstrip("\n")
    assert status_line(process_of(layout, "one"), None) == theirs
