"""Operators on values, as in Ruby."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ctl.syntax.kinds import SymbolText, kind_of, measured
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.regex import Pattern


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
_BITS: dict[str, Callable[[int, int], int]] = {
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
}


def _shifted(sign: str, left: int, right: int, limits: Limits) -> int:
    places = right if sign == "<<" else -right
    if places > limits.integer_bits:
        raise Refusal("limit", f"the result has more than {limits.integer_bits} bits")
    return int(_check(left << places if places >= 0 else left >> min(-places, 10_000), limits))


def _lists(sign: str, left: list[Any], right: Any, limits: Limits) -> Any:
    """Apply an operator to an array; None where it is none of an array's."""
    if sign == "*" and isinstance(right, int) and not isinstance(right, bool) and right >= 0:
        if max(1, len(left)) * right > limits.parts:
            raise Refusal("limit", f"the array would have more than {limits.parts} entries")
        return left * right
    if not isinstance(right, list) or sign not in ("+", "-", "&", "|"):
        return None
    if len(left) + len(right) > limits.parts:
        raise Refusal("limit", f"the array would have more than {limits.parts} entries")
    if sign == "+":
        return left + right
    there = {identity(item, limits) for item in right}
    if sign == "-":
        return [item for item in left if identity(item, limits) not in there]
    if sign == "&":
        return unique([item for item in left if identity(item, limits) in there], limits)
    return unique(left + right, limits)


def identity(value: Any, limits: Limits) -> object:
    """Make something that is equal for values that are the same key to Ruby: 1 and 1.0 are two."""
    if isinstance(value, list):
        measured(value, limits)
        return ("array", *(identity(item, limits) for item in value))
    if isinstance(value, dict):
        measured(value, limits)
        pairs = ((identity(key, limits), identity(item, limits)) for key, item in value.items())
        return ("hash", frozenset(pairs))
    return (type(value), value if not isinstance(value, Pattern) else (value.source, value.flags))


def unique(items: list[Any], limits: Limits) -> list[Any]:
    """Keep the first of those that are the same."""
    kept: dict[object, Any] = {}
    for item in items:
        kept.setdefault(identity(item, limits), item)
    return list(kept.values())


def apply(sign: str, left: Any, right: Any, limits: Limits) -> Any:
    """Apply an operator that is not a comparison and does not decide.

    Raises:
        Refusal: the two values do not go together, or the result is too large.
    """
    if _is_number(left) and _is_number(right):
        if sign in _BITS or sign in ("<<", ">>"):
            if not isinstance(left, int) or not isinstance(right, int):
                raise Refusal("wrong-type", f"{sign} cannot stand between fractions")
            return _BITS[sign](left, right) if sign in _BITS else _shifted(sign, left, right, limits)
        return _arithmetic(sign, left, right, limits)
    if isinstance(left, str) and not isinstance(left, SymbolText):
        if sign == "+" and isinstance(right, str) and not isinstance(right, SymbolText):
            return bounded(left, len(right), limits) + right
        if sign == "*" and isinstance(right, int) and not isinstance(right, bool) and right >= 0:
            bounded("", max(1, len(left)) * right, limits)
            return left * right
        if sign == "+":
            raise Refusal(
                "wrong-type",
                f"+ joins a string with a string, not with {kind_of(right)}",
                "write .to_s behind it",
            )
        if sign == "%":
            from ctl.syntax.formatting import format_text  # seldom needed

            return format_text(left, right if isinstance(right, list) else [right], limits)
    if isinstance(left, list):
        result = _lists(sign, left, right, limits)
        if result is not None:
            return result
    if (left is None or isinstance(left, bool)) and sign in ("&", "|", "^"):
        other, left = right is not None and right is not False, bool(left)
        return left and other if sign == "&" else left or other if sign == "|" else left is not other
    raise Refusal("wrong-type", f"{sign} cannot stand between {kind_of(left)} and {kind_of(right)}")


def bounded(text: str, more: int, limits: Limits) -> str:
    """Return a text that is about to grow.

    Raises:
        Refusal: it would be longer than a string may be.
    """
    if len(text) + more > limits.string:
        raise Refusal("limit", f"the string would be longer than {limits.string} characters")
    return text
