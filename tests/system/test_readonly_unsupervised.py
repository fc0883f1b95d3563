"""A lease, and its end, where a supervisor or nginx has ended."""

from __future__ import annotations

import subprocess

import pytest

from ctl.apply.lock import locked
from ctl.paths import GUARD, REGISTRY
from ctl.process import SubprocessRunner
from ctl.state import guard
from ctl.supervise import runsvdir
from ctl.supervise.orphans import holders
from ctl.supervise.processes import alive
from ctl.supervise.status import process_of
from tests.ports import is_taken
from tests.system.installation import Installation, wait_for
from tests.system.test_readonly import at_rest, holding, takes_pushes
from tests.system.victims import kill

pytestmark = pytest.mark.both_registries(soak=True)


@pytest.mark.parametrize("victims", [("runsv of registry",), ("runsvdir", "runsv of registry")])
def test_lease_over_a_registry_that_nobody_looks_after_refuses_pushes(
    running_site: Installation, victims: tuple[str, ...]
) -> None:
    """It serves on, and until its supervisor is back it looks as if it were stopped."""
    kill(running_site, *victims)
    with holding(running_site) as (process, _):
        assert not takes_pushes(running_site)
        process.communicate("", timeout=60)
        assert process.returncode == 0
    wait_for(lambda: at_rest(running_site) and takes_pushes(running_site), 30.0)


def test_fresh_process_is_not_given_again_and_again_because_nginx_is_down(running_site: Installation) -> None:
    site = running_site
    nginx = site.layout.services / "nginx"
    subprocess.run(["sv", "-w", "20", "stop", nginx], check=True, stdout=subprocess.DEVNULL)
    before = process_of(site.layout, REGISTRY).pid
    # Under the lock, as whoever leaves a mark holds it: else the guard may look before it is there.
    with locked(site.layout, "a test"):
        guard.begin_exchange(site.layout, fresh=True)
    wait_for(lambda: not guard.exchanging(site.layout), 60.0)
    assert process_of(site.layout, REGISTRY).pid not in (0, before)
    subprocess.run(["sv", "-w", "20", "start", nginx], check=True, stdout=subprocess.DEVNULL)
    wait_for(lambda: is_taken(site.http_port), 30.0)
    wait_for(lambda: at_rest(site) and takes_pushes(site), 30.0)


def test_runsvdir_that_is_being_stopped_does_not_count_as_killed(running_site: Installation) -> None:
    """The guard, or the end of a lease, would start again what an administrator stops."""
    layout = running_site.layout
    kill(running_site, "runsvdir")
    assert runsvdir.has_died(layout)
    with runsvdir._ending(layout):
        assert not runsvdir.has_died(layout)
    assert runsvdir.has_died(layout)
    runsvdir.stop(layout, SubprocessRunner(), 60)
    assert not running_site.processes()


def test_guard_that_was_left_while_it_settles_is_ended(running_site: Installation) -> None:
    """Its log would not end, so neither would the supervisor of the next one when that is stopped."""
    site, layout = running_site, running_site.layout
    left = process_of(layout, GUARD).pid
    program, begun, go = layout.state / "ctl", site.root / "begun", site.root / "go"
    settling = program.read_text()
    program.write_text(f"#!/bin/sh\ntrue >{begun}\nwhile [ ! -e {go} ]; do sleep 0.1; done\nrm -f exchange\n")
    with locked(layout, "a test"):
        guard.begin_exchange(layout)
    wait_for(begun.exists)
    assert holders(layout, GUARD) == [left]
    kill(site, "runsv of guard")
    wait_for(lambda: not alive(left), 30.0)
    wait_for(lambda: process_of(layout, GUARD).pid in holders(layout, GUARD), 30.0)
    go.touch()
    wait_for(lambda: not guard.exchanging(layout), 30.0)
    program.write_text(settling)
    runsvdir.stop(layout, SubprocessRunner(), 60)
    assert not site.processes()
