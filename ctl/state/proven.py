"""Which store was last proven to work, and whether a run has left that out."""

from __future__ import annotations

import json
import os
from typing import Any

from ctl.paths import Layout
from ctl.state.files import Damaged, read_object, write_atomically

# See `ctl.storage.identity`.
_ID = "ctl-store-id"


def stamp_of(about: Any) -> str:
    """Return what stands for a store, its credentials and whoever uses it; nothing can be read from it.

    Args:
        about: all that a proof depends on, as JSON can say it.
    """
    from hashlib import sha256

    return sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def has_stamp(layout: Layout, stamp: str) -> bool:
    """Whether a store of this stamp was the last that was proven."""
    return _read(layout).get("stamp") == stamp


def is_proven(layout: Layout, stamp: str, own: str, directory: str | None) -> bool:
    """Whether a store was the last that was proven, and is the same as far as a look from outside tells.

    Args:
        layout: whose.
        stamp: of the store.
        own: its id.
        directory: where it is; None for an object store.
    """
    known = _read(layout)
    return known.get("stamp") == stamp and known.get("id") == own and known.get("seen") == _seen(directory)


def is_owed(layout: Layout) -> bool:
    """Whether the store in force was not proven because a run was told not to."""
    return _read(layout).get("left_out") is True


def record(layout: Layout, stamp: str, own: str | None, directory: str | None) -> None:
    """Note that a store was proven; see `is_proven`."""
    _write(layout, {"stamp": stamp, "id": own, "seen": _seen(directory)})


def leave_out(layout: Layout) -> None:
    """Note that the store is put in force without a proof."""
    _write(layout, {"left_out": True})


def _seen(directory: str | None) -> list[int] | None:
    """Return what tells the file with a store's id from any other; it is not root's, so it is not opened."""
    if directory is None:
        return None
    try:
        about = os.lstat(f"{directory}/{_ID}")
    except OSError:
        return []
    return [about.st_ino, about.st_mtime_ns]


def _read(layout: Layout) -> dict[str, Any]:
    try:
        return read_object(layout.state / "proven.json") or {}
    except (OSError, Damaged):
        return {}


def _write(layout: Layout, document: dict[str, Any]) -> None:
    layout.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(document, sort_keys=True) + "\n"
    write_atomically(layout.state / "proven.json", text.encode(), 0o600)
