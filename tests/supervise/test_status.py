from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.supervise import control
from ctl.supervise.processes import wait_until
from ctl.supervise.status import TAI_OFFSET, State, process_of
from tests.supervise.scene import supervised


def test_state_follows_what_a_real_runsv_does(tmp_path: Path) -> None:
    with supervised(tmp_path, "one") as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        first = process_of(layout, "one")
        assert (first.state, first.is_up, first.wanted) == (State.RUN, True, True)
        assert Path(f"/proc/{first.pid}/comm").read_text() == "sleep\n"
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
        found = process_of(layout, "one")
    finally:
        os.close(reading)
    if length < 20:
        assert found.state is State.ABSENT
    else:
        assert (found.state, found.pid, found.wanted, found.is_up) == (State.FINISH, 7, True, False)
        assert 99 <= found.since < 110
    assert process_of(layout, "one").state is State.ABSENT, "nobody reads the pipe any more"
