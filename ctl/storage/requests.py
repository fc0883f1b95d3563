"""What the worker is asked for: one JSON object a line, checked before anything is touched."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct, field

from ctl.storage.engine.limit import Limit
from ctl.storage.store import StoreError

_WANTED: dict[str, dict[str, type]] = {
    "mark": {"root": str},
    "list": {},
    "sweep": {"run": str},
    "moved": {"root": str, "run": str},
    "undo": {"root": str, "run": str},
    "runs": {"root": str},
    "empty-trash": {"root": str, "older_than": int},
    "usage": {"root": str},
    "prove": {"name": str, "driver": str, "parameters": dict},
    "identify": {"name": str, "driver": str, "parameters": dict},
}
_OPTIONAL: dict[str, type] = {
    "cache": str,
    "places": list,
    "untagged": bool,
    "keep_signed": bool,
    "orphaned_signatures": bool,
    "grouped": bool,
    "min_age": int,
    "now": int,
    "limit": dict,
    "milliseconds": int,
    "allow_nothing_marked": bool,
    "environment": dict,
    "read_only": bool,
    "adopt": bool,
    "counted": bool,
    "whole": bool,
}


_UNLIMITED = Limit()


class Request(Struct, frozen=True):
    """A request; fields that it does not have are their defaults. See `ctl.storage.worker`."""

    do: str
    root: str = ""
    cache: str | None = None
    places: tuple[str, ...] = ()
    untagged: bool = False
    keep_signed: bool = False
    orphaned_signatures: bool = False
    grouped: bool = False
    min_age: int = 0
    now: int | None = None
    run: str = ""
    limit: Limit = _UNLIMITED
    milliseconds: int | None = None
    older_than: int = 0
    name: str = ""
    driver: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    read_only: bool = False
    adopt: bool = False
    counted: bool = False
    whole: bool = False
    allow_nothing_marked: bool = False


def read_request(line: bytes) -> Request:
    """Read a request.

    Raises:
        StoreError: ``bad-request``.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad("no JSON") from error
    if not isinstance(document, dict):
        raise _bad("no object")
    wanted = _WANTED.get(str(document.get("do")))
    if wanted is None:
        raise _bad(f"do: expected one of {', '.join(_WANTED)}")
    types = {"do": str, **wanted, **_OPTIONAL}
    values: dict[str, Any] = {}
    for name, value in document.items():
        expected = types.get(name)
        if expected is None:
            raise _bad(f"{name}: not known for {document['do']}")
        if value is None and name in _OPTIONAL:
            continue
        if type(value) is not expected or (isinstance(value, int) and value < 0):
            raise _bad(f"{name}: expected {expected.__name__}")
        values[name] = value
    missing = sorted(set(wanted) - set(values))
    if missing:
        raise _bad(f"{missing[0]}: missing")
    if "limit" in values:
        values["limit"] = _limit(values["limit"])
    if "places" in values:
        if not all(isinstance(place, str) for place in values["places"]):
            raise _bad("places: expected paths")
        values["places"] = tuple(values["places"])
    return Request(**values)


def _limit(values: dict[str, Any]) -> Limit:
    for name, value in values.items():
        if name not in Limit.__struct_fields__ or type(value) is not int or value < 0:
            raise _bad(f"limit: {name}: expected a count of manifests, blobs or bytes")
    return Limit(**values)


def _bad(message: str) -> StoreError:
    return StoreError("bad-request", f"the request is wrong: {message}")
