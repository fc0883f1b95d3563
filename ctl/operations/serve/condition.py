"""What a service's process is like; asked by every run, so nothing heavy is imported here."""

from __future__ import annotations

from ctl.paths import REGISTRY, Layout
from ctl.state import guard, readonly
from ctl.supervise.orphans import stood_in_for, working
from ctl.supervise.processes import command_of, wait_until
from ctl.supervise.status import SOCKET_SECONDS, ServiceState, has_socket, is_cut_off, process_of


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


def settled(layout: Layout, name: str) -> ServiceState:
    """Return the state of a service; one that was started just now is given the time to make its socket."""

    def is_told() -> bool:
        state = process_of(layout, name)
        return not state.is_up or has_socket(layout, name) or is_cut_off(layout, state)

    wait_until(is_told, SOCKET_SECONDS)
    return process_of(layout, name)
