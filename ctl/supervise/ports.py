"""Who listens on a TCP port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path

from msgspec import Struct

from ctl.paths import Layout
from ctl.state.files import Damaged, read_optional
from ctl.supervise.listening import Listener, listeners, owners
from ctl.supervise.orphans import known, orphans
from ctl.supervise.processes import parent, runsv_processes

# The units of Debian's packages docker-registry and nginx; nobody else's service is ever disabled.
# Without systemd a process is known by the file in which Debian's init script keeps its number.
DEBIAN_UNITS = {
    "docker-registry.service": Path("/run/docker-registry.pid"),
    "nginx.service": Path("/run/nginx.pid"),
}
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


class Holder(Struct, frozen=True):
    """A process that listens on a port; without root, who it is may stay unknown."""

    port: int
    address: str
    pid: int | None
    name: str | None
    unit: str | None

    @property
    def described(self) -> str:
        """The holder in words."""
        who = f"{self.name or 'a process'} (pid {self.pid})" if self.pid else "a process of another account"
        return who + (f", the unit {self.unit}" if self.unit else "")


def holders(addresses: Iterable[tuple[str, int]], first: Iterable[int] = ()) -> list[Holder]:
    """Return who listens where these addresses would conflict with it.

    Args:
        addresses: hosts and ports.
        first: see `owners`.
    """
    wanted = [(host.strip("[]"), port) for host, port in addresses]
    by_process: dict[tuple[int, int | None], Holder] = {}
    conflicting = [
        there
        for there in listeners()
        if any(port == there.port and _conflict(host, there.address) for host, port in wanted)
    ]
    own = owners({there.inode for there in conflicting}, first)
    for there in conflicting:
        pid = own.get(there.inode)
        by_process.setdefault((there.port, pid), _holder(there, pid, _unit(pid)))
    return list(by_process.values())


def strangers(layout: Layout, addresses: Iterable[tuple[str, int]]) -> list[Holder]:
    """Return who listens where these addresses would conflict with it, but for our own services."""
    is_ours = own(layout)
    held = holders(addresses, sorted(known(layout)))
    return [holder for holder in held if holder.pid is None or not is_ours(holder.pid)]


def listening(layout: Layout) -> list[Holder]:
    """Return the addresses that processes of this installation listen on, sorted, each once."""
    is_ours, there = own(layout), listeners()
    pids = owners({listener.inode for listener in there})
    # nginx's workers have their master's sockets.
    by_address = {
        (listener.port, listener.address): _holder(listener, pid, None)
        for listener in there
        if (pid := pids.get(listener.inode)) is not None and is_ours(pid)
    }
    return [by_address[address] for address in sorted(by_address)]


def _holder(there: Listener, pid: int | None, unit: str | None) -> Holder:
    return Holder(there.port, there.address, pid, _name(pid), unit)


def _conflict(host: str, other: str) -> bool:
    if host == "localhost":
        host = "127.0.0.1"
    return host == other or host in EVERYWHERE or other in EVERYWHERE


def _name(pid: int | None) -> str | None:
    if pid is None:
        return None
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def _unit(pid: int | None) -> str | None:
    """Return the systemd unit of a process, from its control group."""
    try:
        return unit_in(Path(f"/proc/{pid}/cgroup").read_text())
    except OSError:
        return None


def unit_in(groups: str) -> str | None:
    """Return the system's unit in the text of ``/proc/PID/cgroup``.

    An account may name the groups below its own as it likes, so the path has to begin as a system unit's.
    """
    for line in groups.splitlines():
        # Hierarchy, controllers, path; the path may hold a colon.
        path = line.split(":", 2)[-1]
        if path.startswith("/system.slice/") and path.endswith(".service"):
            return path.rpartition("/")[2]
    return None


def debian_unit(holder: Holder) -> str | None:
    """Return which of Debian's own services a process belongs to; None when it is anybody else's."""
    if holder.unit:
        return holder.unit if holder.unit in DEBIAN_UNITS else None
    for unit, pid_file in DEBIAN_UNITS.items():
        try:
            pid = (read_optional(pid_file) or b"").strip().decode("ascii", "replace")
        except (Damaged, OSError):
            continue
        if holder.pid and pid in (str(holder.pid), str(parent(holder.pid))):
            return unit
    return None


def own(layout: Layout) -> Callable[[int], bool]:
    """Return what tells whether a process is a service of this installation, or descends from one.

    The supervisors are those of now; who has lost his is looked for when he is asked about. A supervisor may
    go between the look at it and the look at what is above its service.
    """
    supervisors = frozenset(runsv_processes(layout))
    left = cache(lambda: frozenset({*orphans(layout), *known(layout)}))
    return cache(lambda pid: _descends(pid, supervisors) or _descends(pid, left()))


def _descends(pid: int, roots: Collection[int]) -> bool:
    while pid > 1:
        if pid in roots:
            return True
        pid = parent(pid)
    return False
