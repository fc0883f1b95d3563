"""The fingerprint of the settings that each running process was started with."""

from __future__ import annotations

from ctl.paths import Layout
from ctl.state.files import Damaged, read_optional, write_atomically


def read(layout: Layout, name: str) -> str | None:
    """Return what a service's run script noted at its start; None when it could not."""
    try:
        content = read_optional(layout.state / "running" / name)
    except Damaged:
        # As where it could not be noted: the next run restarts the service.
        return None
    return content.decode("ascii", "replace").strip() if content is not None else None


def write(layout: Layout, name: str, fingerprint: str) -> None:
    """Note that a service has read its settings again."""
    write_atomically(layout.state / "running" / name, f"{fingerprint}\n".encode(), 0o600)


def forget(layout: Layout, name: str) -> None:
    """Note that nobody can tell what a service has read."""
    (layout.state / "running" / name).unlink(missing_ok=True)
