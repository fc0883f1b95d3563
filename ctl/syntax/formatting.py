"""``format`` and ``'...' % values``, as in Ruby."""

from __future__ import annotations

import math
import re
from typing import Any

from ctl.regex import compile_late
from ctl.syntax.kinds import SymbolText, inspect, kind_of, measured, to_s
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits

_FIELD = compile_late(
    r"%(?:(?P<percent>%)|(?:<(?P<before>\w+)>)?(?P<flags>[-+ 0#]*)(?P<width>\d*)(?:\.(?P<digits>\d+))?"
    r"(?:<(?P<name>\w+)>)?(?P<sort>[sdiufgeGExXobBpc])|\{(?P<inserted>\w+)\}|(?P<other>[\s\S]|\Z))"
)
_WIDEST = 1000
_MOST_EXACT = 15  # digits that a float keeps
_WHOLE = compile_late(r"[ \t\n]*[+-]?\d+(?:_\d+)*[ \t\n]*", re.ASCII)


def format_text(template: str, values: list[Any], limits: Limits) -> str:
    """Put values into a template.

    Raises:
        Refusal: a value is missing or of another kind, or the template is not understood.
    """
    waiting = list(values)
    made: list[str] = []
    end = 0
    fields = list(_FIELD.finditer(template))
    if len({_named_field(field) for field in fields if not field["percent"]}) > 1:
        raise Refusal("wrong-arguments", "a format has names in all of its fields or in none")
    for field in fields:
        made.append(template[end : field.start()])
        made.append(_field(field, waiting, values, limits))
        end = field.end()
    text = "".join([*made, template[end:]])
    if len(text) > limits.string:
        raise Refusal("limit", f"the string would be longer than {limits.string} characters")
    return text


def _named_field(field: re.Match[str]) -> bool:
    return bool(field["before"] or field["name"] or field["inserted"])


def _field(field: re.Match[str], waiting: list[Any], values: list[Any], limits: Limits) -> str:
    if field["percent"]:
        return "%"
    if field["other"] is not None:
        message = "a % of the format is followed by what it cannot be"
        raise Refusal("wrong-value", message, "write %% for a percent sign")
    name = field["before"] or field["name"] or field["inserted"]
    if name:
        value = _named(name, values)
    elif waiting:
        value = waiting.pop(0)
    else:
        raise Refusal("wrong-arguments", "the format has more fields than values")
    measured(value, limits)
    return to_s(value) if field["inserted"] else _shown(field, value)


def _named(name: str, values: list[Any]) -> Any:
    if len(values) != 1 or not isinstance(values[0], dict):
        raise Refusal("wrong-type", "a format with names takes one hash")
    if SymbolText(name) not in values[0]:
        raise Refusal("wrong-value", f"the format's {name} is not in the hash")
    return values[0][SymbolText(name)]


def _shown(field: re.Match[str], value: Any) -> str:
    flags, sort = "".join(sorted(set(field["flags"]))), field["sort"]
    width, digits = field["width"], field["digits"]
    if int(width or 0) > _WIDEST or int(digits or 0) > _WIDEST:
        raise Refusal("limit", f"a field of the format is wider than {_WIDEST}")
    size = f"{width}{'.' + digits if digits is not None else ''}"
    if sort in "sp":
        text = to_s(value) if sort == "s" else inspect(value)
        return f"%{'-' if '-' in flags else ''}{size}s" % text
    if sort == "c":
        return f"%{'-' if '-' in flags else ''}{width}s" % _character(value)
    if sort in "feE":
        places = 6 if digits is None else int(digits)
        return f"%{flags}{size}{sort}" % _rounded(_number(value), places, sort)
    if sort in "gG":
        return f"%{flags}{size}{sort}" % _number(value)
    whole = _whole(value)
    if sort in "xXobB":
        if whole < 0:
            raise Refusal("not-supported", f"%{sort} of a negative number is not supported")
        if sort in "bB":
            return f"%{flags.replace('#', '')}{width}s" % format(whole, "#b" if "#" in flags else "b").rjust(
                int(width or 0) if "0" in flags else 0, "0"
            )
        if "#" in flags and sort == "o":
            raise Refusal("not-supported", "%#o is not supported")
    return f"%{flags}{size}{'d' if sort in 'iu' else sort}" % whole


def _character(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, SymbolText) and len(value) == 1:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 0xD800:
        return chr(value)
    raise Refusal("wrong-value", "%c takes a character or its number")


def _rounded(value: float, places: int, sort: str) -> float:
    """Round to so many places as Ruby does, where halves of what the shortest digits say go to the even one.

    Source: ``'%.2f' % 2.675`` is 2.68 in Ruby, and 2.67 in C and Python.
    """
    from decimal import ROUND_HALF_EVEN, Context, Decimal  # seldom needed

    if not math.isfinite(value) or value == 0:
        return value
    shortest = Decimal(repr(value))
    if len(shortest.as_tuple().digits) > _MOST_EXACT or (sort == "f" and shortest.adjusted() < -places):
        return value
    kept = places + 1 + (shortest.adjusted() if sort == "f" else 0)
    return float(Context(prec=max(1, kept), rounding=ROUND_HALF_EVEN).create_decimal(shortest))


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.replace("_", "x"))
        except ValueError:
            pass
    raise Refusal("wrong-type", f"the format takes a number, not {kind_of(value)}")


def _whole(value: Any) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise Refusal("wrong-value", "the format takes a whole number, and this one is not finite")
        return int(value // 1)
    if isinstance(value, str) and len(value) < 300 and _WHOLE.fullmatch(value):
        plain = value.strip().replace("_", "")
        if len(plain.lstrip("+-")) == 1 or plain.lstrip("+-")[0] != "0":
            return int(plain)
    raise Refusal("wrong-type", f"the format takes a whole number, not {kind_of(value)}")
