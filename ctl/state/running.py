"""What each running process was started with, as its run script has noted it."""

from __future__ import annotations

from ctl.paths import Layout
from ctl.state.files import Damaged, read_optional, write_atomically
from ctl.state.fingerprint import Fingerprint


def read(layout: Layout, name: str) -> Fingerprint | None:
    """Return what a service's run script noted at its start; None when it could not."""
    try:
        content = read_optional(layout.state / "running" / name)
        return None if content is None else Fingerprint.parse(content.decode("ascii"))
    except (Damaged, ValueError):
        # As where it could not be noted: the next run restarts the service.
        return None


def write(layout: Layout, name: str, noted: Fingerprint) -> None:
    """Note that a service has read its settings again."""
    write_atomically(layout.state / "running" / name, f"{noted}\n".encode(), 0o600)


def forget(layout: Layout, name: str) -> None:
    """Note that nobody can tell what a service has read."""
    (layout.state / "running" / name).unlink(missing_ok=True)
