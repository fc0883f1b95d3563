"""When values are equal, and which comes first; as in Ruby."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from ctl.syntax.kinds import Range, SymbolText, kind_of, measured
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.regex import Pattern

ORDERING = frozenset({"<", "<=", ">", ">="})
EQUALITY = frozenset({"==", "!=", "==="})


def truthy(value: Any) -> bool:
    """Tell whether a value counts as true: all but nil and false do, also 0, '' and {}."""
    return value is not None and value is not False


def equal(left: Any, right: Any, limits: Limits) -> bool:
    """Tell whether two values are equal: 1 and 1.0 are, 'a' and :a are not, 1 and true neither."""
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        measured(left, limits)
        measured(right, limits)
    return _equal(left, right)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return bool(left == right)


def order(left: Any, right: Any) -> int | None:
    """Do what ``<=>`` does: -1, 0 or 1; None where the two cannot be compared."""
    if _number(left) and _number(right):
        return int(left > right) - int(left < right)
    if isinstance(left, str) and isinstance(right, str):
        if isinstance(left, SymbolText) != isinstance(right, SymbolText):
            return None
        first, second = str(left), str(right)
        return (first > second) - (first < second)
    if isinstance(left, list) and isinstance(right, list):
        for item, other in zip(left, right, strict=False):
            result = order(item, other)
            if result != 0:
                return result
        return (len(left) > len(right)) - (len(left) < len(right))
    return 0 if _equal(left, right) else None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def compare(sign: str, left: Any, right: Any, limits: Limits) -> bool:
    """Apply a comparison.

    Raises:
        Refusal: the two values have no order.
    """
    if sign == "===":
        return matches(left, right, limits)
    if sign in EQUALITY:
        return equal(left, right, limits) == (sign == "==")
    comparable = (_number(left) and _number(right)) or (
        isinstance(left, str) and isinstance(right, str) and type(left) is type(right)
    )
    if not comparable:
        raise Refusal("wrong-type", f"{sign} cannot compare {kind_of(left)} with {kind_of(right)}")
    result = order(left, right) or 0
    return {"<": result < 0, "<=": result <= 0, ">": result > 0, ">=": result >= 0}[sign]


def matches(pattern: Any, value: Any, limits: Limits) -> bool:
    """Tell whether a value is what a ``when`` names."""
    if isinstance(pattern, Pattern):
        return isinstance(value, str) and pattern.search(str(value)) is not None
    if isinstance(pattern, Range):
        return covers(pattern, value)
    return equal(pattern, value, limits)


def covers(range_: Range, value: Any) -> bool:
    """Tell whether a value lies in a range."""
    low = -1 if range_.first is None else order(range_.first, value)
    high = -1 if range_.last is None else order(value, range_.last)
    if low is None or high is None:
        return False
    return low <= 0 and (high < 0 or (high == 0 and not range_.exclusive))


def sort_key(limits: Limits) -> Any:
    """Give the key by which values are sorted.

    Raises:
        Refusal: by the key, when two values cannot be compared.
    """

    def compared(left: Any, right: Any) -> int:
        result = order(measured(left, limits), measured(right, limits))
        if result is None:
            raise Refusal("wrong-type", f"{kind_of(left)} cannot be compared with {kind_of(right)}")
        return result

    return cmp_to_key(compared)
