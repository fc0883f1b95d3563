"""What a service's process is like; asked by every run, so nothing heavy is imported here."""

from __future__ import annotations

from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, readonly
from ctl.supervise.orphans import stood_in_for, working
from ctl.supervise.processes import command_of, wait_until
from ctl.supervise.status import ServiceState, process_of

# A registry that has just been started makes its socket within a moment.
SOCKET_SECONDS = 5.0


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


def has_socket(layout: Layout, name: str) -> bool:
    """Whether the registry can be reached by its socket, where it has one.

    A process whose supervisor was killed takes the socket of its successor with it when it ends: Go removes
    the path, whoever made it last.
    """
    if name != REGISTRY or not (layout.services / STANDBY).is_symlink():
        return True
    return layout.instance_socket(name).exists()


def is_cut_off(layout: Layout, state: ServiceState) -> bool:
    """Whether a service runs, for long enough, and cannot be reached."""
    return state.is_up and state.since >= SOCKET_SECONDS and not has_socket(layout, state.name)


def settled(layout: Layout, name: str) -> ServiceState:
    """Return the state of a service; one that was started just now is given the time to make its socket."""

    def is_told() -> bool:
        state = process_of(layout, name)
        return not state.is_up or has_socket(layout, name) or is_cut_off(layout, state)

    wait_until(is_told, SOCKET_SECONDS)
    return process_of(layout, name)
