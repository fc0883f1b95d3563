"""A lease, and its end, where a supervisor or nginx has ended."""

from __future__ import annotations

import subprocess

import pytest

from ctl.apply.lock import locked
from ctl.paths import REGISTRY
from ctl.process import SubprocessRunner
from ctl.state import guard
from ctl.supervise import runsvdir
from ctl.supervise.status import process_of
from tests.ports import is_taken
from tests.system.installation import Installation, wait_for
from tests.system.test_readonly import at_rest, holding, takes_pushes
from tests.system.victims import kill


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
