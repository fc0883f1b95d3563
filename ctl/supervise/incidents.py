"""What has happened to services without anybody having asked for it, as their run scripts have noted it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ctl.paths import Layout

_ENDING = ".happened"
_MAXIMUM_CHARACTERS = 500
# After a day it is history; the logs keep it.
_NEWS = timedelta(days=1)


class Incident(Struct, frozen=True):
    """The last thing that has happened to a service: when (UTC), and what."""

    service: str
    moment: datetime
    text: str


def recent(layout: Layout, now: datetime) -> list[Incident]:
    """Return what has happened in the last day, the oldest first.

    Args:
        layout: whose services.
        now: with a time zone.
    """
    incidents = []
    for path in (layout.state / "running").glob(f"*{_ENDING}"):
        with contextlib.suppress(OSError):
            moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if now - moment < _NEWS and path.is_file():
                with path.open(errors="replace") as file:
                    text = file.read(_MAXIMUM_CHARACTERS).strip()
                incidents.append(Incident(path.name.removesuffix(_ENDING), moment, text))
    return sorted(incidents, key=lambda incident: (incident.moment, incident.service))


def record(layout: Layout, service: str, text: str) -> None:
    """Note what has happened to a service; a disk that is full keeps nothing from being mended."""
    with contextlib.suppress(OSError):
        (layout.state / "running" / f"{service}{_ENDING}").write_text(f"{text}\n")
