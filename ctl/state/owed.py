"""Services that may have read something else than the generation says: a file for each, with what it needs.

Noted before what they may have read is put right, so that a run that dies in between is made up for by the
next; taken away when the service has read anew.
"""

from __future__ import annotations

from ctl.paths import Layout
from ctl.state.files import read_optional, write_atomically


def note(layout: Layout, name: str, what: str) -> None:
    """Note what a service needs, such as ``restart``."""
    write_atomically(layout.state / "owed" / name, f"{what}\n".encode(), 0o600)


def clear(layout: Layout, name: str) -> None:
    """Note that a service has read anew."""
    (layout.state / "owed" / name).unlink(missing_ok=True)


def read(layout: Layout) -> dict[str, str]:
    """Return what services need, by name; an empty text where the note cannot be read."""
    try:
        names = [entry.name for entry in (layout.state / "owed").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {name: _word(layout, name) for name in names if not name.startswith(".")}


def _word(layout: Layout, name: str) -> str:
    try:
        return (read_optional(layout.state / "owed" / name) or b"").decode("ascii", "replace").strip()
    except OSError:
        return ""
