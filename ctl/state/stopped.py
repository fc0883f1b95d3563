"""Services that were stopped on purpose: a run leaves them down."""

from __future__ import annotations

import contextlib

from ctl.paths import Layout
from ctl.state import reserve
from ctl.state.files import Damaged, fsync_directory


def mark(layout: Layout, name: str) -> None:
    """Note that a service was stopped on purpose."""
    reserve.write(layout, layout.state / "stopped" / name, b"")


def unmark(layout: Layout, name: str) -> None:
    """Note that a service is meant to run, also after a power cut."""
    with contextlib.suppress(FileNotFoundError):
        (layout.state / "stopped" / name).unlink()
        fsync_directory(layout.state / "stopped")


def names(layout: Layout) -> frozenset[str]:
    """Return the services that were stopped on purpose."""
    try:
        listed = [entry.name for entry in (layout.state / "stopped").iterdir()]
    except FileNotFoundError:
        return frozenset()
    except NotADirectoryError:
        raise Damaged(layout.state / "stopped", "a directory is expected") from None
    return frozenset(name for name in listed if not name.startswith("."))
