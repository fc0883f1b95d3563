"""Methods of arrays and hashes that take no block."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from math import prod
from typing import Any

from ctl.syntax.comparing import equal, sort_key, truthy
from ctl.syntax.kinds import Enumerator, holds, kind_of, measured, to_s
from ctl.syntax.method import Method, World, natural, plain, same, texts, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.operators import apply, bounded, unique
from ctl.syntax.text_methods import bounds


def _join(items: list[Any], arguments: list[Any], world: World) -> str:
    between = arguments[0] if arguments and arguments[0] is not None else ""
    texts([between], "join")
    measured(items, world.limits)
    parts = [_join(item, arguments, world) if isinstance(item, list) else to_s(item) for item in items]
    bounded("", sum(map(len, parts)) + len(between) * len(parts), world.limits)
    return str(between).join(parts)


def to_json(value: Any, world: World) -> str:
    """Write a value as Ruby's JSON library does."""
    import json

    def texted(part: Any) -> Any:
        if isinstance(part, dict):
            return {to_s(key): texted(item) for key, item in part.items()}
        if isinstance(part, list):
            return [texted(item) for item in part]
        return str(part) if isinstance(part, str) else part

    measured(value, world.limits)
    if isinstance(value, float):
        return to_s(value)
    try:
        made = json.dumps(texted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError):
        raise Refusal("wrong-type", "this cannot be written as JSON") from None
    return bounded(made, 0, world.limits)


def take(items: list[Any], arguments: list[Any], name: str) -> Any:
    """Do what ``first`` and ``last`` do: one entry, or so many."""
    if not arguments:
        return (items[0] if name == "first" else items[-1]) if items else None
    count = natural(arguments[0], name)
    if name == "last":
        return items[-count:] if count else []
    return items[:count]


def _taken(name: str) -> Method:
    return Method(0, 1, lambda items, arguments, world: take(world.entries(items), arguments, name))


def _flatten(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    depth = whole(arguments[0], "flatten") if arguments and arguments[0] is not None else -1
    measured(items, world.limits)

    def flat(inner: list[Any], left: int) -> list[Any]:
        made: list[Any] = []
        for item in inner:
            if isinstance(item, list) and left != 0:
                made += flat(item, left - 1)
            else:
                made.append(item)
        return made

    return flat(items, depth)


def _includes(items: list[Any], arguments: list[Any], world: World) -> bool:
    return any(equal(item, arguments[0], world.limits) for item in items)


def _place(items: list[Any], arguments: list[Any], world: World) -> int | None:
    return next((at for at, item in enumerate(items) if equal(item, arguments[0], world.limits)), None)


def _sorted(items: Any, arguments: list[Any], world: World) -> list[Any]:
    return sorted(world.entries(items), key=sort_key(world.limits))


def _extreme(name: str) -> Method:
    def run(items: Any, arguments: list[Any], world: World) -> Any:
        ordered = sorted(world.entries(items), key=sort_key(world.limits), reverse=name == "max")
        return take(ordered, arguments, "first")

    return Method(0, 1, run)


def _sum(items: list[Any], arguments: list[Any], world: World) -> Any:
    total = arguments[0] if arguments else 0
    for item in items:
        total = apply("+", total, item, world.limits)
    return total


def _count(items: Any, arguments: list[Any], world: World) -> int:
    entries = world.entries(items)
    if not arguments:
        return len(entries)
    return sum(equal(item, arguments[0], world.limits) for item in entries)


def _quantity(name: str) -> Method:
    def run(items: Any, arguments: list[Any], world: World) -> bool:
        count = sum(map(truthy, world.entries(items)))
        total = len(world.entries(items))
        return {"any?": count > 0, "all?": count == total, "none?": count == 0, "one?": count == 1}[name]

    return Method(0, 0, run)


def _to_h(items: list[Any], arguments: list[Any], world: World) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for item in items:
        if not isinstance(item, list) or len(item) != 2:
            raise Refusal("wrong-type", f".to_h takes pairs, not {kind_of(item)}")
        made[key_of(item[0])] = item[1]
    return made


def key_of(value: Any) -> Any:
    """Give a value as the key of a hash.

    Raises:
        Refusal: it cannot be a key.
    """
    if isinstance(value, str | int | float | None):
        return value
    raise Refusal("not-supported", f"{kind_of(value)} as the key of a hash is not supported")


def _slice(items: list[Any], arguments: list[Any], world: World) -> Any:
    return entry(items, arguments)


def entry(items: list[Any], arguments: list[Any]) -> Any:
    """Do what ``array[...]`` does."""
    if len(arguments) == 1 and isinstance(arguments[0], int | float) and not isinstance(arguments[0], bool):
        at = whole(arguments[0], "[]")
        return items[at] if -len(items) <= at < len(items) else None
    place = bounds(arguments, len(items), "[]")
    return None if place is None else items[place[0] : place[1]]


def _fetch_entry(items: list[Any], arguments: list[Any], world: World) -> Any:
    at = whole(arguments[0], "fetch")
    if -len(items) <= at < len(items):
        return items[at]
    if len(arguments) > 1:
        return arguments[1]
    raise Refusal("wrong-value", f"the array has {len(items)} entries, and none at {at}")


def fetch(pairs: dict[Any, Any], arguments: list[Any], world: World) -> Any:
    """Do what ``hash.fetch`` does."""
    if holds(pairs, arguments[0]):
        return pairs[arguments[0]]
    if len(arguments) > 1:
        return arguments[1]
    raise Refusal("wrong-value", "the hash has no such key", "give a default: .fetch('key', 'default')")


def _dig(value: Any, arguments: list[Any], world: World) -> Any:
    for key in arguments:
        if value is None:
            return None
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list):
            value = entry(value, [whole(key, "dig")])
        else:
            raise Refusal("wrong-type", f"{kind_of(value)} has nothing to dig into")
    return value


