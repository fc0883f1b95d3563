from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.apply.lock import locked
from ctl.errors import CtlError, ExitCode
from ctl.operations.serve import control as operations
from ctl.operations.serve.control import act, shutdown
from ctl.operations.serve.status import service_list
from ctl.paths import STANDBY, Layout
from ctl.state import stopped
from ctl.supervise import control, directories
from ctl.supervise.processes import alive, supervisors, wait_until
from ctl.supervise.status import process_of
from tests.supervise.scene import define, supervised


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    with supervised(tmp_path, "nginx", "registry") as made:
        for name in ("nginx", "registry"):
            control.wait_supervised(made, name)
            control.bring_up(made, name)
        yield made


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_status_answers_with_the_codes_of_an_init_script(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert act("status", None, layout) == 0
    shown = lines(capsys)
    assert [line.split(":")[:2] for line in shown] == [["run", " nginx"], ["run", " registry"]]
    assert "; run: log: (pid " in shown[0]
    control.tell(layout, "nginx", "d")
    assert act("stop", "nginx", layout) == 0
    assert act("status", "nginx", layout) == 3
    assert lines(capsys)[-1].startswith("down: nginx: ")
    assert act("status", None, layout) == 3
    shutdown(layout)
    assert act("status", "nginx", layout) == 4
    assert act("status", None, layout) == 8


def test_stop_start_and_restart_do_what_they_say_and_remember_it(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    first = process_of(layout, "registry").pid
    assert act("restart", "registry", layout) == 0
    second = process_of(layout, "registry").pid
    assert second not in (0, first)
    assert act("stop", None, layout) == 0
    assert stopped.names(layout) == {"nginx", "registry"}
    assert (layout.service_definitions / "registry/down").exists()
    assert process_of(layout, "registry").pid == 0
    assert act("start", "registry", layout) == 0
    assert stopped.names(layout) == {"nginx"}
    assert not (layout.service_definitions / "registry/down").exists()
    assert [line.split(":")[0] for line in lines(capsys)] == ["ok"] * 4


def test_start_brings_the_supervisor_back_and_leaves_down_what_was_stopped(layout: Layout) -> None:
    act("stop", "nginx", layout)
    shutdown(layout)
    assert supervisors(layout) == []
    assert act("start", "registry", layout) == 0
    assert len(supervisors(layout)) == 1
    assert process_of(layout, "registry").is_up
    control.wait_supervised(layout, "nginx")
    assert process_of(layout, "nginx").pid == 0


def test_service_that_is_disabled_or_unknown_is_an_error(layout: Layout) -> None:
    define(layout, "redis")
    with pytest.raises(CtlError, match="the service redis is disabled"):
        act("status", "redis", layout)
    with pytest.raises(CtlError, match="there is no service ngnix") as caught:
        act("restart", "ngnix", layout)
    assert caught.value.help == "did you mean nginx?"
    with pytest.raises(CtlError, match="there is no service x") as caught:
        act("stop", "x", layout)
    assert caught.value.help == "there are: nginx, registry"
    assert stopped.names(layout) == frozenset()


def test_no_services_at_all_is_an_error_and_shutdown_is_none(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="there are no services yet"):
        act("start", None, Layout(tmp_path))
    shutdown(Layout(tmp_path))


def test_odd_bytes_in_names_are_shown_as_numbers(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CtlError, match=r"there is no service \\x1b\[2J\\xff\\x07é"):
        act("status", "\x1b[2J\udcff\x07é", layout)
    define(layout, "a\x1bb")
    directories.enable(layout, "a\x1bb")
    assert act("status", "a\x1bb", layout) in (0, 4)
    assert "a\\x1bb" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["start", "stop", "restart", "once", "hup", "kill", "graceful-kill"])
def test_no_action_takes_a_service_that_is_disabled(tmp_path: Path, action: str) -> None:
    layout = Layout(tmp_path)
    define(layout, "redis")
    with pytest.raises(CtlError, match="the service redis is disabled"):
        act(action, "redis", layout)
    assert stopped.names(layout) == frozenset()


def test_signals_reach_the_process_and_print_nothing(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    for action in ("usr1", "usr2", "hup", "int", "term", "kill"):
        assert wait_until(lambda: process_of(layout, "nginx").since > 1, 10)
        old = process_of(layout, "nginx").pid
        assert act(action, "nginx", layout) == 0
        assert wait_until(lambda: process_of(layout, "nginx").pid not in (0, old), 10), action  # noqa: B023
    assert capsys.readouterr() == ("", "")


def test_signal_that_nobody_gets_is_not_passed_over(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    act("stop", "nginx", layout)
    capsys.readouterr()
    assert act("hup", "nginx", layout) == 0
    assert capsys.readouterr() == ("", "note: nginx is down; nobody was told\n")
    shutdown(layout)
    assert act("hup", "nginx", layout) == 1
    assert capsys.readouterr().out == "fail: nginx: runsv not running\n"


def test_once_starts_what_is_not_started_again(layout: Layout) -> None:
    act("stop", "nginx", layout)
    assert act("once", "nginx", layout) == 0
    assert wait_until(lambda: process_of(layout, "nginx").is_up, 10)
    assert not process_of(layout, "nginx").wanted
    act("kill", "nginx", layout)
    assert wait_until(lambda: process_of(layout, "nginx").pid == 0, 10)
    assert stopped.names(layout) == {"nginx"}


def test_service_that_ends_at_once_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    with supervised(tmp_path, "nginx", script="echo no port; exit 1") as layout:
        logs = tmp_path / "logs"
        logs.mkdir()
        (layout.service_definitions / "nginx/log/run").write_text(f"#!/bin/sh\nexec svlogd {logs}\n")
        control.wait_supervised(layout, "nginx")
        with pytest.raises(CtlError, match="nginx ended as soon as it was started") as caught:
            act("start", "nginx", layout)
        assert caught.value.detail is not None
        assert set(caught.value.detail.splitlines()) == {"the end of the log of nginx:", "no port"}


def test_graceful_kill_kills_what_is_left_of_a_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = f"sh -c \"trap '' TERM; exec sleep 600\" & echo $! > {tmp_path}/pid; exec sleep 600"
    with supervised(tmp_path, "nginx", script=script) as layout:
        control.wait_supervised(layout, "nginx")
        control.bring_up(layout, "nginx")
        assert wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "", 10)
        left = int((tmp_path / "pid").read_text())
        assert act("graceful-kill", "nginx", layout) == 0
        assert not alive(left)
        assert process_of(layout, "nginx").pid == 0
        assert process_of(layout, "nginx").state == "down", "its supervisor was not killed with it"
        assert stopped.names(layout) == {"nginx"}
        said = capsys.readouterr().out.splitlines()
        assert said[0].startswith("ok: down: nginx:")
        assert said[1] == f"killed what was left of nginx: {left}"
        assert act("graceful-kill", "nginx", layout) == 0
        assert "nginx does not run, so there is nothing to kill" in capsys.readouterr().out


def test_two_commands_at_once_are_told_apart_but_a_signal_comes_through(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PATIENCE_SECONDS", 0.05)
    with locked(layout, "reconfigure"):
        for action in ("start", "stop", "restart", "once", "graceful-kill"):
            with pytest.raises(CtlError, match=r"ctl reconfigure .* is at work") as caught:
                act(action, "nginx", layout)
            assert caught.value.exit_code is ExitCode.LOCKED
        assert stopped.names(layout) == frozenset()
        assert act("hup", "nginx", layout) == 0
        assert act("status", "nginx", layout) in (0, 3)


def test_standby_instance_is_hidden_unless_it_is_up_or_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with supervised(tmp_path, "registry", STANDBY) as layout:
        for name in ("registry", STANDBY):
            control.wait_supervised(layout, name)
            control.bring_up(layout, name)
        assert service_list(layout) == ["registry*", f"{STANDBY}*"]
        assert act("status", None, layout) == 0
        assert len(lines(capsys)) == 2
        control.tell(layout, STANDBY, "d")
        assert wait_until(lambda: process_of(layout, STANDBY).pid == 0, 10)
        define(layout, "redis")
        assert service_list(layout) == ["redis", "registry*"]
        assert act("status", None, layout) == 0
        assert len(lines(capsys)) == 1
        assert act("status", STANDBY, layout) == 3
        with pytest.raises(CtlError, match="ctl alone starts and stops it"):
            act("start", STANDBY, layout)


def test_full_disk_does_not_keep_a_service_from_being_stopped(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stopped, "mark", full)
    assert act("stop", "nginx", layout) == 0
    assert process_of(layout, "nginx").pid == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("ok: down: nginx:")
    assert captured.err == "note: the next reconfigure will start nginx again: no space left on device\n"
