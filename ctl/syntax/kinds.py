"""The kinds of values while a file is evaluated, and how they look as text; both as in Ruby."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct

from ctl.regex import compile_late
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.regex import MatchData, Pattern


class SymbolText(str):
    """A symbol while the file is evaluated; in the values it is a string. It equals no string."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymbolText) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return ~str.__hash__(self)


class FrozenText(str):
    """A string behind ``.freeze``, to which nothing can be appended; in the values it is a string."""

    __slots__ = ()


class Enumerator(list[Any]):
    """What ``map`` and its like give without a block: the entries, until ``with_index`` says what to do.

    Args:
        entries: the entries.
        method: the method that is still to be run.
    """

    def __init__(self, entries: list[Any], method: str) -> None:
        super().__init__(entries)
        self.method = method


class Range(Struct, frozen=True):
    """``first..last``, or ``first...last`` without its end; None is no bound."""

    first: Any
    last: Any
    exclusive: bool


def kind_of(value: object) -> str:
    """Name the type of a value for a message: ``a string``."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SymbolText):
        return "a symbol"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, Range):
        return "a range"
    if isinstance(value, Pattern):
        return "a regular expression"
    if isinstance(value, MatchData):
        return "a match"
    return "an array" if isinstance(value, list) else "a hash"


# Where Ruby changes to powers of ten; Python does so ten times later.
_FIRST_WITH_EXPONENT = 1e15


def _float_text(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if "e" not in text and abs(value) >= _FIRST_WITH_EXPONENT:
        digits = text.removesuffix(".0").lstrip("-")
        fraction = digits[1:].rstrip("0") or "0"
        return f"{'-' if value < 0 else ''}{digits[0]}.{fraction}e+{len(digits) - 1}"
    if "e" not in text:
        return text if "n" not in text else "NaN"
    mantissa, exponent = text.split("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


def to_s(value: object) -> str:
    """Turn a value into text as ``#{}`` does."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, MatchData):
        return value.group(0) or ""
    if isinstance(value, Range):
        between = "..." if value.exclusive else ".."
        return f"{to_s(value.first)}{between}{to_s(value.last)}"
    if isinstance(value, Pattern):
        raise Refusal("not-supported", "a regular expression cannot become text")
    return "" if value is None else inspect(value)


_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x1b": "\\e",
    "\a": "\\a",
    "\b": "\\b",
    "\v": "\\v",
    "\f": "\\f",
}


def _quoted(text: str) -> str:
    made = []
    for index, character in enumerate(text):
        if character == "#" and text[index + 1 : index + 2] in ("{", "$", "@"):
            made.append("\\#")
        elif character in _ESCAPES:
            made.append(_ESCAPES[character])
        elif character.isprintable():
            made.append(character)
        else:
            point = ord(character)
            made.append(f"\\u{point:04X}" if point < 0x10000 else f"\\u{{{point:X}}}")
    return '"' + "".join(made) + '"'


_PLAIN_SYMBOL = compile_late(r"[^\W\d]\w*[?!=]?")


def inspect(value: object) -> str:
    """Write a value as Ruby shows it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SymbolText):
        return f":{value}" if _PLAIN_SYMBOL.fullmatch(value) else f":{_quoted(value)}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(inspect(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inspect(key)}=>{inspect(item)}" for key, item in value.items()) + "}"
    if isinstance(value, MatchData | Pattern):
        raise Refusal("not-supported", f"{kind_of(value)} cannot become text")
    if isinstance(value, Range):
        between = "..." if value.exclusive else ".."
        ends = ["" if end is None else inspect(end) for end in (value.first, value.last)]
        return f"{ends[0]}{between}{ends[1]}"
    return str(value)


def measured(value: Any, limits: Limits) -> Any:
    """Return a value that is about to be walked as a whole.

    Raises:
        Refusal: it has too many parts, is nested too deeply, or contains itself.
    """
    if not isinstance(value, list | dict):
        return value
    level: list[Any] = [value]
    count = 0
    for _ in range(limits.nesting):
        inner: list[Any] = []
        for container in level:
            items: Any = container.values() if isinstance(container, dict) else container
            count += len(items)
            if count > limits.parts:
                raise Refusal("limit", f"the value has more than {limits.parts} parts")
            inner += [item for item in items if isinstance(item, list | dict)]
        if not inner:
            return value
        level = inner
    raise Refusal("limit", f"values are nested deeper than {limits.nesting}")


def holds(pairs: dict[Any, Any], key: Any) -> bool:
    """Tell whether a hash has a key; to Ruby 1, 1.0 and true are three of them."""
    if not isinstance(key, str | int | float | None) or key not in pairs:
        return False
    return key is None or isinstance(key, str) or any(type(own) is type(key) and own == key for own in pairs)
