from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.supervise import control
from ctl.supervise.logs import log_tail
from ctl.supervise.orphans import stood_in_for
from ctl.supervise.processes import wait_until
from ctl.supervise.status import process_of
from tests.supervise.scene import Table, define, supervised


def test_sv_is_asked_for_the_service_of_this_root_alone(tmp_path: Path) -> None:
    runner = Table()
    control.sv(Layout(tmp_path), runner, "status", "one", 2.5)
    assert runner.ran == [["sv", "-w", "3", "status", "one"]]


def test_service_that_nobody_looks_after_cannot_be_told(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    define(layout, "one")
    with pytest.raises(CtlError, match="the supervisor of one cannot be reached"):
        control.tell(layout, "one", "u")


def test_wait_for_a_supervisor_that_never_comes_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "SUPERVISED_SECONDS", 0.1)
    with pytest.raises(CtlError, match="no supervisor looks after the service one"):
        control.wait_supervised(Layout(tmp_path), "one")


def test_service_that_ends_at_once_is_not_waited_for(tmp_path: Path) -> None:
    with supervised(tmp_path, "one", script="exit 1") as layout:
        control.wait_supervised(layout, "one")
        since = time.monotonic()
        control.bring_up(layout, "one")
        assert time.monotonic() - since < 5


def test_service_that_does_not_end_is_named(tmp_path: Path) -> None:
    script = "trap '' TERM; touch listens; while :; do sleep 0.1; done"
    with supervised(tmp_path, "one", script=script) as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        assert wait_until((layout.service_definitions / "one/listens").exists, 10)
        pid = process_of(layout, "one").pid
        try:
            with pytest.raises(CtlError, match=r"one does not end within 0\.3 s"):
                control.cycle(layout, "one", 0.3)
        finally:
            control.tell(layout, "one", "k")
            control.sv(layout, SubprocessRunner(), "force-stop", "one", 1)
        assert process_of(layout, "one").pid != pid


def test_restart_ends_what_lives_on_although_its_stand_in_does_not_listen_yet(tmp_path: Path) -> None:
    with supervised(tmp_path, "one") as layout:
        lock = layout.state / "running" / "one.lock"
        lock.parent.mkdir(parents=True)
        lock.touch()
        lives_on = subprocess.Popen(["/bin/sh", "-c", 'exec 9<"$0"; echo; exec sleep 600', lock], stdout=-1)
        try:
            assert lives_on.stdout is not None
            assert lives_on.stdout.readline() == b"\n"
            control.wait_supervised(layout, "one")
            control.bring_up(layout, "one")
            stand_in = process_of(layout, "one").pid
            assert stood_in_for(layout, "one") == lives_on.pid
            control.cycle(layout, "one", 10)
            assert lives_on.wait(10) == -signal.SIGTERM
            assert process_of(layout, "one").pid != stand_in
        finally:
            lives_on.kill()
            lives_on.communicate()


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", []), (b"a\nb\nc\n", ["b", "c"]), (b"half", ["half"]), (b"\xff\n", ["\ufffd"])],
)
def test_end_of_a_log_is_found_through_its_script(
    tmp_path: Path, content: bytes, expected: list[str]
) -> None:
    layout, logs = Layout(tmp_path), tmp_path / "my logs"
    define(layout, "one")
    (layout.service_definitions / "one/log/run").write_text(f"#!/bin/sh\nexec svlogd -tt '{logs}'\n")
    assert log_tail(layout, "one", 2) == []
    logs.mkdir()
    (logs / "current").write_bytes(content)
    assert log_tail(layout, "one", 2) == expected
    assert log_tail(layout, "two", 2) == []


def test_end_of_a_log_that_is_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:

    layout, logs = Layout(tmp_path), tmp_path / "logs"
    define(layout, "one")
    (layout.service_definitions / "one/log/run").write_text(f"#!/bin/sh\nexec svlogd {logs}\n")
    logs.mkdir()
    (logs / "current").symlink_to("/etc/passwd")
    assert log_tail(layout, "one", 2) == []
    (logs / "current").unlink()
    os.mkfifo(logs / "current")
    assert log_tail(layout, "one", 2) == []
