"""``ctl set-readonly`` and the way back on a disk that is full: that is when one wants it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.apply import history
from ctl.state import readonly
from tests.registries import Program
from tests.system.installation import Installation, wait_for
from tests.system.test_collect_full_disk import FILLING
from tests.system.test_readonly import at_rest, holding, takes_pushes
from tests.system.watching import half_done, serves

pytestmark = pytest.mark.both_registries(soak=True)


@pytest.fixture
def site(root: Path, registry_program: Program) -> Iterator[Installation]:
    """An installation that runs, wholly on a small file system: also its logs and its supervisors."""
    place = root / "small"
    place.mkdir()
    options = "size=8m,nr_inodes=1500,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        made = Installation(place / "root", program=registry_program)
        try:
            made.reconfigure()
            yield made
        finally:
            made.close()
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kind", FILLING)
def test_pushes_can_be_refused_and_taken_again_on_a_full_disk(site: Installation, kind: str) -> None:
    with FILLING[kind](site.root.parent, 0):
        for _ in range(3):
            site.ctl("set-readonly", "on", "--reason", "the disk is full")
            assert not takes_pushes(site)
            assert at_rest(site)
            assert "the disk is full" in site.ctl("set-readonly", "status", code=3).stdout
            site.ctl("set-readonly", "off")
            assert at_rest(site)
    assert takes_pushes(site)
    site.reconfigure()
    assert half_done(site.root) == []


@pytest.mark.parametrize("kind", FILLING)
def test_services_are_stopped_started_and_restarted_on_a_full_disk(site: Installation, kind: str) -> None:
    with FILLING[kind](site.root.parent, 0):
        assert "note" not in site.ctl("stop", "registry").stderr
        site.ctl("start", "registry")
        wait_for(lambda: serves(site))
        site.ctl("restart", "registry")
        assert serves(site)
        assert at_rest(site)


@pytest.mark.parametrize("kind", FILLING)
def test_lease_begins_and_ends_on_a_full_disk(site: Installation, kind: str) -> None:
    with FILLING[kind](site.root.parent, 0):
        with holding(site) as (process, _):
            assert not takes_pushes(site)
            process.communicate("")
            assert process.returncode == 0
        assert readonly.in_force(site.layout) is None
        assert at_rest(site)
    assert takes_pushes(site)


@pytest.mark.parametrize("kind", FILLING)
def test_failure_without_a_reserve_names_the_file_and_is_in_the_history(
    site: Installation, kind: str
) -> None:
    shutil.rmtree(site.layout.state / "reserve")
    with FILLING[kind](site.root.parent, 0):
        done = site.ctl("set-readonly", "on", code=1)
        assert f"{site.layout.state}/" in done.stderr
        assert "no space left on device" in done.stderr
        assert "make room" in done.stderr
        assert at_rest(site)
        assert readonly.in_force(site.layout) is None
    last = history.entries(site.layout)[-1]
    assert (last["command"], last["result"]) == ("set-readonly on", "failed")
    assert f"{site.layout.state}/" in last["what"]
