"""The regular collection: files of cron and systemd, and files of others."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.operations.calendar import parse
from ctl.operations.schedule import (
    CRON,
    NAME,
    Schedule,
    Scheduled,
    cron_text,
    next_run,
    scheduled,
    service_text,
)
from ctl.paths import Layout
from ctl.process import SubprocessRunner


def schedule(root: Path) -> Schedule:
    (root / "etc/cron.d").mkdir(parents=True, exist_ok=True)
    return Schedule(Layout(root), SubprocessRunner())


def test_schedule_set_is_shown_changed_and_taken_away(tmp_path: Path) -> None:
    one = schedule(tmp_path)
    assert scheduled(one.layout) is None
    made = one.set("Sun  04:05", ["-m"])
    file = tmp_path / CRON.lstrip("/")
    lines = file.read_text().splitlines()
    assert lines[-1].startswith("5 4 * * 0 root /")
    assert "registry-garbage-collect --yes -m >>" in lines[-1]
    assert lines[-1].endswith("/var/log/gitlab/ctl/collect.log 2>&1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert scheduled(one.layout) == made
    assert made == Scheduled("Sun 04:05", "cron", made.command, CRON)
    assert one.set("03:00", []).when == "03:00"
    assert one.off()
    assert not file.exists()
    assert not one.off()


def test_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    one = schedule(tmp_path)
    file = tmp_path / CRON.lstrip("/")
    file.write_text("0 0 * * * root true\n")
    for act in (lambda: one.set("03:00", []), one.off):
        with pytest.raises(CtlError, match="was not written by ctl"):
            act()
    assert file.read_text() == "0 0 * * * root true\n"
    assert scheduled(one.layout) is None


def test_machine_without_cron_and_systemd_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="neither systemd nor cron"):
        Schedule(Layout(tmp_path), SubprocessRunner()).set("03:00", [])


def test_command_that_cron_cannot_carry_is_refused() -> None:
    with pytest.raises(CtlError, match="%"):
        cron_text("03:00", parse("03:00"), "ctl --min-age 5%", Path("/l"))
    assert "ExecStart=ctl 5%%\n" in service_text("ctl 5%", Path("/l"))


def test_next_run_is_in_the_zone_of_the_machine() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    found = next_run(Scheduled("04:05", "cron", "", ""), now)
    assert found is not None
    assert now < found <= now + timedelta(days=1, hours=1)
    assert f"{found.astimezone():%H:%M}" == "04:05"
    assert next_run(Scheduled("by hand", "cron", "", ""), now) is None


def test_day_that_never_comes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="no such day"):
        schedule(tmp_path).set("0 0 30 2 *", [])


def test_name_of_the_file_is_one_that_cron_reads() -> None:
    assert NAME.replace("-", "").isalnum()
