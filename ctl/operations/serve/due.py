"""What each service needs so that it runs what a generation says: decided here alone.

A dry run and a status tell it, a run does it, and whether a run is needed at all is asked here as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ctl.operations.serve.condition import renewal_due, settled
from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.state import guard, link, owed, running, stopped
from ctl.state.fingerprint import Due, Fingerprint, larger
from ctl.supervise import directories, runsvdir
from ctl.supervise.status import ServiceState, has_socket, is_cut_off, process_of

OWN_SERVICES = (REGISTRY, STANDBY, "nginx", "logrotate", GUARD)


class Dues(Struct, frozen=True):
    """What is asked of services, but for what their processes are like now.

    Args:
        layout: whose services.
        wanted: what each of them has to be started with, by name.
        owed: what they need whatever they noted, because they may have read something else, by name; see
            `ctl.apply.touched`.
        on_purpose: the names of those that an administrator has stopped.
    """

    layout: Layout
    wanted: Mapping[str, Fingerprint]
    owed: Mapping[str, Due]
    on_purpose: frozenset[str]

    def due(self, state: ServiceState) -> Due:
        """Return what a service needs.

        The standby instance needs nothing: it does not run at rest, and reads everything when it is started.

        Args:
            state: the service's.
        """
        name, enabled = state.name, directories.is_enabled(self.layout, state.name)
        if name not in self.wanted:
            return Due.REMOVE if enabled and name in OWN_SERVICES else Due.NOTHING
        if name == STANDBY:
            return Due.NOTHING
        if name in self.on_purpose:
            return Due.HELD
        if not enabled or not state.is_up:
            return Due.START
        if is_cut_off(self.layout, state) or renewal_due(self.layout, name):
            return Due.RESTART
        unread = self.wanted[name].due(running.read(self.layout, name))
        return larger(unread, self.owed.get(name, Due.NOTHING))

    def all(self) -> dict[str, Due]:
        """Return what each service needs that needs anything, by name; what goes comes last."""
        names = dict.fromkeys([*self.wanted, *OWN_SERVICES])
        needs = {name: self.due(settled(self.layout, name)) for name in names}
        return {name: due for name, due in needs.items() if due is not Due.NOTHING}


def dues(layout: Layout, wanted: Mapping[str, Fingerprint], owing: Mapping[str, Due] | None = None) -> Dues:
    """Return what is asked of services now.

    Args:
        layout: whose.
        wanted: see `Dues`.
        owing: what they need whatever they noted; None for what is on record of that.
    """
    return Dues(layout, wanted, owed.read(layout) if owing is None else owing, stopped.names(layout))


def all_running(layout: Layout, wanted: Mapping[str, Fingerprint], verified: Mapping[str, int]) -> bool:
    """Whether every service runs what is wanted, or was stopped on purpose, below a living runsvdir.

    Args:
        layout: whose services.
        wanted: see `Dues`.
        verified: the pids that were there at the last verification. Another one has been started since, be
            it by hand or because the service ends again and again.
    """
    asked = dues(layout, wanted)
    serving = [name for name in wanted if name != STANDBY and name not in asked.on_purpose]
    if any(process_of(layout, name).pid != verified.get(name) for name in serving):
        return False
    if any(not has_socket(layout, name) for name in serving):
        return False
    if any(due is not Due.HELD for due in asked.all().values()):
        return False
    if guard.exchanging(layout) or not link.is_home(layout):
        return False
    return not wanted or runsvdir.is_running(layout)
