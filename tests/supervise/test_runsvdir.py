from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.process import Completed, SubprocessRunner
from ctl.supervise import control, directories, processes, runsvdir
from ctl.supervise.orphans import holders, orphans, stood_in_for, working
from ctl.supervise.processes import accounts_of, alive, runsv_processes, supervisors, wait_until
from ctl.supervise.status import process_of
from tests.supervise.scene import NO_SYSTEMD, Table, define, kill, supervised


def test_runsvdir_is_started_once_and_stopped_with_all_its_services(tmp_path: Path) -> None:
    with supervised(tmp_path, "one", "two") as layout:
        assert runsvdir.is_running(layout)
        assert not runsvdir.ensure_running(layout, SubprocessRunner(), NO_SYSTEMD)
        assert len(supervisors(layout)) == 1
        for name in ("one", "two"):
            control.wait_supervised(layout, name)
            control.bring_up(layout, name)
        pids = [*runsv_processes(layout), *(process_of(layout, name).pid for name in ("one", "two"))]
        assert len(pids) == 4
        runsvdir.stop(layout, SubprocessRunner(), 10, NO_SYSTEMD)
        assert not any(alive(pid) for pid in pids)
        assert not runsvdir.is_running(layout)
        runsvdir.stop(layout, SubprocessRunner(), 10, NO_SYSTEMD)


SLOW = "#!/bin/sh\ntrap 'sleep 1; exit' TERM\nwhile :; do sleep 0.05; done\n"


def _by_ctl(layout: Layout) -> None:
    runsvdir.stop(layout, SubprocessRunner(), 60, NO_SYSTEMD)


def _by_the_unit(layout: Layout) -> None:
    (line,) = (line for line in runsvdir.service_lines(layout) if line.startswith("ExecStop="))
    _, _, script = shlex.split(line.removeprefix("ExecStop=-").partition(f" {layout.services}")[0])
    words = ["sh", "-c", script.replace("$$", "$"), str(layout.services), str(supervisors(layout)[0])]
    subprocess.run(words, check=False, capture_output=True, timeout=60)


@pytest.mark.parametrize("stop", [_by_ctl, _by_the_unit])
@pytest.mark.parametrize("letter", ["d", "u"])
def test_stop_is_not_held_up_by_who_tells_a_supervisor_that_is_ending_something_else(
    tmp_path: Path, letter: str, stop: Callable[[Layout], None]
) -> None:
    with supervised(tmp_path, "one") as layout:
        control.wait_supervised(layout, "one")
        (layout.service_definitions / "one/run").write_text(SLOW)
        control.bring_up(layout, "one")
        control.cycle(layout, "one", 10)
        assert wait_until(lambda: process_of(layout, "one").is_up, 10)
        children = runsv_processes(layout)
        with ThreadPoolExecutor() as pool:
            stopped = pool.submit(stop, layout)
            assert wait_until(lambda: process_of(layout, "one").ending, 10)
            # As a settle does that goes on meanwhile: runsv takes it for an end of its end.
            control.tell(layout, "one", letter)
            stopped.result(timeout=30)
        assert not any(alive(pid) for pid in children)


def test_services_of_another_root_are_nobody_elses_business(tmp_path: Path) -> None:
    with supervised(tmp_path / "a", "one") as first, supervised(tmp_path / "ab", "one") as second:
        control.wait_supervised(first, "one")
        control.wait_supervised(second, "one")
        assert len(supervisors(first)) == len(runsv_processes(first)) == 1
        runsvdir.stop(first, SubprocessRunner(), 10, NO_SYSTEMD)
        assert runsvdir.is_running(second)
        assert len(runsv_processes(second)) == 1


def test_runsvdir_that_ends_at_once_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runsvdir, "wait_until", lambda condition, timeout: condition())
    layout = Layout(tmp_path)
    with pytest.raises(CtlError, match="runsvdir does not stay up"):
        runsvdir.ensure_running(layout, Table(), NO_SYSTEMD)


