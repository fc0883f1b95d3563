"""Whether services run what they have to; asked by every run, so nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping

from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, link, readonly, running, stopped
from ctl.supervise import runsvdir
from ctl.supervise.orphans import stood_in_for, working
from ctl.supervise.processes import command_of
from ctl.supervise.status import has_socket, process_of


def all_running(layout: Layout, wanted: Mapping[str, str], verified: Mapping[str, int]) -> bool:
    """Whether every service runs what is wanted, or was stopped on purpose, below a living runsvdir.

    Args:
        layout: whose services.
        wanted: what they have to be started with, by name.
        verified: the pids that were there at the last verification. Another one has been started since, be
            it by hand or because the service ends again and again.
    """
    on_purpose = stopped.names(layout)
    for name, fingerprint in wanted.items():
        if name in on_purpose or name == STANDBY:
            continue
        state = process_of(layout, name)
        if not state.is_up or state.pid != verified.get(name) or running.read(layout, name) != fingerprint:
            return False
        if not right_form(layout, name) or not has_socket(layout, name):
            return False
    if guard.exchanging(layout) or not link.is_home(layout):
        return False
    return not wanted or runsvdir.is_running(layout)


def right_form(layout: Layout, name: str) -> bool:
    """Whether the registry was started in the form that it has to have now: read-only, or writable."""
    if name != REGISTRY:
        return True
    return reads_read_only(layout) == (readonly.in_force(layout) is not None)


def renewal_due(layout: Layout, name: str) -> bool:
    """Whether a running service needs a fresh process, whatever its settings say."""
    if not right_form(layout, name) or (name == REGISTRY and guard.fresh_due(layout)):
        return True
    return bool(stood_in_for(layout, name))


def reads_read_only(layout: Layout) -> bool:
    """Whether the registry's process was started read-only."""
    words = command_of(working(layout, REGISTRY))
    return bool(words) and words[-1].endswith("-readonly.yml")
