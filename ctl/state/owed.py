"""Services that may have read something else than the generation says: a file for each, with what it needs.

Noted before what they may have read is put right, so that a run that dies in between is made up for by the
next; taken away when the service has read anew.
"""

from __future__ import annotations

from ctl.paths import Layout
from ctl.state.files import ASIDE, Damaged, read_optional, write_atomically
from ctl.state.fingerprint import Due


def note(layout: Layout, name: str, due: Due) -> None:
    """Note what a service needs: a reload, or a restart."""
    write_atomically(layout.state / "owed" / name, f"{due}\n".encode(), 0o600)


def clear(layout: Layout, name: str) -> None:
    """Note that a service has read anew."""
    (layout.state / "owed" / name).unlink(missing_ok=True)


def read(layout: Layout) -> dict[str, Due]:
    """Return what services need, by name; what cannot be read is taken for the larger one."""
    try:
        names = [entry.name for entry in (layout.state / "owed").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {name: _noted(layout, name) for name in names if not name.startswith(".") and ASIDE not in name}


def _noted(layout: Layout, name: str) -> Due:
    try:
        content = read_optional(layout.state / "owed" / name) or b""
    except (Damaged, OSError):
        content = b""
    return Due.RELOAD if content.strip() == Due.RELOAD.encode() else Due.RESTART
