"""The pipe from a worker to root, in which events are lines.

The worker runs as an account that root does not trust, so of its lines only those are
believed that it can say.

A line is one JSON object of bounded size and depth; its event is known, has all of its fields and no other,
each of its type and within its range.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct, to_builtins

from ctl.state.document import parse
from ctl.storage.events import EVENTS, Event, Moved, Progressed

# The longest that the worker writes are lists of runs in the trash and names of repositories.
LONGEST_LINE = 1024 * 1024
# Events that are kept until the end of a request; a store of so many repositories has not been seen.
MOST_KEPT = 2_000_000
PASSING = (Progressed, Moved)

_GREATEST = 2**63 - 1
# Seconds until the year 9999, behind which no date can be written.
_LAST_MOMENT = 253_402_300_799
_MOMENTS = frozenset({"modified", "spared_first", "spared_last"})
_LONGEST_TEXT = 64 * 1024
_MOST_ENTRIES = 100_000
_DEPTH = 3
_NAMES = {of: name for name, of in EVENTS.items()}
_encode = json.JSONEncoder(separators=(",", ":")).encode


class HostileLine(Exception):
    """A line of the worker that no worker of ours writes; says what is wrong."""


def line_of(event: Event) -> bytes:
    """Write an event as a line."""
    values = {**to_builtins(event), "event": _NAMES[type(event)]}
    return _encode(values).encode() + b"\n"


def read_event(line: bytes) -> Event:
    """Read one line of the worker.

    Args:
        line: with its line break; at most `LONGEST_LINE` bytes.

    Raises:
        HostileLine: it is none that the worker writes.
    """
    if not line.endswith(b"\n"):
        raise HostileLine("a line without an end" if len(line) < LONGEST_LINE else "a line without end")
    try:
        document = parse(line, _DEPTH)
    except ValueError as error:
        raise HostileLine(str(error)) from None
    kind = document.get("event") if isinstance(document, dict) else None
    wanted: Any = EVENTS.get(kind) if isinstance(kind, str) else None
    if wanted is None or not isinstance(document, dict):
        raise HostileLine("no event that is known")
    del document["event"]
    _check(kind, document, _hints(wanted))
    event: Event = _made(wanted, document)
    return event


def _made(of: Any, values: Mapping[str, Any]) -> Any:
    """Make a record of values that were checked."""
    hints = _hints(of)
    return of(**{name: _valued(hints[name], value) for name, value in values.items()})


def _valued(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return _made(hint, value) if isinstance(value, dict) else value


def _check(where: object, values: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if values.keys() != wanted.keys():
        name = sorted(values.keys() ^ wanted.keys())[0][:80]
        raise HostileLine(f"{where}: {name}: {'missing' if name in wanted else 'not known'}")
    for name, hint in wanted.items():
        if _is_nested(hint) and isinstance(values[name], dict):
            _check(f"{where}: {name}", values[name], _hints(hint))
        elif not _fits(values[name], hint, _LAST_MOMENT if name in _MOMENTS else _GREATEST):
            raise HostileLine(f"{where}: {name}: of another type, or out of range")


def _fits(value: Any, hint: Any, greatest: int) -> bool:
    if get_origin(hint) is list:
        (inner,) = get_args(hint)
        return (
            isinstance(value, list)
            and len(value) <= _MOST_ENTRIES
            and all(_fits(entry, inner, greatest) for entry in value)
        )
    if get_args(hint):
        return any(_fits(value, option, greatest) for option in get_args(hint))
    if hint in (bool, type(None)):
        return isinstance(value, hint)
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= greatest
    if hint is int:
        return type(value) is int and 0 <= value <= greatest
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return isinstance(value, str) and value in {*hint}
    return hint is str and isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_nested(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)


@cache
def _hints(of: Any) -> dict[str, Any]:
    """Return the fields of a record with their types."""
    hints = get_type_hints(of)
    return {name: hints[name] for name in of.__struct_fields__}
