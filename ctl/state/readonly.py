"""Whether the registry refuses pushes, who wanted that, and since when.

Not part of a generation: neither a reconfigure nor a rollback changes it. The registry's run script looks
whether one of the two files is there.
"""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from ctl.paths import Layout
from ctl.state import guard, reserve
from ctl.state.document import parse
from ctl.state.files import fsync_directory, read_optional

_UNKNOWN = "unknown"


class ReadOnly(Struct, frozen=True):
    """Why the registry is read-only.

    Args:
        since: date and time in ISO 8601 with its zone.
        who: the account that asked for it.
        reason: free text; empty when none was given.
    """

    since: str
    who: str
    reason: str


UNKNOWN = ReadOnly(_UNKNOWN, _UNKNOWN, "")


def wanted(layout: Layout) -> ReadOnly | None:
    """Return what ``ctl set-readonly on`` has noted; None when it is not in force."""
    return _read(demand_file(layout))


def leased(layout: Layout) -> ReadOnly | None:
    """Return who holds the registry read-only for a while; None when nobody does."""
    return _read(lease_file(layout))


def in_force(layout: Layout) -> ReadOnly | None:
    """Return why the registry has to be read-only; None when it has to take pushes."""
    return wanted(layout) or leased(layout)


def demand(layout: Layout, why: ReadOnly) -> None:
    """Note that the registry shall be read-only until it is said otherwise."""
    _write(layout, demand_file(layout), why)


def release(layout: Layout) -> None:
    """Note that the registry shall take pushes again."""
    _remove(demand_file(layout))


def lease(layout: Layout, why: ReadOnly) -> None:
    """Note that the registry shall be read-only for as long as the lease's lock is held."""
    _write(layout, lease_file(layout), why)


def end_lease(layout: Layout) -> None:
    """Note that the lease is over; the registry is writable already."""
    _remove(lease_file(layout))


def hand_over_lease(layout: Layout) -> None:
    """Note that the lease is over and the registry's process, still read-only, has to be exchanged.

    By one rename: there is no moment in which a death would leave nobody to do it, and a full disk does not
    hinder it.
    """
    guard.wake(layout)
    try:
        lease_file(layout).rename(guard.mark_of(layout))
    except FileNotFoundError:
        guard.begin_exchange(layout)
    fsync_directory(layout.state)


def demand_file(layout: Layout) -> Path:
    """The file that is there while the registry is read-only until it is said otherwise."""
    return layout.state / "read-only.json"


def lease_file(layout: Layout) -> Path:
    """The file that is there while somebody holds the registry read-only for a while."""
    return layout.state / "lease.json"


def _read(path: Path) -> ReadOnly | None:
    content = read_optional(path)
    if content is None:
        return None
    try:
        return ReadOnly(**{name: str(value) for name, value in parse(content).items()})
    except (TypeError, ValueError, AttributeError) as error:
        # That the file is there is what counts.
        said = str(error) if isinstance(error, ValueError) else "it holds something else"
        return replace(UNKNOWN, reason=f"{path} does not say why: {said}")


def _write(layout: Layout, path: Path, why: ReadOnly) -> None:
    reserve.write(layout, path, json.dumps(to_builtins(why)).encode())


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        fsync_directory(path.parent)
