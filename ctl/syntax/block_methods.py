"""Methods that take a block: ``each``, ``map`` and their like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cmp_to_key
from itertools import count
from typing import Any

from msgspec import Struct

from ctl.syntax.comparing import sort_key, truthy
from ctl.syntax.kinds import Enumerator, Range, SymbolText, kind_of
from ctl.syntax.list_methods import fetch, key_of
from ctl.syntax.method import Block, World, texts, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.operators import apply, identity
from ctl.syntax.searching import substituted
from ctl.syntax.text_methods import lines

Run = Callable[[Any, list[Any], Block, World], Any]


class BlockMethod(Struct, frozen=True):
    """A method that is called with a block; see `ctl.syntax.method.Method`."""

    least: int
    most: int
    run: Run


def _each(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    if isinstance(receiver, list):
        # It may grow meanwhile, up to the limit of rounds.
        at = 0
        while at < len(receiver):
            block(receiver[at])
            at += 1
        return receiver
    if isinstance(receiver, dict):
        size = len(receiver)
        for key in list(receiver):
            if key in receiver:
                block([key, receiver[key]])
            if len(receiver) > size:
                raise Refusal("wrong-value", "a hash cannot get new keys while it is walked")
        return receiver
    for item in world.entries(receiver):
        block(item)
    return receiver


def _each_indexed(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    for at, item in enumerate(list(world.entries(receiver))):
        block(item, at)
    return receiver


def _each_part(part: int) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
        for pair in world.entries(receiver):
            block(pair[part])
        return receiver

    return run


def _each_slice(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    size = whole(arguments[0], "each_slice")
    if size < 1:
        raise Refusal("wrong-value", ".each_slice takes a number from 1 on")
    entries = list(world.entries(receiver))
    for at in range(0, len(entries), size):
        block(entries[at : at + size])
    return receiver


def _each_with(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    for item in list(world.entries(receiver)):
        block(item, arguments[0])
    return arguments[0]


def _reverse_each(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    for item in reversed(world.entries(receiver)):
        block(item)
    return receiver


def _map(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    return [block(item) for item in list(world.entries(receiver))]


def _flat_map(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    made: list[Any] = []
    for item in list(world.entries(receiver)):
        value = block(item)
        made += value if isinstance(value, list) else [value]
    return made


def _filter_map(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    return [value for item in list(world.entries(receiver)) if truthy(value := block(item))]


def _kept(keep: bool) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
        if isinstance(receiver, dict):
            return {key: item for key, item in list(receiver.items()) if truthy(block(key, item)) == keep}
        return [item for item in list(world.entries(receiver)) if truthy(block(item)) == keep]

    return run


def _find(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    return next((item for item in list(world.entries(receiver)) if truthy(block(item))), None)


def _find_index(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    return next((at for at, item in enumerate(list(world.entries(receiver))) if truthy(block(item))), None)


def _quantity(name: str) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> bool:
        results = (truthy(block(item)) for item in list(world.entries(receiver)))
        if name == "any?":
            return any(results)
        if name == "all?":
            return all(results)
        return not any(results) if name == "none?" else sum(results) == 1

    return run


def _count(receiver: Any, arguments: list[Any], block: Block, world: World) -> int:
    return sum(truthy(block(item)) for item in list(world.entries(receiver)))


def _sum(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    total = arguments[0] if arguments else 0
    for item in list(world.entries(receiver)):
        total = apply("+", total, block(item), world.limits)
    return total


def _reduce(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    entries = list(world.entries(receiver))
    if not arguments:
        if not entries:
            return None
        total, entries = entries[0], entries[1:]
    else:
        total = arguments[0]
    for item in entries:
        total = block(total, item)
    return total


def _by(receiver: Any, block: Block, world: World) -> list[Any]:
    decorated = [(block(item), item) for item in list(world.entries(receiver))]
    key = sort_key(world.limits)
    return [item for _, item in sorted(decorated, key=lambda pair: key(pair[0]))]


def _sort_by(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    return _by(receiver, block, world)


def _extreme_by(name: str) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
        key = sort_key(world.limits)
        decorated = [(key(block(item)), item) for item in list(world.entries(receiver))]
        if not decorated:
            return None
        pick = min if name == "min_by" else max
        return pick(decorated, key=lambda pair: pair[0])[1]

    return run


def _group_by(receiver: Any, arguments: list[Any], block: Block, world: World) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for item in list(world.entries(receiver)):
        made.setdefault(key_of(block(item)), []).append(item)
    return made


def _partition(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    parts: tuple[list[Any], list[Any]] = ([], [])
    for item in list(world.entries(receiver)):
        parts[not truthy(block(item))].append(item)
    return list(parts)


def _while(taking: bool) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
        entries = list(world.entries(receiver))
        at = next((at for at, item in enumerate(entries) if not truthy(block(item))), len(entries))
        return entries[:at] if taking else entries[at:]

    return run


def _to_h(receiver: Any, arguments: list[Any], block: Block, world: World) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for item in list(world.entries(receiver)):
        pair = block(item)
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refusal("wrong-type", f"the block of .to_h must give pairs, not {kind_of(pair)}")
        made[key_of(pair[0])] = pair[1]
    return made


def _uniq(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    kept: dict[object, Any] = {}
    for item in list(world.entries(receiver)):
        kept.setdefault(identity(block(item), world.limits), item)
    return list(kept.values())


def _values(receiver: Any, arguments: list[Any], block: Block, world: World) -> dict[Any, Any]:
    return {key: block(item) for key, item in list(receiver.items())}


def _keys(receiver: Any, arguments: list[Any], block: Block, world: World) -> dict[Any, Any]:
    return {key_of(block(key)): item for key, item in list(receiver.items())}


def _merge(receiver: Any, arguments: list[Any], block: Block, world: World) -> dict[Any, Any]:
    made = dict(receiver)
    for argument in arguments:
        if not isinstance(argument, dict):
            raise Refusal("wrong-type", f".merge takes hashes, not {kind_of(argument)}")
        for key, item in argument.items():
            made[key] = block(key, made[key], item) if key in made else item
    return made


def _fetch(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    return fetch(receiver, arguments, world) if arguments[0] in receiver else block(arguments[0])


def _with_index(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    if not isinstance(receiver, Enumerator):
        raise Refusal("unknown-method", "with_index stands behind .map, .each and their like")
    numbers = count(whole(arguments[0], "with_index") if arguments else 0)
    method = _WALKED[receiver.method]
    return method.run(list(receiver), [], lambda item: block(item, next(numbers)), world)


def _sort(receiver: Any, arguments: list[Any], block: Block, world: World) -> list[Any]:
    def compared(left: Any, right: Any) -> int:
        order = block(left, right)
        if not isinstance(order, int) or isinstance(order, bool):
            raise Refusal("wrong-type", f"the block of .sort must give a number, not {kind_of(order)}")
        return order

    return sorted(world.entries(receiver), key=cmp_to_key(compared))


def _times(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
    for number in range(receiver):
        block(number)
    return receiver


def _until(step: int) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
        for number in range(receiver, whole(arguments[0], "upto") + step, step):
            block(number)
        return receiver

    return run


def _each_text(split: Callable[[str], list[str]]) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> Any:
        for piece in split(receiver):
            block(piece)
        return receiver

    return run


def _substitute(once: bool) -> Run:
    def run(receiver: Any, arguments: list[Any], block: Block, world: World) -> str:
        def made(match: Any) -> str:
            world.last = match
            value = block(match.group(0))
            texts([value], "gsub")
            return str(value)

        return substituted(receiver, arguments[0], made, world, once=once)

    return run


_WALKED: Mapping[str, BlockMethod] = {
    "each": BlockMethod(0, 0, _each),
    "each_entry": BlockMethod(0, 0, _each),
    "each_with_index": BlockMethod(0, 0, _each_indexed),
    "each_slice": BlockMethod(1, 1, _each_slice),
    "each_with_object": BlockMethod(1, 1, _each_with),
    "reverse_each": BlockMethod(0, 0, _reverse_each),
    "map": BlockMethod(0, 0, _map),
    "collect": BlockMethod(0, 0, _map),
    "flat_map": BlockMethod(0, 0, _flat_map),
    "filter_map": BlockMethod(0, 0, _filter_map),
    "select": BlockMethod(0, 0, _kept(keep=True)),
    "filter": BlockMethod(0, 0, _kept(keep=True)),
    "reject": BlockMethod(0, 0, _kept(keep=False)),
    "find": BlockMethod(0, 0, _find),
    "detect": BlockMethod(0, 0, _find),
    "find_index": BlockMethod(0, 0, _find_index),
    "any?": BlockMethod(0, 0, _quantity("any?")),
    "all?": BlockMethod(0, 0, _quantity("all?")),
    "none?": BlockMethod(0, 0, _quantity("none?")),
    "one?": BlockMethod(0, 0, _quantity("one?")),
    "count": BlockMethod(0, 0, _count),
    "sum": BlockMethod(0, 1, _sum),
    "reduce": BlockMethod(0, 1, _reduce),
    "inject": BlockMethod(0, 1, _reduce),
    "sort_by": BlockMethod(0, 0, _sort_by),
    "min_by": BlockMethod(0, 0, _extreme_by("min_by")),
    "max_by": BlockMethod(0, 0, _extreme_by("max_by")),
    "group_by": BlockMethod(0, 0, _group_by),
    "partition": BlockMethod(0, 0, _partition),
    "take_while": BlockMethod(0, 0, _while(taking=True)),
    "drop_while": BlockMethod(0, 0, _while(taking=False)),
    "to_h": BlockMethod(0, 0, _to_h),
    "uniq": BlockMethod(0, 0, _uniq),
    "sort": BlockMethod(0, 0, _sort),
    "with_index": BlockMethod(0, 1, _with_index),
    "each_index": BlockMethod(0, 0, lambda value, given, block, world: _times(len(value), [], block, world)),
}
_ARRAY = {**_WALKED, "index": BlockMethod(0, 0, _find_index)}
_HASH = {
    **_WALKED,
    "each_pair": BlockMethod(0, 0, _each),
    "each_key": BlockMethod(0, 0, _each_part(0)),
    "each_value": BlockMethod(0, 0, _each_part(1)),
    "transform_values": BlockMethod(0, 0, _values),
    "transform_keys": BlockMethod(0, 0, _keys),
    "merge": BlockMethod(1, 20, _merge),
    "fetch": BlockMethod(1, 1, _fetch),
}
_STRING = {
    "each_line": BlockMethod(0, 0, _each_text(lines)),
    "each_char": BlockMethod(0, 0, _each_text(list)),
    "gsub": BlockMethod(1, 1, _substitute(once=False)),
    "sub": BlockMethod(1, 1, _substitute(once=True)),
}
_INTEGER = {
    "times": BlockMethod(0, 0, _times),
    "upto": BlockMethod(1, 1, _until(1)),
    "downto": BlockMethod(1, 1, _until(-1)),
}


def _table(receiver: Any) -> Mapping[str, BlockMethod]:
    if isinstance(receiver, list):
        return _ARRAY
    if isinstance(receiver, dict):
        return _HASH
    if isinstance(receiver, Range):
        return _WALKED
    if isinstance(receiver, str) and not isinstance(receiver, SymbolText):
        return _STRING
    return _INTEGER if isinstance(receiver, int) and not isinstance(receiver, bool) else {}


def find(receiver: Any, name: str) -> BlockMethod | None:
    """Find the method of a value that takes a block."""
    return _table(receiver).get(name)


def names(receiver: Any) -> set[str]:
    """List the methods of a value that take a block."""
    return set(_table(receiver))
