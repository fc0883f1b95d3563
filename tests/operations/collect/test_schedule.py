"""The regular collection: files of cron and systemd, and files of others."""

from __future__ import annotations

import shlex
import stat
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ctl.console.collection import show_schedule
from ctl.errors import CtlError
from ctl.operations.collect.calendar import parse
from ctl.operations.collect.schedule import (
    CRON,
    NAME,
    Schedule,
    Scheduled,
    cron_text,
    next_run,
    scheduled,
    service_text,
    timer_text,
)
from ctl.paths import Layout
from ctl.process import Completed, SubprocessRunner


def schedule(root: Path) -> Schedule:
    (root / "etc/cron.d").mkdir(parents=True, exist_ok=True)
    return Schedule(Layout(root), SubprocessRunner())


def test_schedule_set_is_shown_changed_and_taken_away(tmp_path: Path) -> None:
    timetable = schedule(tmp_path)
    assert scheduled(timetable.layout) is None
    made = timetable.set("Sun  04:05", ["-m"])
    file = tmp_path / CRON.lstrip("/")
    lines = file.read_text().splitlines()
    assert lines[-1].startswith("5 4 * * 0 root [ ! -x /")
    assert "registry-garbage-collect --yes -m >>" in lines[-1]
    assert lines[-1].endswith("/var/log/gitlab/ctl/collect.log 2>&1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert scheduled(timetable.layout) == made
    assert made == Scheduled("Sun 04:05", "cron", made.command, CRON)
    assert timetable.set("03:00", []).when == "03:00"
    assert timetable.off()
    assert not file.exists()
    assert not timetable.off()


def test_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    timetable = schedule(tmp_path)
    file = tmp_path / CRON.lstrip("/")
    file.write_text("0 0 * * * root true\n")
    for act in (lambda: timetable.set("03:00", []), timetable.off):
        with pytest.raises(CtlError, match="was not written by ctl"):
            act()
    assert file.read_text() == "0 0 * * * root true\n"
    assert scheduled(timetable.layout) is None


def test_machine_without_cron_and_systemd_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="neither systemd nor cron"):
        Schedule(Layout(tmp_path), SubprocessRunner()).set("03:00", [])


class Refusing(SubprocessRunner):
    """A systemd that takes everything but the start of a timer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, argv: Sequence[str | Path], **more: Any) -> Completed:
        self.asked.append(" ".join(map(str, argv[1:])))
        return Completed("enable" in argv, "", "Job failed.")


def test_timer_that_systemd_refuses_is_taken_away_again(tmp_path: Path) -> None:
    runner = Refusing()
    timetable = Schedule(Layout(tmp_path), runner)
    timetable.systemd = True
    with pytest.raises(CtlError, match=f"enable --now {NAME}.timer failed") as error:
        timetable.set("03:00", [])
    assert error.value.detail == "Job failed."
    assert scheduled(timetable.layout) is None
    assert [path for path in tmp_path.rglob(f"{NAME}*")] == []
    assert runner.asked[2:] == [f"disable --now {NAME}.timer", "daemon-reload"]


def test_command_that_cron_cannot_carry_is_refused() -> None:
    calendar = parse("03:00")
    with pytest.raises(CtlError, match="%"):
        cron_text(Scheduled("03:00", "cron", "ctl --min-age 5%", ""), calendar, Path("/l"))
    with pytest.raises(CtlError, match="%"):
        cron_text(Scheduled("03:00", "cron", "ctl", ""), calendar, Path("/a%b/l"))
    for text in (cron_text, timer_text):
        with pytest.raises(CtlError, match="line break"):
            text(Scheduled("03:00", "", "'ctl\n'", ""), calendar, *([Path("/l")] * (text is cron_text)))
    assert 'ExecStart=ctl "5%%"\n' in service_text(["ctl", "5%"], Path("/l"))


HOSTILE = "a b'c\"d\\e$HOME%h;${x}"


def test_words_of_the_command_reach_the_program_through_the_shell_of_cron(tmp_path: Path) -> None:
    said = tmp_path / "said"
    made = Scheduled("03:00", "cron", shlex.join(["/usr/bin/printf", "%s", HOSTILE]).replace("%", "@"), "")
    line = cron_text(made, parse("03:00"), said).splitlines()[-1].partition(" root ")[2].replace("@", "%")
    subprocess.run(["sh", "-c", line], check=True)
    assert said.read_text() == HOSTILE


def test_next_run_is_in_the_zone_of_the_machine() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    moment = next_run(Scheduled("04:05", "cron", "", ""), now)
    assert moment is not None
    assert now < moment <= now + timedelta(days=1, hours=1)
    assert f"{moment.astimezone():%H:%M}" == "04:05"
    assert next_run(Scheduled("by hand", "cron", "", ""), now) is None


def test_day_that_never_comes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="no such day"):
        schedule(tmp_path).set("0 0 30 2 *", [])


def test_name_of_the_file_is_one_that_cron_reads() -> None:
    assert NAME.replace("-", "").isalnum()


def test_schedule_below_another_root_says_that_no_cron_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = schedule(tmp_path).set("03:00", [])
    show_schedule(made, None, as_json=False, root=tmp_path)
    assert f"note: cron reads / alone: link {tmp_path}{CRON} into /etc/cron.d" in capsys.readouterr().err
    show_schedule(made, None, as_json=False, root=Path("/"))
    assert capsys.readouterr().err == ""
