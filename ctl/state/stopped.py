"""Services that were stopped on purpose: a run leaves them down."""

from __future__ import annotations

from ctl.paths import Layout
from ctl.state.files import Damaged, write_atomically


def mark(layout: Layout, name: str) -> None:
    """Note that a service was stopped on purpose."""
    write_atomically(layout.state / "stopped" / name, b"", 0o600)


def unmark(layout: Layout, name: str) -> None:
    """Note that a service is meant to run."""
    (layout.state / "stopped" / name).unlink(missing_ok=True)


def names(layout: Layout) -> frozenset[str]:
    """Return the services that were stopped on purpose."""
    try:
        found = [entry.name for entry in (layout.state / "stopped").iterdir()]
    except FileNotFoundError:
        return frozenset()
    except NotADirectoryError:
        raise Damaged(layout.state / "stopped", "a directory is expected") from None
    return frozenset(name for name in found if not name.startswith("."))
