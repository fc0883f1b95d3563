"""What root believes of the worker's lines: the worker runs as an account that root does not trust.

A line is one JSON object of bounded size and depth; its event is known, has all of its fields and no other,
each of its type and within its range. What the worker may say stands in `ctl.storage.worker`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from ctl.state.document import parse
from ctl.storage.engine.limit import Counts
from ctl.storage.engine.oddity import Consequence, Oddity
from ctl.storage.engine.plan import Kind
from ctl.storage.engine.summary import Going, Totals, Usage
from ctl.storage.removal.sweep import Swept
from ctl.storage.removal.trash import Undone

# The longest that the worker writes are lists of runs in the trash and names of repositories.
LONGEST_LINE = 1024 * 1024
# Events that are kept until the end of a request; a store of so many repositories has not been seen.
MOST_KEPT = 2_000_000
PASSING = frozenset({"progress", "moved"})

_GREATEST = 2**63 - 1
# Seconds until the year 9999, behind which no date can be written.
_LAST_MOMENT = 253_402_300_799
_MOMENTS = frozenset({"modified", "spared_first", "spared_last"})
_LONGEST_TEXT = 64 * 1024
_MOST_ENTRIES = 100_000
_DEPTH = 3


class HostileLine(Exception):
    """A line of the worker that no worker of ours writes; says what is wrong."""


def read_event(line: bytes) -> dict[str, Any]:
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
    wanted = _events().get(kind) if isinstance(kind, str) else None
    if wanted is None:
        raise HostileLine("no event that is known")
    _check(kind, document, {"event": str, **wanted})
    return dict(document)


def _check(where: object, values: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if values.keys() != wanted.keys():
        name = sorted(values.keys() ^ wanted.keys())[0][:80]
        raise HostileLine(f"{where}: {name}: {'missing' if name in wanted else 'not known'}")
    for name, hint in wanted.items():
        if is_dataclass(hint) and isinstance(values[name], dict):
            _check(f"{where}: {name}", values[name], _hints(hint))
        elif not _fits(values[name], hint, _LAST_MOMENT if name in _MOMENTS else _GREATEST):
            raise HostileLine(f"{where}: {name}: of another type, or out of range")


def _fits(value: Any, hint: Any, greatest: int) -> bool:
    if get_origin(hint) is list:
        (inner,) = get_args(hint)
        return (
            isinstance(value, list)
            and len(value) <= _MOST_ENTRIES
            and all(_fits(one, inner, greatest) for one in value)
        )
    if get_args(hint):
        return any(_fits(value, one, greatest) for one in get_args(hint))
    if hint in (bool, type(None)):
        return isinstance(value, hint)
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= greatest
    if hint is int:
        return type(value) is int and 0 <= value <= greatest
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return isinstance(value, str) and value in {*hint}
    return hint is str and isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _hints(of: Any) -> dict[str, Any]:
    """Return the fields of a dataclass with their types."""
    hints = get_type_hints(of)
    return {one.name: hints[one.name] for one in fields(of)}


@cache
def _events() -> dict[str, dict[str, Any]]:
    """Return all events with the types of their fields."""
    count, text = int, str
    return {
        "progress": {
            "phase": text,
            **dict.fromkeys(("done", "total", "bytes", "rate"), count),
            "seconds": float,
        },
        "oddity": _hints(Oddity),
        "oddities": {"code": text, "consequence": Consequence, "count": count},
        "note": {"code": text, "message": text},
        "repository": _hints(Going),
        "moved": {
            "kind": Kind,
            "repository": text | None,
            "tag": text | None,
            "digest": text,
            "size": count,
        },
        "usage": _hints(Usage),
        "run": {"run": text, "modified": count, "finished": bool, "unlinking": bool, **_hints(Counts)},
        "marked": {
            **_hints(Totals),
            "percent": float,
            "nothing_marked": bool,
            "stops": count,
            "read": count,
        },
        "swept": _hints(Swept),
        "undone": {"run": text, **_hints(Undone)},
        "listed": {},
        "listing": {"seconds": float},
        "timed": {"listing": float},
        "counted": _hints(Counts),
        "emptied": {"runs": list[str], "files": count, "bytes": count, "left": count},
        "used": {
            **dict.fromkeys(
                ("repositories", "pushed_bytes", "bytes", "going_bytes", "going_untagged_bytes"), count
            ),
            "ratio": float,
        },
        "error": {"code": text, "message": text, "help": text | None},
    }
