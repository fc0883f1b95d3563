"""Supervisors that were killed: runsvdir is started again, and the others are waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ctl.operations.serve.status import HAS_ENDED
from ctl.paths import Layout
from ctl.process import Runner
from ctl.supervise import control, incidents, runsvdir


def revive(layout: Layout, runner: Runner, names: Iterable[str], note: Callable[[str], None]) -> None:
    """Start runsvdir again where it has ended without being told to; the caller holds the lock.

    The services serve on meanwhile.

    Args:
        layout: whose services.
        runner: starts it.
        names: the services that have to be looked after when this returns.
        note: is told of a runsvdir that has ended, so that somebody can look for the cause.

    Raises:
        CtlError: a supervisor does not come up.
    """
    if runsvdir.has_died(layout):
        note(f"{HAS_ENDED}; it is started again, and the services serve on")
        incidents.record(layout, "runsvdir", f"{HAS_ENDED}, and was started again")
        runsvdir.ensure_running(layout, runner)
    wanted = [*names]
    if wanted and runsvdir.is_running(layout):
        for name in wanted:
            control.wait_found_again(layout, name)
