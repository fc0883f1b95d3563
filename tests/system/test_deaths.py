"""Any process may be killed, under load: the registry is back within ten seconds, without anybody typing."""

from __future__ import annotations

import itertools

import pytest

from ctl.supervise.orphans import orphans, stood_in_for
from tests.system.installation import Installation, wait_for
from tests.system.traffic import Report, Traffic
from tests.system.victims import BACK_SECONDS, UNNOTICED, VICTIMS, Watch, is_at_rest, kill

pytestmark = pytest.mark.both_registries(soak=True)

# Those of which one makes up for the other's death, or is needed for it.
PAIRS = (
    ("runsv of registry", "registry"),
    ("runsv of registry", "guard"),
    ("runsv of nginx", "nginx"),
    ("nginx", "registry"),
    ("standby", "registry"),
)
# A registry ends when nobody is left who could read what it logs.
BOTH_ENDS = {"svlogd", "runsv of registry"}


def survived(site: Installation, *names: str) -> Report:
    """Kill processes under load, and return what clients saw until all was at rest again."""
    traffic = Traffic(site)
    try:
        watch = Watch(site)
        try:
            kill(site, *names)
            if "runsvdir" in names:
                done = site.ctl("start")
                assert "note: runsvdir, which looks after the supervisors" in done.stderr
            wait_for(lambda: is_at_rest(site), 40)
        finally:
            back = watch.stop()
        assert back < BACK_SECONDS, names
        report = traffic.stop()
    finally:
        traffic.kill()
    assert report.corrupt == 0, names
    if all(name in UNNOTICED for name in names) and not set(names) >= BOTH_ENDS:
        assert report.failures == [], names
        assert set(report.pushes) <= {"done"}, names
    if stood_in_for(site.layout, "nginx"):
        site.ctl("restart", "nginx")
    wait_for(lambda: not orphans(site.layout))
    return report


def test_any_process_killed_under_load_is_back_within_ten_seconds(running_site: Installation) -> None:
    for name in VICTIMS:
        report = survived(running_site, name)
        print(name, len(report.failures), "of", report.total, report.pushes)
    running_site.reconfigure()
    assert is_at_rest(running_site)


def test_two_processes_killed_under_load_are_back_within_ten_seconds(running_site: Installation) -> None:
    for pair in PAIRS:
        report = survived(running_site, *pair)
        print(pair, len(report.failures), "of", report.total, report.pushes)


@pytest.mark.soak
def test_every_two_processes_killed_under_load_are_back_within_ten_seconds(
    running_site: Installation,
) -> None:
    for pair in itertools.combinations(VICTIMS, 2):
        report = survived(running_site, *pair)
        print(pair, len(report.failures), "of", report.total, report.pushes)
