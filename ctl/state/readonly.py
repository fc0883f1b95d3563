"""Whether the registry refuses pushes, who wanted that, and since when.

Not part of a generation: neither a reconfigure nor a rollback changes it. The registry's run script looks
whether one of the two files is there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ctl.paths import Layout
from ctl.state import guard, reserve
from ctl.state.files import fsync_directory, read_optional

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Why the registry is read-only.

    Args:
        since: date and time in ISO 8601 with its zone.
        who: the account that asked for it.
        reason: free text; empty when none was given.
    """

    since: str
    who: str
    reason: str


def wanted(layout: Layout) -> ReadOnly | None:
    """Return what ``ctl set-readonly on`` has noted; None when it is not in force."""
    return _read(_file(layout))


def leased(layout: Layout) -> ReadOnly | None:
    """Return who holds the registry read-only for a while; None when nobody does."""
    return _read(_lease(layout))


def in_force(layout: Layout) -> ReadOnly | None:
    """Return why the registry has to be read-only; None when it has to take pushes."""
    return wanted(layout) or leased(layout)


def demand(layout: Layout, why: ReadOnly) -> None:
    """Note that the registry shall be read-only until it is said otherwise."""
    _write(layout, _file(layout), why)


def release(layout: Layout) -> None:
    """Note that the registry shall take pushes again."""
    _remove(_file(layout))


def lease(layout: Layout, why: ReadOnly) -> None:
    """Note that the registry shall be read-only for as long as the lease's lock is held."""
    _write(layout, _lease(layout), why)


def end_lease(layout: Layout) -> None:
    """Note that the lease is over; the registry is writable already."""
    _remove(_lease(layout))


def hand_over_lease(layout: Layout) -> None:
    """Note that the lease is over and the registry's process, still read-only, has to be exchanged.

    By one rename: there is no moment in which a death would leave nobody to do it, and a full disk does not
    hinder it.
    """
    guard.wake(layout)
    try:
        _lease(layout).rename(guard.mark_of(layout))
    except FileNotFoundError:
        guard.begin_exchange(layout)
    fsync_directory(layout.state)


def _file(layout: Layout) -> Path:
    return layout.state / "read-only.json"


def _lease(layout: Layout) -> Path:
    return layout.state / "lease.json"


def _read(path: Path) -> ReadOnly | None:
    content = read_optional(path)
    if content is None:
        return None
    try:
        return ReadOnly(**{name: str(value) for name, value in json.loads(content).items()})
    except (TypeError, ValueError, AttributeError):
        # That the file is there is what counts.
        return ReadOnly(_UNKNOWN, _UNKNOWN, "")


def _write(layout: Layout, path: Path, why: ReadOnly) -> None:
    reserve.write(layout, path, json.dumps(asdict(why)).encode())


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        fsync_directory(path.parent)
