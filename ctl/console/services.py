"""How ``ctl status`` looks to a person: a table, or one field a line where it is narrow; or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ctl.console.text import safe

if TYPE_CHECKING:
    from ctl.operations.inspect.overview import (
        Collected,
        Expiry,
        Overview,
        ServiceState,
        ServiceView,
        Upcoming,
    )

_HEADINGS = ("service", "state", "pid", "uptime", "memory", "ports")
_GAP = "  "
# Days that leave time to renew a certificate.
_SOON_DAYS = 14
_COLOURS = {"red": 31, "green": 32, "yellow": 33}


def table(overview: Overview, width: int, coloured: bool) -> Iterator[str]:
    """Yield the lines for a terminal of so many columns; none is longer."""
    rows = [_cells(view) for view in overview.services]
    widths = [max(len(line[at]) for line in (_HEADINGS, *rows)) for at in range(len(_HEADINGS))]
    if sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        yield _row(_HEADINGS, widths).rstrip()
        for view, cells in zip(overview.services, rows, strict=True):
            # Painted when everything is in its place: control sequences take no columns.
            shown = [cell.ljust(size) for cell, size in zip(cells, widths, strict=True)]
            shown[1] = _painted(shown[1], _state_colour(view), coloured)
            yield _GAP.join(shown).rstrip()
    else:
        for view, cells in zip(overview.services, rows, strict=True):
            yield _painted(_cut(cells[0], width), _state_colour(view), coloured)
            for heading, cell in zip(_HEADINGS[1:], cells[1:], strict=True):
                yield from _wrapped(f"{heading} {cell}", width, "  ")
    yield ""
    for heading, text, colour in _remarks(overview):
        yield from (_painted(line, colour, coloured) for line in _remark(heading, text, width))


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    return _GAP.join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True))


def _cells(view: ServiceView) -> tuple[str, ...]:
    up = view.state.pid > 0
    ports = " ".join(map(str, view.usage.ports)) if view.usage else ""
    if view.has_socket:
        ports = f"{ports} socket".strip()
    return (
        safe(view.name),
        _state_words(view),
        str(view.state.pid) if up else "-",
        _duration(view.state.since) if view.state.state != "absent" else "-",
        _size(view.usage.memory) if view.usage else "-",
        ports or "-",
    )


def _state_words(view: ServiceView) -> str:
    state = view.state
    if state.state == "absent":
        return "unsupervised"
    words = [str(state.state)]
    notes: tuple[tuple[bool, str], ...]
    if state.pid:
        notes = (
            (state.paused, "paused"),
            (state.ending, "ending"),
            (bool(view.pending), f"{view.pending} due"),
        )
    else:
        notes = ((view.on_purpose, "on purpose"), (state.wanted, "keeps ending"))
    return ", ".join([*words, *(text for holds, text in notes if holds)])


def _state_colour(view: ServiceView) -> str | None:
    if view.state.pid and not view.state.paused and not view.pending:
        return "green"
    return "yellow" if view.state.pid or view.on_purpose else "red"


def _remarks(overview: Overview) -> Iterator[tuple[str, str, str | None]]:
    """Yield heading, text and colour of what concerns the registry as a whole."""
    if overview.supervisor_died:
        yield "runsvdir", "has ended; what ends now is not started again: ctl start starts it", "red"
    for event in overview.incidents:
        yield "happened", f"{event.moment:%Y-%m-%d %H:%M:%S} UTC, {event.service}: {event.text}", "yellow"
    why = overview.read_only
    if why is not None:
        reason = f": {why.reason}" if why.reason else ""
        yield "read-only", f"since {why.since} by {why.who}{reason}", "yellow"
    elif overview.refuses_pushes:
        yield "read-only", "yes, gitlab.rb demands it or a change is due", "yellow"
    else:
        yield "read-only", "no", None
    for text in overview.pending:
        yield "not applied", text, "yellow"
    if overview.pending:
        yield "", "ctl reconfigure applies it", None
    else:
        yield "not applied", "nothing", None
    for expiry in overview.expiries:
        yield "certificate", f"{_left(expiry)}: {expiry.path}", "yellow" if expiry.days < _SOON_DAYS else None
    if overview.collected is not None:
        yield from _collection(overview.collected)
    if overview.upcoming is not None:
        schedule, moment = overview.upcoming.schedule, overview.upcoming.following
        following = f", next on {moment:%Y-%m-%d %H:%M %Z}" if moment else ""
        yield "scheduled", f"collection {schedule.when} by {schedule.by}{following}", None


def _collection(last: Collected) -> Iterator[tuple[str, str, str | None]]:
    from ctl.console.usage import size

    said = last.message
    if last.deleted is not None:
        gone = last.deleted
        manifests, blobs, count = (gone.get(name, 0) for name in ("manifests", "blobs", "bytes"))
        said = f"deleted {manifests} manifests and {blobs} blobs, {size(count)}"
        said += "" if last.freed is None else f"; freed {size(last.freed)}"
    colour = {"failed": "red", "stopped": "yellow"}.get(last.outcome)
    yield "collection", f"{last.outcome} {last.moment}: {said}", colour
    if last.help:
        yield "", last.help, None


def _left(expiry: Expiry) -> str:
    if expiry.days < 0:
        return f"expired on {expiry.ends:%Y-%m-%d}"
    return f"{expiry.days} day{'' if expiry.days == 1 else 's'} left"


def _remark(heading: str, text: str, width: int) -> list[str]:
    indent = 13
    if width < 3 * indent:
        return [*([_cut(heading, width)] if heading else []), *_wrapped(text, width, "  ")]
    first, *rest = _wrapped(text, width - indent, "")
    return [f"{heading:{indent}}{first}", *(" " * indent + line for line in rest)]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        safe(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ) or [indent]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _painted(text: str, colour: str | None, coloured: bool) -> str:
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if coloured and colour else text


def _duration(seconds: float) -> str:
    """Return a time in its two largest units: ``3d 4h``."""
    left = int(seconds)
    sizes = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    words: list[str] = []
    for unit, size in sizes.items():
        count, left = divmod(left, size)
        if count or words or unit == "s":
            words.append(f"{count}{unit}")
    return " ".join(words[:2])


def _size(count: int) -> str:
    megabytes = count / 1024**2
    return f"{megabytes / 1024:.1f} GiB" if megabytes >= 1024 else f"{megabytes:.1f} MiB"


def document(overview: Overview) -> str:
    """Return everything as one JSON document, of ASCII characters only."""
    why = overview.read_only
    content = {
        "services": [_service(view) for view in overview.services],
        "read_only": {"since": why.since, "who": why.who, "reason": why.reason} if why else None,
        "refuses_pushes": overview.refuses_pushes,
        "not_applied": overview.pending,
        "certificates": [
            {"path": expiry.path, "not_after": expiry.ends.isoformat(), "days_left": expiry.days}
            for expiry in overview.expiries
        ],
        "collection": _collected(overview.collected) if overview.collected else None,
        "schedule": _upcoming(overview.upcoming) if overview.upcoming else None,
        "runsvdir_died": overview.supervisor_died,
        "happened": [
            {"service": incident.service, "moment": incident.moment.isoformat(), "text": incident.text}
            for incident in overview.incidents
        ],
    }
    return json.dumps(content, indent=2)


def _collected(last: Collected) -> dict[str, Any]:
    return {
        "moment": last.moment,
        "outcome": str(last.outcome),
        "message": last.message,
        "help": last.help,
        "deleted": last.deleted,
        **({} if last.freed is None else {"freed": last.freed}),
    }


def _upcoming(upcoming: Upcoming) -> dict[str, Any]:
    schedule, moment = upcoming.schedule, upcoming.following
    return {
        "when": schedule.when,
        "by": schedule.by,
        "command": schedule.command,
        "path": schedule.path,
        "next": moment.isoformat() if moment else None,
    }


def _service(view: ServiceView) -> dict[str, Any]:
    return {
        "name": view.name,
        **_process(view.state),
        "wanted": view.state.wanted,
        "paused": view.state.paused,
        "stopped_on_purpose": view.on_purpose,
        "memory_bytes": view.usage.memory if view.usage else None,
        "ports": list(view.usage.ports) if view.usage else [],
        "pending": view.pending,
        "log": _process(view.log) if view.log else None,
    }


def _process(state: ServiceState) -> dict[str, Any]:
    known = state.state != "absent"
    return {
        "state": str(state.state),
        "pid": state.pid or None,
        "seconds": int(state.since) if known else None,
    }
