"""``ctl settle``: end what somebody who died has left in force; the guard service calls it."""

from __future__ import annotations

from ctl.apply import history
from ctl.apply.lock import SETTLING, locked
from ctl.operations.progress import Progress
from ctl.operations.serve.rest import come_to_rest
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import guard, link, readonly, reserve
from ctl.state.lease import is_held

# A reconfigure may be under way, and takes the services to where they belong itself.
PATIENCE_SECONDS = 600.0


def settle(layout: Layout, runner: Runner, progress: Progress) -> list[str]:
    """End an exchange that was interrupted, and a lease that nobody holds any more; return what was done.

    Raises:
        CtlError: the registry does not come up.
    """
    done: list[str] = []
    with locked(layout, SETTLING, PATIENCE_SECONDS), reserve.shared(layout):
        if guard.exchanging(layout):
            done.append("the exchange of a run that died is ended")
        elif not link.is_home(layout):
            done.append(f"{layout.active_socket} leads to the registry again")
        if readonly.leased(layout) is not None and not is_held(layout):
            readonly.hand_over_lease(layout)
            done.append("the read-only lease of a run that died is over")
        if done:
            come_to_rest(layout, runner, progress)
            history.record(layout, "settle", "done", "; ".join(done), None)
    return done
