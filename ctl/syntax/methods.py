"""Methods of values: which there are, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ctl.syntax import block_methods, list_methods, number_methods, searching, text_methods
from ctl.syntax.comparing import covers, order
from ctl.syntax.kinds import Enumerator, FrozenText, Range, SymbolText, inspect, measured, to_s
from ctl.syntax.method import Block, Method, World, natural, plain, same
from ctl.syntax.mistake import Refusal
from ctl.syntax.regex import MatchData, Pattern


def _shown(show: Callable[[Any], str]) -> Method:
    return Method(0, 0, lambda value, arguments, world: show(measured(value, world.limits)))


def _between(value: Any, arguments: list[Any], world: World) -> bool:
    low, high = (order(value, bound) for bound in arguments)
    if low is None or high is None:
        raise Refusal("wrong-type", ".between? takes values of the same kind")
    return low >= 0 and high <= 0


def _frozen(value: Any, world: World) -> Any:
    if isinstance(value, list | dict):
        world.frozen[id(value)] = value
    return FrozenText(value) if type(value) is str else value


def _copy(value: Any) -> Any:
    if isinstance(value, list | dict):
        return value.copy()
    return str(value) if isinstance(value, FrozenText) else value


def _as_text(name: str) -> Method:
    return Method(0, 2, lambda value, given, world: text_methods.TABLE[name].run(str(value), given, world))


def _as_symbol(name: str) -> Method:
    return plain(lambda value: SymbolText(text_methods.TABLE[name].run(str(value), [], None)))  # type: ignore[arg-type]


_ANY: Mapping[str, Method] = {
    "to_s": _shown(to_s),
    "inspect": _shown(inspect),
    "freeze": Method(0, 0, lambda value, given, world: _frozen(value, world)),
    "dup": plain(lambda value: _copy(value)),
    "clone": plain(lambda value: _copy(value)),
    "itself": same,
    "nil?": plain(lambda value: value is None),
    "eql?": Method(1, 1, lambda value, given, world: type(value) is type(given[0]) and value == given[0]),
    "to_json": Method(0, 0, lambda value, given, world: list_methods.to_json(value, world)),
}
_STRING: Mapping[str, Method] = {**_ANY, **text_methods.TABLE, "between?": Method(2, 2, _between)}
_SYMBOL: Mapping[str, Method] = {
    **_ANY,
    "to_sym": same,
    "to_proc": same,
    **{name: _as_text(name) for name in ("length", "size", "empty?", "start_with?", "end_with?")},
    **{name: _as_symbol(name) for name in ("upcase", "downcase", "capitalize")},
}
_NUMBER: Mapping[str, Method] = {**_ANY, **number_methods.TABLE, "between?": Method(2, 2, _between)}
_NIL: Mapping[str, Method] = {
    **_ANY,
    "to_a": plain(lambda value: []),
    "to_h": plain(lambda value: {}),
    "to_i": plain(lambda value: 0),
    "to_f": plain(lambda value: 0.0),
}
_RANGE: Mapping[str, Method] = {
    **_ANY,
    "to_a": Method(0, 0, lambda value, given, world: world.entries(value)),
    "first": Method(0, 1, lambda value, given, world: _first(value, given, world)),
    "begin": plain(lambda value: value.first),
    "min": Method(0, 0, lambda value, given, world: min(world.entries(value), default=None)),
    "end": plain(lambda value: value.last),
    "last": Method(0, 1, lambda value, given, world: _last(value, given, world)),
    "max": Method(0, 0, lambda value, given, world: max(world.entries(value), default=None)),
    "size": Method(0, 0, lambda value, given, world: len(world.entries(value))),
    "count": Method(0, 0, lambda value, given, world: len(world.entries(value))),
    "sum": Method(0, 0, lambda value, given, world: sum(world.entries(value))),
    "step": Method(1, 1, lambda value, given, world: _stepped(value, given, world)),
    "exclude_end?": plain(lambda value: value.exclusive),
    **{
        name: Method(1, 1, lambda value, given, world: covers(value, given[0]))
        for name in ("include?", "member?", "cover?", "===")
    },
}
_MATCH: Mapping[str, Method] = {
    **_ANY,
    "to_a": plain(lambda match: [match.group(0), *match.groups()]),
    "captures": plain(lambda match: match.groups()),
    "pre_match": plain(lambda match: match.text[: match.start]),
    "post_match": plain(lambda match: match.text[match.end :]),
}
_PATTERN: Mapping[str, Method] = {
    **_ANY,
    "match": Method(1, 1, lambda value, given, world: searching.match(given[0], value, world)),
    "match?": Method(1, 1, lambda value, given, world: searching.found_in(given[0], value)),
    "===": Method(1, 1, lambda value, given, world: searching.found_in(given[0], value)),
    "source": plain(lambda value: value.source),
}


def _first(value: Range, given: list[Any], world: World) -> Any:
    if value.first is None:
        raise Refusal("wrong-value", "a range without begin has no first member")
    return world.entries(value)[: natural(given[0], "first")] if given else value.first


def _stepped(value: Range, given: list[Any], world: World) -> list[Any]:
    step = natural(given[0], "step")
    if not step:
        raise Refusal("wrong-value", ".step takes no 0")
    return Enumerator(world.entries(value)[::step], "each")


def _last(value: Range, given: list[Any], world: World) -> Any:
    if value.last is None:
        raise Refusal("wrong-value", "a range without end has no last member")
    count = natural(given[0], "last") if given else 0
    return (world.entries(value)[-count:] if count else []) if given else value.last


_TABLES: list[tuple[type | tuple[type, ...], str, Mapping[str, Method]]] = [
    (SymbolText, "Symbol", _SYMBOL),
    (str, "String", _STRING),
    (int, "Integer", _NUMBER),
    (float, "Float", _NUMBER),
    (list, "Array", {**_ANY, **list_methods.ARRAY}),
    (dict, "Hash", {**_ANY, **list_methods.HASH}),
    (Range, "Range", _RANGE),
    (MatchData, "MatchData", _MATCH),
    (Pattern, "Regexp", _PATTERN),
]
_CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Numeric": (int, float),
    "Array": list,
    "Hash": dict,
    "Range": Range,
    "Regexp": Pattern,
}


def table_of(receiver: object) -> tuple[str, Mapping[str, Method]]:
    """Give the name of a value's class and its methods."""
    if receiver is None:
        return "nil", _NIL
    if isinstance(receiver, bool):
        return ("true" if receiver else "false"), _ANY
    return next((name, table) for kind, name, table in _TABLES if isinstance(receiver, kind))