def test_killed_supervisors_leave_orphans_that_are_found_and_ended(tmp_path: Path) -> None:
    with supervised(tmp_path, "one", "two") as layout:
        for name in ("one", "two"):
            control.wait_supervised(layout, name)
            control.bring_up(layout, name)
        left = [process_of(layout, name).pid for name in ("one", "two")]
        assert orphans(layout) == []
        kill([*supervisors(layout), *runsv_processes(layout)])
        assert process_of(layout, "one").pid == 0, "what runsv has left behind is stale"
        assert set(left) <= set(orphans(layout))
        assert runsvdir.ensure_running(layout, SubprocessRunner(), NO_SYSTEMD)
        assert not any(alive(pid) for pid in left)
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        assert orphans(layout) == []


def locked(layout: Layout, rest: str) -> str:
    """Return a run script that holds the lock of the service one, as those of ctl do."""
    lock = layout.state / "running/one.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    return f"exec 9<{lock}\n{rest}"


def test_orphan_whose_number_is_overwritten_is_known_by_what_it_has_open(tmp_path: Path) -> None:
    script = locked(Layout(tmp_path / "root"), "exec chpst -P /bin/sleep 600")
    with supervised(tmp_path / "root", "one", script=script) as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        orphan = process_of(layout, "one").pid
        assert wait_until(lambda: holders(layout, "one") == [orphan], 10)
        # The same program, with another file open under this number.
        other = subprocess.Popen(["sh", "-c", "exec 9</dev/null; exec sleep 600"], start_new_session=True)
        try:
            assert orphans(layout) == []
            kill(runsv_processes(layout))
            control.wait_supervised(layout, "one")
            assert wait_until(lambda: process_of(layout, "one").pid not in (0, orphan), 10)
            assert wait_until(lambda: len(holders(layout, "one")) == 2, 10)
            assert orphans(layout) == [orphan]
            os.kill(orphan, signal.SIGTERM)
            assert wait_until(lambda: not alive(orphan), 10)
            assert orphans(layout) == []
        finally:
            other.kill()
            other.wait()


def test_process_that_stands_in_for_an_orphan_is_told_from_it(tmp_path: Path) -> None:
    root = Layout(tmp_path)
    script = locked(root, f"[ ! -e {tmp_path}/again ] || {{ exec 9<&-; exec sleep 600; }}\nexec sleep 600")
    with supervised(tmp_path, "one", script=script) as layout:
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        orphan = process_of(layout, "one").pid
        assert wait_until(lambda: holders(layout, "one") == [orphan], 10)
        assert (stood_in_for(layout, "one"), working(layout, "one")) == (0, orphan)
        (tmp_path / "again").touch()
        kill(runsv_processes(layout))
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "one")
        assert wait_until(lambda: stood_in_for(layout, "one") == orphan, 10)
        assert working(layout, "one") == orphan


def test_killed_runsvdir_is_told_from_one_that_was_shut_down(tmp_path: Path) -> None:
    with supervised(tmp_path, "one") as layout:
        control.wait_supervised(layout, "one")
        assert not runsvdir.has_died(layout)
        kill(supervisors(layout))
        assert runsvdir.has_died(layout)
        runsvdir.stop(layout, SubprocessRunner(), 10, NO_SYSTEMD)
        assert not runsvdir.has_died(layout)


def test_process_that_calls_itself_runsvdir_is_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.services.mkdir(parents=True)
    words = ["runsvdir", "-c", "read -r _", "-P", str(layout.services)]
    with subprocess.Popen(words, executable="/bin/sh", stdin=subprocess.PIPE) as forged:
        assert wait_until(lambda: name_of(forged.pid) == "sh", 10)
        assert supervisors(layout) == []
        assert not runsvdir.is_running(layout)
        forged.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_runsvdir_of_another_account_is_none_of_ours(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.services.mkdir(parents=True)
    words = ["/usr/bin/runsvdir", "-P", str(layout.services)]
    with subprocess.Popen(words, user=65534, cwd="/", stderr=subprocess.DEVNULL) as forged:
        assert wait_until(lambda: name_of(forged.pid) == "runsvdir", 10)
        assert supervisors(layout) == []
        forged.kill()


def test_accounts_of_a_process_are_read_past_a_name_that_forges_them() -> None:
    named = "open('/proc/self/comm', 'w').write('x\\nUid:\\t7 7'); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", named], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as forged:
        assert forged.stdout is not None
        forged.stdout.readline()
        assert "\n" in name_of(forged.pid)
        assert accounts_of(forged.pid) == {os.geteuid()}
        forged.kill()


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def test_zombie_counts_as_gone() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        assert wait_until(lambda: not alive(process.pid), 10)
        assert Path(f"/proc/{process.pid}/stat").exists()
    assert not alive(process.pid)