def _zip(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    others = [world.entries(argument) for argument in arguments]
    rows: list[Any] = []
    for at, item in enumerate(items):
        rows.append([item, *(other[at] if at < len(other) else None for other in others)])
    return rows


def _drop(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    return items[natural(arguments[0], "drop") :]


def _indexed(items: Any, arguments: list[Any], world: World) -> list[Any]:
    return Enumerator([[item, at] for at, item in enumerate(world.entries(items))], "each")


def _numbered(items: Any, arguments: list[Any], world: World) -> list[Any]:
    if not isinstance(items, Enumerator):
        raise Refusal("unknown-method", "with_index stands behind .map, .each and their like")
    first = whole(arguments[0], "with_index") if arguments else 0
    return [[item, at] for at, item in enumerate(items, first)]


def _slices(items: Any, arguments: list[Any], world: World) -> list[Any]:
    size = natural(arguments[0], "each_slice")
    if not size:
        raise Refusal("wrong-value", ".each_slice takes a number from 1 on")
    entries = iter(world.entries(items))
    made: list[Any] = []
    while part := list(islice(entries, size)):
        made.append(part)
    return Enumerator(made, "each")


def _windows(items: Any, arguments: list[Any], world: World) -> list[Any]:
    size = natural(arguments[0], "each_cons")
    if not size:
        raise Refusal("wrong-value", ".each_cons takes a number from 1 on")
    entries = world.entries(items)
    count = max(0, len(entries) - size + 1)
    _affordable(count * size, world)
    return Enumerator([entries[at : at + size] for at in range(count)], "each")


def _affordable(count: int, world: World) -> None:
    if count > world.limits.parts:
        raise Refusal("limit", f"it would have more than {world.limits.parts} entries")


def _tally(items: Any, arguments: list[Any], world: World) -> dict[Any, int]:
    made: dict[Any, int] = {}
    for item in world.entries(items):
        made[key_of(item)] = made.get(item, 0) + 1
    return made


def _product(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    others = [world.entries(argument) for argument in arguments]
    _affordable(prod(map(len, [items, *others])) * (len(others) + 1), world)
    return [list(combination) for combination in product(items, *others)]


def _transpose(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    if not all(isinstance(item, list) and len(item) == len(items[0]) for item in items):
        raise Refusal("wrong-type", ".transpose takes arrays of one length in an array")
    return [list(column) for column in zip(*items, strict=True)]


def _rotate(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    by = whole(arguments[0], "rotate") % len(items) if arguments and items else 1
    return [*items[by:], *items[:by]]


def _merge(pairs: dict[Any, Any], arguments: list[Any], world: World) -> dict[Any, Any]:
    made = dict(pairs)
    for argument in arguments:
        if not isinstance(argument, dict):
            raise Refusal("wrong-type", f".merge takes hashes, not {kind_of(argument)}")
        made.update(argument)
    return made


def _has_value(pairs: dict[Any, Any], arguments: list[Any], world: World) -> bool:
    return any(equal(item, arguments[0], world.limits) for item in pairs.values())


def _key(pairs: dict[Any, Any], arguments: list[Any], world: World) -> Any:
    return next((key for key, item in pairs.items() if equal(item, arguments[0], world.limits)), None)


def _picked(keep: bool) -> Method:
    def run(pairs: dict[Any, Any], arguments: list[Any], world: World) -> dict[Any, Any]:
        if keep:
            return {key: pairs[key] for key in arguments if key in pairs}
        return {key: item for key, item in pairs.items() if key not in arguments}

    return Method(0, 100, run)


def _has_key() -> Method:
    return Method(1, 1, lambda pairs, arguments, world: holds(pairs, arguments[0]))


def _uniq(items: list[Any], arguments: list[Any], world: World) -> list[Any]:
    return unique(items, world.limits)


def _waiting(name: str) -> Method:
    """Make a method that waits for what stands behind it, such as ``with_index``."""
    return Method(0, 0, lambda value, given, world: Enumerator(list(world.entries(value)), name))


def _lowest(value: Any, world: World) -> Any:
    return take(_sorted(value, [], world), [], "first")


def _highest(value: Any, world: World) -> Any:
    return take(_sorted(value, [], world), [], "last")


def _union(sign: str) -> Method:
    def run(items: list[Any], arguments: list[Any], world: World) -> Any:
        for argument in arguments:
            items = apply(sign, items, world.entries(argument), world.limits)
        return items

    return Method(0, 20, run)


def _invert(pairs: dict[Any, Any]) -> dict[Any, Any]:
    return {key_of(item): key for key, item in pairs.items()}


_BOTH: Mapping[str, Method] = {
    "length": plain(len),
    "size": plain(len),
    "count": Method(0, 1, _count),
    "empty?": plain(lambda value: not value),
    "first": _taken("first"),
    "sort": Method(0, 0, _sorted),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "any?": _quantity("any?"),
    "all?": _quantity("all?"),
    "none?": _quantity("none?"),
    "one?": _quantity("one?"),
    "dig": Method(1, 20, _dig),
    "each_with_index": Method(0, 0, _indexed),
    "each_slice": Method(1, 1, _slices),
    "each_cons": Method(1, 1, _windows),
    "tally": Method(0, 0, _tally),
    **{name: _waiting(name) for name in ("each", "map", "collect", "select", "filter", "reject", "flat_map")},
    "minmax": Method(0, 0, lambda value, given, world: [_lowest(value, world), _highest(value, world)]),
    "to_a": Method(0, 0, lambda value, given, world: list(world.entries(value))),
    "entries": Method(0, 0, lambda value, given, world: world.entries(value)),
}
ARRAY: Mapping[str, Method] = {
    **_BOTH,
    "join": Method(0, 1, _join),
    "last": _taken("last"),
    "take": Method(1, 1, lambda items, given, world: take(items, given, "first")),
    "drop": Method(1, 1, _drop),
    "reverse": plain(lambda items: items[::-1]),
    "compact": plain(lambda items: [item for item in items if item is not None]),
    "flatten": Method(0, 1, _flatten),
    "include?": Method(1, 1, _includes),
    "member?": Method(1, 1, _includes),
    "index": Method(1, 1, _place),
    "find_index": Method(1, 1, _place),
    "uniq": Method(0, 0, _uniq),
    "sum": Method(0, 1, _sum),
    "to_h": Method(0, 0, _to_h),
    "slice": Method(1, 2, _slice),
    "at": Method(1, 1, _slice),
    "fetch": Method(1, 2, _fetch_entry),
    "with_index": Method(0, 1, _numbered),
    "values_at": Method(0, 100, lambda items, given, world: [entry(items, [index]) for index in given]),
    "zip": Method(0, 20, _zip),
    "product": Method(0, 5, _product),
    "transpose": Method(0, 0, _transpose),
    "rotate": Method(0, 1, _rotate),
    "union": _union("|"),
    "difference": _union("-"),
    "intersection": _union("&"),
}
HASH: Mapping[str, Method] = {
    **_BOTH,
    "keys": plain(list),
    "values": plain(lambda pairs: list(pairs.values())),
    "key?": _has_key(),
    "has_key?": _has_key(),
    "include?": _has_key(),
    "member?": _has_key(),
    "value?": Method(1, 1, _has_value),
    "has_value?": Method(1, 1, _has_value),
    "key": Method(1, 1, _key),
    "fetch": Method(1, 2, fetch),
    "values_at": Method(0, 100, lambda pairs, given, world: [pairs.get(key) for key in given]),
    "merge": Method(0, 20, _merge),
    "slice": _picked(keep=True),
    "except": _picked(keep=False),
    "compact": plain(lambda pairs: {key: item for key, item in pairs.items() if item is not None}),
    "invert": plain(_invert),
    "to_h": same,
    "to_hash": same,
}
