"""Which storage drivers the registry's program was built with, as it said once."""

from __future__ import annotations

import json

from ctl.paths import Layout
from ctl.state.files import Damaged, read_object, write_atomically


def known(layout: Layout, stamp: str) -> dict[str, bool]:
    """Return what is remembered of a program: driver and whether it is built in.

    Args:
        layout: the root.
        stamp: of the program; what was remembered of another one does not count.
    """
    try:
        document = read_object(layout.state / "drivers.json") or {}
    except (OSError, Damaged):
        return {}
    if document.get("program") != stamp:
        return {}
    drivers = document.get("drivers")
    if not isinstance(drivers, dict):
        return {}
    return {name: built for name, built in drivers.items() if isinstance(built, bool)}


def remember(layout: Layout, stamp: str, drivers: dict[str, bool]) -> None:
    """Remember what a program said; where nothing was reconfigured yet, or may not be written, it is not."""
    if not layout.state.is_dir():
        return
    text = json.dumps({"program": stamp, "drivers": drivers}, indent=1, sort_keys=True) + "\n"
    try:
        write_atomically(layout.state / "drivers.json", text.encode(), 0o600)
    except OSError:
        return