def test_service_held_down_does_not_start_with_its_supervisor(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    define(layout, "one")
    directories.hold_down(layout, "one")
    directories.hold_down(layout, "one")
    directories.enable(layout, "one")
    with supervised(tmp_path, "two"):
        control.wait_supervised(layout, "two")
        control.wait_supervised(layout, "one")
        control.bring_up(layout, "two")
        assert process_of(layout, "one").pid == 0
        directories.release(layout, "one")
        directories.release(layout, "one")
        control.bring_up(layout, "one")
        assert process_of(layout, "one").is_up


def test_service_that_is_disabled_is_stopped_and_forgotten(tmp_path: Path) -> None:
    with supervised(tmp_path, "one", "two") as layout:
        for name in ("one", "two"):
            control.wait_supervised(layout, name)
            control.bring_up(layout, name)
        pid, other = process_of(layout, "one").pid, process_of(layout, "two").pid
        directories.disable(layout, SubprocessRunner(), "one", 10)
        assert not alive(pid)
        assert directories.enabled(layout) == ["two"]
        assert directories.defined(layout) == ["one", "two"]
        assert len(runsv_processes(layout)) == 1
        assert process_of(layout, "two").pid == other


def systemd(tmp_path: Path) -> Path:
    place = tmp_path / "systemd"
    place.mkdir()
    return place


def test_systemd_runs_another_root_as_a_transient_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, runner = Layout(tmp_path / "root"), Table()
    monkeypatch.setattr(runsvdir, "wait_until", lambda condition, timeout: True)
    runsvdir.ensure_running(layout, runner, systemd(tmp_path))
    [command] = runner.ran
    assert command[0] == "systemd-run"
    assert f"--unit={runsvdir.transient_unit(layout)}" in command
    assert command[-3:] == ["/usr/bin/runsvdir", "-P", str(layout.services)]
    runsvdir.stop(layout, runner, 5, tmp_path / "systemd")
    assert runner.ran[-1] == ["systemctl", "stop", runsvdir.transient_unit(layout)]
    assert runsvdir.transient_unit(Layout(tmp_path)) != runsvdir.transient_unit(layout)


def test_systemd_that_refuses_is_quoted(tmp_path: Path) -> None:
    runner = Table({"systemd-run": Completed(1, "", "Failed to start: no bus\n")})
    with pytest.raises(CtlError, match="systemd-run") as caught:
        runsvdir.ensure_running(Layout(tmp_path / "root"), runner, systemd(tmp_path))
    assert caught.value.detail == "Failed to start: no bus"


def test_directory_in_the_place_of_a_services_link_is_named_with_a_way_on(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (layout.services / "one/inside").mkdir(parents=True)
    with pytest.raises(CtlError, match=f"cannot be enabled: {layout.services}/one is a directory") as caught:
        directories.enable(layout, "one")
    assert caught.value.help == f"look at what is in it, and move it out of {layout.services}"
    assert [entry.name for entry in layout.services.iterdir()] == ["one"]


def test_child_that_is_yet_to_become_a_supervisor_of_a_service_is_no_runsvdir(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    monkeypatch.setattr(processes, "_running", lambda layout, program: iter([40, 41, 50]))
    monkeypatch.setattr(processes, "command_of", lambda pid: ["runsvdir", str(layout.services)])
    monkeypatch.setattr(processes, "parent", {40: 1, 41: 40, 50: 1}.__getitem__)
    assert supervisors(layout) == [40, 50]
