"""Methods of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ctl.syntax.kinds import Enumerator, kind_of, to_s
from ctl.syntax.method import Method, World, plain, same, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.operators import apply

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_PLACES = 300


def _integer(value: Any) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise Refusal("wrong-value", "this number is not finite")
    return int(value)


def _to_s(value: Any, arguments: list[Any], world: World) -> str:
    if not arguments:
        return to_s(value)
    base = whole(arguments[0], "to_s")
    if not isinstance(value, int) or not 2 <= base <= 36:
        raise Refusal("wrong-value", ".to_s takes a base from 2 to 36, and a whole number before it")
    rest, made = abs(value), ""
    while rest or not made:
        rest, digit = divmod(rest, base)
        made = _DIGITS[digit] + made
    return "-" + made if value < 0 else made


def _rounded(value: Any, arguments: list[Any], name: str) -> Any:
    places = whole(arguments[0], name) if arguments else 0
    if abs(places) > _MOST_PLACES:
        raise Refusal("limit", f".{name} takes at most {_MOST_PLACES} places")
    _integer(value)
    from fractions import Fraction  # takes its time to import, and is seldom needed

    if isinstance(value, int) and places >= 0:
        return value
    if isinstance(value, float) and places >= 15:
        return value
    if isinstance(value, float) and places > 0 and name != "round":
        return _cut(value, places, name)
    scaled = Fraction(value) * Fraction(10) ** places
    if name == "round":
        # Halves go away from zero, and a float is what its shortest digits say.
        scaled = Fraction(str(value)) * Fraction(10) ** places if isinstance(value, float) else scaled
        units = math.floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled >= 0 else -1)
    else:
        units = math.floor(scaled) if name == "floor" else math.ceil(scaled)
    result = Fraction(units) / Fraction(10) ** places
    return float(result) if places > 0 else int(result)


def _cut(value: float, places: int, name: str) -> float:
    """Round down or up at a place; a float that already ends there stays, as it is what its digits say."""
    scale = 10.0**places
    step = 1 if name == "floor" else -1
    whole_part = math.floor(value * scale) if step > 0 else math.ceil(value * scale)
    further = (whole_part + step) / scale
    beyond = further > value if step > 0 else further < value
    return whole_part / scale if beyond else further


def _rounding(name: str) -> Method:
    return Method(0, 1, lambda value, arguments, world: _rounded(value, arguments, name))


def _only_integer(value: Any, arguments: list[Any], world: World) -> int:
    if not isinstance(value, int):
        raise Refusal("unknown-method", "a fraction has no such method")
    return value


def _number(value: Any) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refusal("wrong-type", f"a number is expected, not {kind_of(value)}")
    return value


def _divided(value: Any, arguments: list[Any], world: World) -> float:
    try:
        return float(value / _number(arguments[0]))
    except (ZeroDivisionError, OverflowError):
        raise Refusal("wrong-value", "this divides by zero, or is too large") from None


def _parity(odd: int) -> Method:
    return Method(0, 0, lambda value, arguments, world: _only_integer(value, arguments, world) % 2 == odd)


def _clamp(value: Any, arguments: list[Any], world: World) -> Any:
    low, high = map(_number, arguments)
    if low > high:
        raise Refusal("wrong-value", ".clamp takes the smaller bound first")
    return min(max(value, low), high)


def _divmod(value: Any, arguments: list[Any], world: World) -> list[Any]:
    other = _number(arguments[0])
    if not isinstance(value, int) or not isinstance(other, int):
        raise Refusal("not-supported", ".divmod of a fraction is not supported")
    if not other:
        raise Refusal("wrong-value", "this divides by zero")
    return list(divmod(value, other))


def _power(value: Any, arguments: list[Any], world: World) -> Any:
    return apply("**", _only_integer(value, [], world), _number(arguments[0]), world.limits)


def _step(by: int) -> Method:
    return Method(0, 0, lambda value, arguments, world: _only_integer(value, arguments, world) + by)


def _numbers(step: int, name: str) -> Method:
    def run(value: Any, arguments: list[Any], world: World) -> list[int]:
        begin = whole(_only_integer(value, [], world), name)
        end = whole(arguments[0], name) if arguments else begin - 1
        numbers = range(begin, end + step, step) if arguments else range(begin)
        if len(numbers) > world.limits.parts:
            raise Refusal("limit", f"these are more than {world.limits.parts} numbers")
        return Enumerator(list(numbers), "each")

    return Method(0 if name == "times" else 1, 0 if name == "times" else 1, run)


def _stepped(value: Any, arguments: list[Any], world: World) -> list[int]:
    begin, (end, step) = (
        whole(_only_integer(value, [], world), "step"),
        (whole(argument, "step") for argument in arguments),
    )
    if step == 0:
        raise Refusal("wrong-value", ".step takes no 0")
    numbers = range(begin, end + (1 if step > 0 else -1), step)
    if len(numbers) > world.limits.parts:
        raise Refusal("limit", f"these are more than {world.limits.parts} numbers")
    return Enumerator(list(numbers), "each")


TABLE: Mapping[str, Method] = {
    "to_i": plain(_integer),
    "to_int": plain(_integer),
    "truncate": plain(_integer),
    "to_f": plain(float),
    "to_s": Method(0, 1, _to_s),
    "abs": plain(abs),
    "round": _rounding("round"),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "zero?": plain(lambda value: value == 0),
    "positive?": plain(lambda value: value > 0),
    "negative?": plain(lambda value: value < 0),
    "integer?": plain(lambda value: isinstance(value, int)),
    "even?": _parity(0),
    "odd?": _parity(1),
    "succ": _step(1),
    "next": _step(1),
    "pred": _step(-1),
    "fdiv": Method(1, 1, _divided),
    "divmod": Method(1, 1, _divmod),
    "pow": Method(1, 1, _power),
    "times": _numbers(1, "times"),
    "upto": _numbers(1, "upto"),
    "downto": _numbers(-1, "downto"),
    "step": Method(2, 2, _stepped),
    "clamp": Method(2, 2, _clamp),
    "+@": same,
}
