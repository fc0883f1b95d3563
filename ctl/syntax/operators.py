"""Operators on values, and how values look as text; both as in Ruby."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits


class SymbolText(str):
    """A symbol while the file is evaluated; in the values it is a string."""

    __slots__ = ()


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


def inspect(value: object) -> str:
    """Write a value as Ruby shows it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SymbolText):
        return f":{value}" if value.isidentifier() else f":{_quoted(value)}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(inspect(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inspect(key)}=>{inspect(item)}" for key, item in value.items()) + "}"
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(value: int | float, limits: Limits) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise Refusal("wrong-value", "the result is not a finite number")
    if isinstance(value, int) and value.bit_length() > limits.integer_bits:
        raise Refusal("limit", f"the result has more than {limits.integer_bits} bits")
    return value


def _power(left: int | float, right: int | float, limits: Limits) -> int | float:
    if isinstance(left, int) and isinstance(right, int):
        if right < 0:
            raise Refusal(
                "wrong-value", "a whole number to a negative power is a fraction", "write 2.0 ** -1"
            )
        if left.bit_length() * right > limits.integer_bits + 64 and abs(left) > 1:
            raise Refusal("limit", f"the result has more than {limits.integer_bits} bits")
    result = left**right
    if isinstance(result, complex):
        raise Refusal("wrong-value", "the result is not a real number")
    return result


def _arithmetic(sign: str, left: Any, right: Any, limits: Limits) -> int | float:
    try:
        if sign == "**":
            return _check(_power(left, right, limits), limits)
        if sign == "/" and isinstance(left, int) and isinstance(right, int):
            return _check(left // right, limits)
        return _check(_NUMBERS[sign](left, right), limits)
    except ZeroDivisionError:
        raise Refusal("wrong-value", "this divides by zero") from None
    except OverflowError:
        raise Refusal("wrong-value", "the result is too large") from None


_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
}
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "**"})


def apply(sign: str, left: Any, right: Any, limits: Limits) -> Any:
    """Apply an arithmetic operator.

    Raises:
        Refusal: the two values do not go together, or the result is too large.
    """
    if _is_number(left) and _is_number(right):
        return _arithmetic(sign, left, right, limits)
    if isinstance(left, str) and not isinstance(left, SymbolText):
        if sign == "+" and isinstance(right, str) and not isinstance(right, SymbolText):
            return bounded(left, len(right), limits) + right
        if sign == "*" and isinstance(right, int) and not isinstance(right, bool) and right >= 0:
            bounded("", len(left) * right, limits)
            return left * right
        if sign == "+":
            raise Refusal(
                "wrong-type",
                f"+ joins a string with a string, not with {kind_of(right)}",
                "write .to_s behind it",
            )
        if sign == "%":
            raise Refusal("not-supported-yet", "% on a string is not supported yet", 'write "#{...}"')
    if isinstance(left, list):
        if sign == "+" and isinstance(right, list):
            return left + right
        if sign == "-" and isinstance(right, list):
            return [
                item
                for item in left
                if not any(type(item) is type(other) and item == other for other in right)
            ]
    raise Refusal("wrong-type", f"{sign} cannot stand between {kind_of(left)} and {kind_of(right)}")


def bounded(text: str, more: int, limits: Limits) -> str:
    """Return a text that is about to grow.

    Raises:
        Refusal: it would be longer than a string may be.
    """
    if len(text) + more > limits.string:
        raise Refusal("limit", f"the string would be longer than {limits.string} characters")
    return text
