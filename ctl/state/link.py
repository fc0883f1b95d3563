"""The link that nginx goes by: it leads to the socket of the instance of the registry that serves.

The rule: without the mark of an exchange it leads to the registry's own process; see `ctl.state.guard`.
"""

from __future__ import annotations

from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import reserve
from ctl.state.files import Damaged, fsync_directory, make_way, put_in_place


def is_used(layout: Layout) -> bool:
    """Whether nginx goes by the link: it does where a standby instance is there to change it for."""
    return (layout.services / STANDBY).is_symlink()


def active(layout: Layout) -> str | None:
    """Return the service whose socket nginx goes to; None before there is one."""
    try:
        return layout.active_socket.readlink().name
    except OSError:
        return None


def is_home(layout: Layout) -> bool:
    """Whether the link leads to the registry's own process, or is not used."""
    if not is_used(layout):
        return True
    try:
        return layout.active_socket.readlink() == layout.instance_socket(REGISTRY)
    except OSError:
        return False


def activate(layout: Layout, service: str) -> None:
    """Let every new connection go to a service's socket: one rename.

    Raises:
        Damaged: a directory is in the link's place.
        OSError: the link cannot be written.
    """
    fresh = layout.sockets / ".active.new"
    make_way(fresh)
    reserve.with_room(layout, lambda: fresh.symlink_to(layout.instance_socket(service)))
    try:
        put_in_place(fresh, layout.active_socket)
    except IsADirectoryError:
        raise Damaged(layout.active_socket, "a directory, a symlink is expected") from None


def bring_home(layout: Layout) -> bool:
    """Let the link lead to the registry's own process, also after a power cut; return whether it did not.

    Raises:
        Damaged, OSError: see `activate`.
    """
    if not is_used(layout):
        return False
    away = not is_home(layout)
    if away:
        activate(layout, REGISTRY)
    # Also a rename of a moment ago may not have come to the disk yet.
    fsync_directory(layout.sockets)
    return away
