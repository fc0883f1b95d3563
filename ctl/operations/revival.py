"""A runsvdir that was killed: said, and started again, while its services serve on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ctl.operations.status import HAS_ENDED
from ctl.paths import Layout
from ctl.process import Runner
from ctl.supervise import control, incidents, runsvdir


def revive(layout: Layout, runner: Runner, names: Iterable[str], note: Callable[[str], None]) -> None:
    """Start runsvdir again where it has ended without being told to; the caller holds the lock.

    Args:
        layout: whose services.
        runner: starts it.
        names: the services whose new supervisors are waited for.
        note: is told, so that somebody can look for the cause.

    Raises:
        CtlError: it does not come up.
    """
    if not runsvdir.has_died(layout):
        return
    note(f"{HAS_ENDED}; it is started again, and the services serve on")
    incidents.record(layout, "runsvdir", f"{HAS_ENDED}, and was started again")
    runsvdir.ensure_running(layout, runner)
    for name in names:
        control.wait_supervised(layout, name)
