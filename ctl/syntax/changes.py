"""Methods that change their receiver: what it then holds, and what the call gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ctl.syntax.kinds import kind_of
from ctl.syntax.list_methods import key_of, take
from ctl.syntax.method import whole
from ctl.syntax.mistake import Refusal

RECEIVER = object()
"""The call gives the changed receiver itself."""

Change = Callable[[Any, list[Any]], tuple[Any, Any]]


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refusal("unknown-method", f"{kind_of(value)} has no {name}")
    return value


def _hash(value: Any, name: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise Refusal("unknown-method", f"{kind_of(value)} has no {name}")
    return value


def _push(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    return RECEIVER, [*_list(value, "push"), *arguments]


def _concat(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    made = list(_list(value, "concat"))
    for argument in arguments:
        made += _list(argument, "concat")
    return RECEIVER, made


def _unshift(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    return RECEIVER, [*arguments, *_list(value, "unshift")]


def _pop(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    items = _list(value, "pop")
    if arguments:
        count = whole(arguments[0], "pop")
        return take(items, [count], "last"), items[: max(0, len(items) - count)]
    return (items[-1] if items else None), items[:-1]


def _shift(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    if arguments:
        raise Refusal("wrong-arguments", ".shift takes no arguments here")
    items = _list(value, "shift")
    return (items[0] if items else None), items[1:]


def _merge(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    made = dict(_hash(value, "merge!"))
    if not arguments:
        raise Refusal("wrong-arguments", ".merge! takes a hash")
    for argument in arguments:
        made.update(_hash(argument, "merge!"))
    return RECEIVER, made


def _store(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    if len(arguments) != 2:
        raise Refusal("wrong-arguments", ".store takes a key and a value")
    return arguments[1], {**_hash(value, "store"), key_of(arguments[0]): arguments[1]}


def _delete(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    if len(arguments) != 1:
        raise Refusal("wrong-arguments", f".delete takes one argument, not {len(arguments)}")
    wanted = arguments[0]
    if not isinstance(wanted, str | int | float | None):
        raise Refusal("wrong-type", f".delete takes no {kind_of(wanted)} here")
    if isinstance(value, dict):
        return value.get(wanted), {key: item for key, item in value.items() if key != wanted}
    kept = [item for item in value if type(item) is not type(wanted) or item != wanted]
    return (wanted if len(kept) < len(value) else None), kept


def _clear(value: Any, arguments: list[Any]) -> tuple[Any, Any]:
    return RECEIVER, type(value)()


TABLE: Mapping[str, Change] = {
    "push": _push,
    "append": _push,
    "concat": _concat,
    "unshift": _unshift,
    "prepend": _unshift,
    "pop": _pop,
    "shift": _shift,
    "merge!": _merge,
    "update": _merge,
    "store": _store,
    "delete": _delete,
    "clear": _clear,
}
