"""When a collection runs: what is written, as cron and systemd read it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime

import pytest

from ctl.operations.collect.calendar import CalendarError, parse


@pytest.mark.parametrize(
    ("text", "cron", "systemd"),
    [
        ("Sun 04:05", "5 4 * * 0", "Sun *-*-* 04:05:00"),
        ("sunday 4:05", "5 4 * * 0", "Sun *-*-* 04:05:00"),
        ("04:05", "5 4 * * *", "*-*-* 04:05:00"),
        ("Mon-Fri 23:59", "59 23 * * 1,2,3,4,5", "Mon,Tue,Wed,Thu,Fri *-*-* 23:59:00"),
        ("Fri-Mon 00:00", "0 0 * * 0,1,5,6", "Sun,Mon,Fri,Sat *-*-* 00:00:00"),
        ("Sat,Sun 01:00", "0 1 * * 0,6", "Sun,Sat *-*-* 01:00:00"),
        ("5 4 * * 0", "5 4 * * 0", "Sun *-*-* 04:05:00"),
        ("5 4 * * 7", "5 4 * * 0", "Sun *-*-* 04:05:00"),
        ("*/20 1-3 * * *", "0,20,40 1,2,3 * * *", "*-*-* 01,02,03:00,20,40:00"),
        ("0 3 1,15 * *", "0 3 1,15 * *", "*-*-01,15 03:00:00"),
        ("0 3 1 */6 *", "0 3 1 1,7 *", "*-01,07-01 03:00:00"),
        ("  0   3  * * * ", "0 3 * * *", "*-*-* 03:00:00"),
    ],
)
def test_time_written_means_the_same_to_cron_and_systemd(text: str, cron: str, systemd: str) -> None:
    calendar = parse(text)
    assert (calendar.cron, calendar.systemd) == (cron, systemd)
    assert parse(calendar.cron) == calendar


@pytest.mark.parametrize(
    "text",
    ["Sun 04:05", "04:05", "Mon-Fri 23:59", "*/20 1-3 * * *", "0 3 1,15 * *", "0 3 1 */6 *"],
)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_time_written_for_systemd_is_one_to_systemd(text: str) -> None:
    subprocess.run(["systemd-analyze", "calendar", parse(text).systemd], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no time"),
        ("Sunday", "this is no time"),
        ("Sun 25:00", "25:00 is no time of the day"),
        ("Som 04:05", "'Som' is no day"),
        ("Sunny 04:05", "'Sunny' is no day"),
        ("60 4 * * *", "'60' is no minute: 0 to 59 is expected"),
        ("5 4 1 * 0", "cron runs on either when"),
        ("5 4 * * %", "'%' is no day of the week"),
        ("5 4 * * *\n* * * * * root evil", "this is no time"),
        ("*/0 4 * * *", "'*/0' is no minute"),
        ("5-1 4 * * *", "'5-1' is no minute"),
        ("@reboot", "this is no time"),
    ],
)
def test_text_that_is_no_time_is_refused(text: str, said: str) -> None:
    with pytest.raises(CalendarError) as error:
        parse(text)
    assert said in str(error.value)


@pytest.mark.parametrize("now", ["2026-11-21 13:30:00", "2026-12-31 23:59:30", "2028-02-28 04:05:00"])
@pytest.mark.parametrize(
    "text",
    [
        "Sun 04:05",
        "04:05",
        "Mon-Fri 23:59",
        "*/20 1-3 * * *",
        "0 3 1 */6 *",
        "* * * * *",
        "0 0 29 2 *",
        "5 4 * * 6",
    ],
)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_moment_that_follows_is_the_one_that_systemd_names(text: str, now: str) -> None:
    moment = parse(text).following(datetime.fromisoformat(now))
    assert moment is not None
    words = ["systemd-analyze", "calendar", f"--base-time={now}", parse(text).systemd]
    said = subprocess.run(words, check=True, capture_output=True, text=True, env={"TZ": "UTC"}).stdout
    assert f"Next elapse: {moment:%a %Y-%m-%d %H:%M:%S} UTC" in said


def test_day_that_never_comes_has_no_moment() -> None:
    assert parse("0 0 30 2 *").following(datetime(2026, 1, 1)) is None
