from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.operations.control import act, shutdown
from ctl.paths import Layout
from ctl.state import stopped
from ctl.supervise import control, directories
from ctl.supervise.processes import supervisors
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