def belongs(value: Any, class_name: str) -> bool | None:
    """Tell whether a value is of a class; None for a class that is not known."""
    if class_name in ("NilClass", "TrueClass", "FalseClass"):
        return value is {"NilClass": None, "TrueClass": True, "FalseClass": False}[class_name]
    if class_name == "Symbol":
        return isinstance(value, SymbolText)
    kind = _CLASSES.get(class_name)
    if kind is None:
        return None
    return isinstance(value, kind) and not isinstance(value, bool | SymbolText)


_ARRAYS_ALONE = frozenset(
    """
    join last index flatten fetch values_at slice at dig empty? length reverse union difference intersection
    compact size to_json inspect to_s eql?
    """.split()  # noqa: SIM905 - as a list it would take a line a word
)


def call(receiver: Any, name: str, arguments: list[Any], world: World, block: Block | None = None) -> Any:
    """Call a method of a value.

    Args:
        receiver: the value.
        name: of the method.
        arguments: what it is called with.
        world: limits, and the last match.
        block: what stands in ``{ }`` or ``do end``.

    Raises:
        Refusal: there is no such method, or it does not take these arguments.
    """
    kind, table = table_of(receiver)
    if isinstance(receiver, Enumerator) and name in _ARRAYS_ALONE:
        raise Refusal("unknown-method", f"Enumerator#{name} is not supported", "write .to_a before it")
    method = block_methods.find(receiver, name) if block else None
    if method is not None and block is not None:
        _count(method.least, method.most, name, arguments)
        return _run(lambda: method.run(receiver, arguments, block, world), name)
    plain_method = table.get(name) or _unknown(receiver, kind, table, name)
    if block is not None:
        raise Refusal("wrong-arguments", f".{name} takes no block here")
    _count(plain_method.least, plain_method.most, name, arguments)
    return _run(lambda: plain_method.run(receiver, arguments, world), name)


def _run(run: Callable[[], Any], name: str) -> Any:
    # Every method would have to look at the kinds of its arguments; Python does it as well.
    try:
        return run()
    except TypeError:
        raise Refusal("wrong-type", f".{name} does not take values of this kind") from None


def _unknown(receiver: Any, kind: str, table: Mapping[str, Method], name: str) -> NoReturn:
    with_block = block_methods.names(receiver)
    if name in with_block:
        raise Refusal("wrong-arguments", f".{name} needs a block", f"write .{name} {{ |x| ... }}")
    if kind == "nil":
        raise Refusal(
            "unknown-method", f"this is nil, which has no {name}", "write &. or give a default with ||"
        )
    known = ", ".join(sorted({*table, *with_block}))
    raise Refusal("unknown-method", f"{kind}#{name} is not supported", f"supported are {known}")


def _count(least: int, most: int, name: str, arguments: list[Any]) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise Refusal("wrong-arguments", f".{name} takes {wanted} arguments, not {len(arguments)}")
