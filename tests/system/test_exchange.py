"""An exchange of the registry's process that dies: whatever dies and whenever, the registry answers again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ctl.apply import history
from ctl.apply.lock import locked
from ctl.paths import REGISTRY, STANDBY
from ctl.state import guard, link, readonly
from ctl.supervise.status import process_of
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.killing import Point, killed, points, spread
from tests.system.power import SETTLED_SECONDS, boot, cut, guard_asleep
from tests.system.test_readonly import at_rest, takes_pushes
from tests.system.watching import HALF_DONE, half_done, listing, serves

pytestmark = pytest.mark.both_registries(soak=True)

# Within which the registry has to answer again without anybody's help.
ANSWERS_SECONDS = 10.0


@contextmanager
def stopped_while_standby_serves(site: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """A restart of the registry that does not go on from the moment on at which the standby serves."""
    command = subprocess.Popen(site.command("restart", "registry"), cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        while link.active(site.layout) == REGISTRY:
            assert command.poll() is None, "the restart has ended too soon"
        command.send_signal(signal.SIGSTOP)
        yield command
    finally:
        command.kill()
        command.wait()


def test_registry_that_is_stopped_after_a_killed_exchange_answers_when_it_is_started(
    running_site: Installation,
) -> None:
    site = running_site
    with guard_asleep(site):
        with stopped_while_standby_serves(site):
            pass
        site.ctl("stop", "registry")
        # A stop ends what the dead run has left: nothing leads to who serves no more.
        assert at_rest(site)
        site.ctl("start", "registry")
        wait_for(lambda: serves(site), ANSWERS_SECONDS)
        assert at_rest(site)


def test_power_cut_while_the_standby_serves_heals_at_the_next_start(running_site: Installation) -> None:
    site = running_site
    with stopped_while_standby_serves(site):
        cut(site)
    assert guard.exchanging(site.layout)
    boot(site)
    wait_for(lambda: serves(site), ANSWERS_SECONDS)
    wait_for(lambda: at_rest(site), SETTLED_SECONDS)
    pid = process_of(site.layout, REGISTRY).pid
    assert "nginx is not run by ctl" not in site.ctl("restart", "registry").stderr
    assert process_of(site.layout, REGISTRY).pid != pid
    assert serves(site)


# Whatever exchanges the registry's process; a lease is begun and ended by a program of its own.
RUNS = {
    "restart": ("restart", "registry"),
    "on": ("set-readonly", "on"),
    "off": ("set-readonly", "off"),
    "lease": (),
}


class Killing:
    """Runs that are killed at a counted system call, on an installation whose tree at rest is known.

    Args:
        site: that runs.
        directory: for a trace.
        name: of the run; see `RUNS`.
    """

    def __init__(self, site: Installation, directory: Path, name: str) -> None:
        self.site, self.words = site, RUNS[name]
        self.instead = (
            () if self.words else (sys.executable, "-m", "tests.system.leasing", str(site.root), "")
        )
        self.first = "on" if name == "off" else "off"
        self.prepare()
        before = tree(site)
        self.points = points(site, directory / "trace", *self.words, instead=self.instead, least=20)
        # What was there before the run, and what it leaves when it comes to its end.
        self.ends = (before, tree(site))
        self.recorded = 0

    def prepare(self) -> None:
        """Bring the registry to where the run begins."""
        self.site.ctl("set-readonly", self.first)

    def kill(self, point: Point) -> bool:
        """Kill a run at a point; return whether it came to it."""
        self.prepare()
        self.recorded = len(history.entries(self.site.layout))
        return killed(self.site, point, *self.words, instead=self.instead)

    def assert_heals(self, point: Point) -> None:
        """Wait until everything has come back by itself, and compare it with what a clean end leaves."""
        site = self.site
        wait_for(lambda: serves(site), ANSWERS_SECONDS)
        wait_for(lambda: at_rest(site) and readonly.leased(site.layout) is None, SETTLED_SECONDS)
        wait_for(lambda: takes_pushes(site) == (readonly.in_force(site.layout) is None), SETTLED_SECONDS)
        with contextlib.suppress(AssertionError):
            wait_for(lambda: tree(site) in self.ends)
        healed = tree(site)
        differences = [sorted(healed.items() ^ end.items()) for end in self.ends]
        assert [] in differences, (point, differences)
        # Where nobody had to be told, what has no name of its own yet goes with the next run that makes it.
        settled = history.entries(site.layout)[self.recorded :]
        assert half_done(site.root) == [] or not settled, point


def tree(site: Installation) -> dict[str, str]:
    """Return what ctl keeps and what its services are made of, but for what differs from run to run."""
    # The guard is done when nobody holds the main lock.
    with locked(site.layout, "a test", SETTLED_SECONDS):
        paths = listing(site.root)
    changing = {"applied.json", "lock", "read-only.json", "logrotate.status"}
    return {
        path: "" if Path(path).name in changing else content
        for path, content in paths.items()
        if re.match("var/opt/gitlab/ctl|opt/gitlab|etc", path)
        and "/running/" not in path
        and not path.endswith(HALF_DONE)
    }


def kill(site: Installation, directory: Path, name: str, count: int | None) -> None:
    """Kill a run at so many points, or at all, and let the guard end it."""
    killing = Killing(site, directory, name)
    chosen = spread(killing.points, count) if count else killing.points
    reached = 0
    for point in chosen:
        reached += killing.kill(point)
        killing.assert_heals(point)
    site.ctl(*RUNS["restart"])
    assert [path for path in half_done(site.root) if "lease" not in path.name] == []
    assert reached >= len(chosen) * 0.9, f"only {reached} of {len(chosen)} runs came to their point"


def cut_power(site: Installation, directory: Path, name: str, count: int | None) -> None:
    """Cut the power when a run is at so many points, or at all, and start the machine."""
    killing = Killing(site, directory, name)
    for point in spread(killing.points, count) if count else killing.points:
        killing.prepare()
        with guard_asleep(site):
            killing.kill(point)
            cut(site)
        boot(site)
        killing.assert_heals(point)


@pytest.mark.parametrize(("name", "count"), [("restart", 6), ("off", 4), ("lease", 4)])
def test_run_killed_anywhere_in_an_exchange_heals_to_what_a_clean_end_leaves(
    running_site: Installation, tmp_path: Path, name: str, count: int
) -> None:
    kill(running_site, tmp_path, name, count)


@pytest.mark.parametrize(("name", "count"), [("restart", 5), ("lease", 4)])
def test_power_cut_anywhere_in_an_exchange_heals_to_what_a_clean_end_leaves(
    running_site: Installation, tmp_path: Path, name: str, count: int
) -> None:
    cut_power(running_site, tmp_path, name, count)


@pytest.mark.soak
@pytest.mark.parametrize("name", RUNS)
def test_run_killed_at_every_call_of_an_exchange_heals(
    running_site: Installation, tmp_path: Path, name: str
) -> None:
    kill(running_site, tmp_path, name, None)


@pytest.mark.soak
@pytest.mark.parametrize("name", RUNS)
def test_power_cut_at_every_call_of_an_exchange_heals(
    running_site: Installation, tmp_path: Path, name: str
) -> None:
    cut_power(running_site, tmp_path, name, None)


def test_link_and_mark_come_to_the_disk_in_an_order_that_a_power_cut_cannot_break(
    running_site: Installation, tmp_path: Path
) -> None:
    points(running_site, tmp_path / "trace", "restart", "registry", least=20)
    state, links = running_site.layout.state, running_site.layout.sockets
    words = {
        "mark": rf'rename.*"{state}/exchange"',
        "link": rf'rename.*"{links}/active"',
        "unmark": rf'unlink.*"{state}/exchange"',
        "sync state": rf"fsync\(\d+<{state}>",
        "sync links": rf"fsync\(\d+<{links}>",
    }
    names = [
        next((name for name, pattern in words.items() if re.match(pattern, line)), "")
        for line in (tmp_path / "trace").read_text().splitlines()
    ]
    # The mark is on the disk before the link leads away, and the link is before the mark goes.
    assert [name for name in names if name] == [
        *("mark", "sync state", "link"),
        *("link", "sync links", "sync links", "unmark", "sync state"),
    ]


@pytest.mark.parametrize(
    "words", [("reconfigure",), ("start", "registry"), ("restart", "registry"), ("settle",), ("start",)]
)
def test_link_that_leads_elsewhere_is_named_by_status_and_mended(
    running_site: Installation, words: tuple[str, ...]
) -> None:
    site = running_site
    place = site.layout.active_socket
    for target in (site.layout.instance_socket(STANDBY), Path("/nowhere"), None):
        place.unlink()
        if target is not None:
            place.symlink_to(target)
        pending = json.loads(site.ctl("status", "--json", code=None).stdout)["not_applied"]
        assert f"{place} does not lead to the registry" in pending
        site.ctl(*words)
        assert at_rest(site)
        wait_for(lambda: serves(site))
        assert json.loads(site.ctl("status", "--json").stdout)["not_applied"] == []


@pytest.mark.parametrize("words", [("start", "registry"), ("restart", "registry"), ("reconfigure",)])
def test_exchange_that_nobody_ends_is_ended_by_who_comes_first(
    running_site: Installation, words: tuple[str, ...]
) -> None:
    site = running_site
    with guard_asleep(site):
        with stopped_while_standby_serves(site):
            os.kill(process_of(site.layout, STANDBY).pid, signal.SIGKILL)
        site.ctl(*words)
        assert at_rest(site)
        assert serves(site)


@pytest.fixture
def site_without_nginx(site: Installation) -> Installation:
    site.write("nginx['enable'] = false")
    site.reconfigure()
    return site


@pytest.mark.parametrize("name", ["on", "lease"])
def test_run_killed_without_nginx_heals_as_well(
    site_without_nginx: Installation, tmp_path: Path, name: str
) -> None:
    site = site_without_nginx
    killing = Killing(site, tmp_path, name)
    for point in spread(killing.points, 3):
        killing.kill(point)
        wait_for(lambda: not guard.exchanging(site.layout) and readonly.leased(site.layout) is None)
        wait_for(lambda: asked(site) == (readonly.in_force(site.layout) is None), ANSWERS_SECONDS)


def asked(site: Installation) -> bool | None:
    """Return whether a push is taken; None while nobody answers."""
    with contextlib.suppress(AssertionError):
        return takes_pushes(site)
    return None
