"""``ctl settle``: end what somebody who died has left in force; the guard service calls it."""

from __future__ import annotations

from ctl.apply import history
from ctl.apply.lock import locked
from ctl.operations.exchange import START_SECONDS
from ctl.operations.progress import Progress
from ctl.operations.serving import Registry
from ctl.paths import REGISTRY, Layout
from ctl.process import Runner
from ctl.state import guard, readonly, stopped
from ctl.state.lease import is_held
from ctl.supervise.processes import wait_until
from ctl.supervise.status import process_of

# A reconfigure may be under way, and takes the services to where they belong itself.
PATIENCE_SECONDS = 600.0


def settle(layout: Layout, runner: Runner, progress: Progress) -> list[str]:
    """End an exchange that was interrupted, and a lease that nobody holds any more; return what was done.

    Raises:
        CtlError: the registry does not come up.
    """
    done: list[str] = []
    with locked(layout, "settle", PATIENCE_SECONDS):
        if guard.exchanging(layout):
            done.append("the exchange of a run that died is ended")
        if readonly.leased(layout) is not None and not is_held(layout):
            readonly.hand_over_lease(layout)
            done.append("the read-only lease of a run that died is over")
        if not done:
            return done
        meant_to_run = REGISTRY not in stopped.names(layout)
        if meant_to_run and wait_until(lambda: process_of(layout, REGISTRY).is_up, START_SECONDS):
            Registry(layout, runner, progress).bring_surely()
        else:
            # Whoever starts it finds everything in its place.
            guard.end_exchange(layout)
        history.record(layout, "settle", "done", "; ".join(done), None)
    return done
