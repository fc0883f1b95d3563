"""Methods of strings, numbers and the rest: a table of those that a settings file can use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.operators import SymbolText, bounded, inspect, kind_of, to_s

# What Ruby's strip takes away; it is less than Python's.
_LEFT = " \t\n\v\f\r"
_RIGHT = _LEFT + "\0"
_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?\d+(?:_\d+)*)", re.ASCII)
_DIGITS = r"\d+(?:_\d+)*"
_FLOAT = re.compile(
    rf"[ \t\n\v\f\r]*([+-]?(?:{_DIGITS}(?:\.{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?\d+)?)", re.ASCII
)
_STRICT_INTEGER = re.compile(
    r"([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*(?:_\d+)*)", re.ASCII
)
_MOST_DIGITS = 300


@dataclass(frozen=True, slots=True)
class Method:
    """A method that can be called.

    Args:
        least: how many arguments it takes at least.
        most: and at most.
        run: gets the receiver, the arguments and the limits.
    """

    least: int
    most: int
    run: Callable[[Any, list[Any], Limits], Any]


def _texts(arguments: list[Any], name: str) -> None:
    for argument in arguments:
        if not isinstance(argument, str) or isinstance(argument, SymbolText):
            raise Refusal("wrong-type", f".{name} takes strings, not {kind_of(argument)}")


def _replacement(template: str, found: str) -> str:
    # A string pattern has no groups: \0 and \& stand for it, \1 for nothing, a doubled backslash for one.
    def one(match: re.Match[str]) -> str:
        sign = match[1]
        if sign in "0&":
            return found
        if sign == "\\":
            return "\\"
        return "" if sign.isdigit() or sign in "`'" else match[0]

    return re.sub(r"\\([0-9&\\`'])", one, template)


def _gsub(text: str, arguments: list[Any], limits: Limits, *, count: int = -1, name: str = "gsub") -> str:
    _texts(arguments, name)
    old, new = arguments
    made = _replacement(new, old)
    bounded("", len(text) + text.count(old) * max(0, len(made) - len(old)), limits)
    return text.replace(old, made, count)


def _sub(text: str, arguments: list[Any], limits: Limits) -> str:
    return _gsub(text, arguments, limits, count=1, name="sub")


def _chomp(text: str, arguments: list[Any], limits: Limits) -> str:
    _texts(arguments, "chomp")
    if arguments:
        return text.removesuffix(arguments[0])
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith(("\n", "\r")) else text


def _to_i(text: str, arguments: list[Any], limits: Limits) -> int:
    found = _INTEGER.match(text)
    if found is None:
        return 0
    if len(found[1]) > _MOST_DIGITS:
        raise Refusal("limit", f"the number has more than {_MOST_DIGITS} digits")
    return int(found[1].replace("_", ""))


def _to_f(text: str, arguments: list[Any], limits: Limits) -> float:
    found = _FLOAT.match(text)
    return float(found[1].replace("_", "")) if found else 0.0


def _round_down(number: Any, arguments: list[Any], limits: Limits) -> int:
    return int(number)


def _join(items: list[Any], arguments: list[Any], limits: Limits) -> str:
    _texts(arguments, "join")
    between = arguments[0] if arguments else ""
    texts = [_join(item, arguments, limits) if isinstance(item, list) else to_s(item) for item in items]
    bounded("", sum(map(len, texts)) + len(between) * len(texts), limits)
    return str(between).join(texts)


def _same(value: Any, arguments: list[Any], limits: Limits) -> Any:
    return value


def _plain(run: Callable[[Any], Any]) -> Method:
    return Method(0, 0, lambda value, arguments, limits: run(value))


def _ascii_or_full(name: str) -> Callable[[Any], Any]:
    return lambda text: getattr(text, name)()


_ANY: Mapping[str, Method] = {
    "to_s": _plain(to_s),
    "inspect": _plain(inspect),
    "freeze": Method(0, 0, _same),
    "dup": Method(0, 0, _same),
    "clone": Method(0, 0, _same),
    "itself": Method(0, 0, _same),
}
_STRING: Mapping[str, Method] = {
    **_ANY,
    "gsub": Method(2, 2, _gsub),
    "sub": Method(2, 2, _sub),
    "strip": _plain(lambda text: text.lstrip(_LEFT + "\0").rstrip(_RIGHT)),
    "lstrip": _plain(lambda text: text.lstrip(_LEFT + "\0")),
    "rstrip": _plain(lambda text: text.rstrip(_RIGHT)),
    "chomp": Method(0, 1, _chomp),
    "chop": _plain(lambda text: text[:-2] if text.endswith("\r\n") else text[:-1]),
    "to_i": Method(0, 0, _to_i),
    "to_f": Method(0, 0, _to_f),
    "to_str": _plain(to_s),
    "to_sym": _plain(SymbolText),
    "upcase": _plain(_ascii_or_full("upper")),
    "downcase": _plain(_ascii_or_full("lower")),
    "capitalize": _plain(_ascii_or_full("capitalize")),
    "swapcase": _plain(_ascii_or_full("swapcase")),
    "reverse": _plain(lambda text: text[::-1]),
    "length": _plain(len),
    "size": _plain(len),
}
_SYMBOL: Mapping[str, Method] = {**_ANY, "to_sym": Method(0, 0, _same)}
_NUMBER: Mapping[str, Method] = {
    **_ANY,
    "to_i": Method(0, 0, _round_down),
    "to_f": _plain(float),
    "abs": _plain(abs),
}
_NIL: Mapping[str, Method] = {
    **_ANY,
    "to_a": _plain(lambda value: []),
    "to_i": _plain(lambda value: 0),
}
_ARRAY: Mapping[str, Method] = {
    **_ANY,
    "join": Method(0, 1, _join),
    "length": _plain(len),
    "size": _plain(len),
    "first": _plain(lambda items: items[0] if items else None),
    "last": _plain(lambda items: items[-1] if items else None),
    "reverse": _plain(lambda items: items[::-1]),
    "compact": _plain(lambda items: [item for item in items if item is not None]),
    "to_a": Method(0, 0, _same),
}
_HASH: Mapping[str, Method] = {
    **_ANY,
    "length": _plain(len),
    "size": _plain(len),
    "keys": _plain(list),
    "values": _plain(lambda pairs: list(pairs.values())),
    "to_h": Method(0, 0, _same),
}

# Understood by the whole language, and not by this part of it.
_LATER = frozenset(
    [
        "each",
        "map",
        "collect",
        "select",
        "reject",
        "split",
        "start_with?",
        "end_with?",
        "empty?",
        "nil?",
        "include?",
        "key?",
        "has_key?",
        "any?",
        "all?",
        "merge",
        "match",
        "match?",
        "scan",
        "each_with_index",
        "each_pair",
        "inject",
        "reduce",
        "find",
        "sort",
        "uniq",
        "flatten",
        "to_json",
        "to_yaml",
        "fetch",
        "dig",
        "tr",
        "delete",
        "push",
        "concat",
        "to_a",
        "to_h",
        "zip",
        "times",
        "upto",
        "filter",
    ]
)


def _table(receiver: object) -> tuple[str, Mapping[str, Method]]:
    if receiver is None:
        return "nil", _NIL
    if isinstance(receiver, bool):
        return ("true" if receiver else "false"), _ANY
    if isinstance(receiver, SymbolText):
        return "Symbol", _SYMBOL
    if isinstance(receiver, str):
        return "String", _STRING
    if isinstance(receiver, int | float):
        return ("Integer" if isinstance(receiver, int) else "Float"), _NUMBER
    return ("Array", _ARRAY) if isinstance(receiver, list) else ("Hash", _HASH)


def call(receiver: object, name: str, arguments: list[Any], limits: Limits) -> Any:
    """Call a method of a value.

    Raises:
        Refusal: there is no such method, or it does not take these arguments.
    """
    kind, table = _table(receiver)
    method = table.get(name)
    if method is None:
        if name in _LATER:
            raise Refusal("not-supported-yet", f".{name} is not supported yet")
        known = ", ".join(sorted(table))
        raise Refusal("unknown-method", f"{kind}#{name} is not supported", f"supported are {known}")
    if not method.least <= len(arguments) <= method.most:
        wanted = str(method.least) if method.least == method.most else f"{method.least} to {method.most}"
        raise Refusal("wrong-arguments", f".{name} takes {wanted} arguments, not {len(arguments)}")
    return method.run(receiver, arguments, limits)


def integer(value: object) -> int:
    """Do what ``Integer(value)`` does: convert, and refuse what is no whole number.

    Raises:
        Refusal: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and not isinstance(value, SymbolText) and len(value) <= _MOST_DIGITS:
        found = _STRICT_INTEGER.fullmatch(value.strip(_LEFT))
        if found:
            digits = found[2].lower()
            base = {"0x": 16, "0b": 2}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
            plain = digits.removeprefix("0x").removeprefix("0b").replace("o", "").replace("_", "")
            return int(found[1] + plain, base)
    raise Refusal("wrong-value", f"Integer() takes a whole number, not {kind_of(value)} like this one")
