"""A lease over a registry that is stopped, and over one that is read-only already."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from ctl.checks.model import Checked
from ctl.errors import CtlError
from ctl.operations.progress import Silent
from ctl.operations.serve.lease import Lease
from ctl.operations.serve.serving import Registry
from ctl.paths import REGISTRY, STANDBY
from ctl.process import SubprocessRunner
from ctl.state import lease, readonly
from ctl.supervise.status import process_of
from tests.system.installation import Installation, wait_for
from tests.system.test_readonly import SETTLED_SECONDS, holding, takes_pushes

pytestmark = pytest.mark.both_registries(soak=True)


def test_lease_over_a_stopped_registry_ends_with_its_holder_too(running_site: Installation) -> None:
    """No exchange wakes the guard then: it has to be told of the lease itself."""
    site = running_site
    site.ctl("stop", "registry")
    with holding(site) as (process, worker):
        process.kill()
        process.wait()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: readonly.leased(site.layout) is None, SETTLED_SECONDS)
    site.ctl("start", "registry")
    assert takes_pushes(site)


def test_lease_over_a_stopped_registry_of_which_a_process_runs_is_refused(running_site: Installation) -> None:
    """It would take pushes: it was left, or started by hand in the supervisor's way."""
    layout = running_site.layout
    running_site.ctl("stop", "registry")
    for name in (REGISTRY, STANDBY):
        lock = layout.state / "running" / f"{name}.lock"
        lock.touch()
        left = subprocess.Popen(["sh", "-c", 'exec 9<"$0"; exec sleep 60', lock])
        try:
            wait_for(Path(f"/proc/{left.pid}/fd/9").exists)
            wanted = Lease(layout, SubprocessRunner(), Silent(), "a test", 5.0)
            with (
                lease.opened(layout) as descriptor,
                pytest.raises(CtlError, match="the registry is stopped, but a process of it runs"),
                wanted.held(descriptor),
            ):
                pass
            assert readonly.leased(layout) is None
        finally:
            left.kill()
            left.wait()


def test_lease_over_a_registry_that_is_read_only_already_gives_a_fresh_process(
    running_site: Installation,
) -> None:
    """The process that runs may have read, when it was started, that it has a cache."""
    site = running_site
    site.ctl("set-readonly", "on")
    before = process_of(site.layout, REGISTRY).pid
    with holding(site):
        assert process_of(site.layout, REGISTRY).pid not in (0, before)
        assert not takes_pushes(site)


def test_lease_that_is_not_proven_ends_at_once_and_pushes_are_taken(
    running_site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = running_site.layout
    prove = Registry.prove
    asked: list[bool] = []

    def fails_once(registry: Registry) -> list[Checked]:
        asked.append(readonly.leased(layout) is not None)
        if len(asked) == 1:
            raise CtlError("pushes: accepted")
        return prove(registry)

    monkeypatch.setattr(Registry, "prove", fails_once)
    wanted = Lease(layout, SubprocessRunner(), Silent(), "a test", 5.0)
    with (
        lease.opened(layout) as descriptor,
        pytest.raises(CtlError, match="pushes: accepted"),
        wanted.held(descriptor),
    ):
        pass
    # Not by the guard, which would need a moment.
    assert asked == [True, False]
    assert takes_pushes(running_site)
    assert wanted.refused_seconds is not None
