"""``Integer('5')``, ``'5'.to_i`` and their like: text and numbers made of each other, as in Ruby."""

from __future__ import annotations

import math
import re

from ctl.regex import compile_late
from ctl.syntax.kinds import SymbolText, kind_of
from ctl.syntax.mistake import Refusal

# What Ruby's strip takes away; it is less than Python's.
LEFT = " \t\n\v\f\r"
RIGHT = LEFT + "\0"
_INTEGER = compile_late(r"[ \t\n\v\f\r]*([+-]?\d+(?:_\d+)*)", re.ASCII)
_DIGITS = r"\d+(?:_\d+)*"
_FLOAT = compile_late(
    rf"[ \t\n\v\f\r]*([+-]?(?:{_DIGITS}(?:\.{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?\d+)?)", re.ASCII
)
_STRICT_FLOAT = compile_late(rf"[+-]?{_DIGITS}(?:\.{_DIGITS})?(?:[eE][+-]?\d+)?", re.ASCII)
_STRICT_INTEGER = compile_late(
    r"([+-]?)(?:(0[xX])([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|(0[bB])([01]+(?:_[01]+)*)"
    r"|(0)_?[oO]?([0-7]+(?:_[0-7]+)*)|(0)|([1-9]\d*(?:_\d+)*))",
    re.ASCII,
)
_MOST_DIGITS = 300


def leading_integer(text: str) -> int:
    """Do what ``to_i`` does: read the digits that a text begins with.

    Raises:
        Refusal: there are too many.
    """
    match = _INTEGER.match(text)
    if match is None:
        return 0
    if len(match[1]) > _MOST_DIGITS:
        raise Refusal("limit", f"the number has more than {_MOST_DIGITS} digits")
    return int(match[1].replace("_", ""))


def leading_float(text: str) -> float:
    """Do what ``to_f`` does: read the number that a text begins with."""
    match = _FLOAT.match(text)
    return float(match[1].replace("_", "")) if match else 0.0


def integer(value: object) -> int:
    """Do what ``Integer(value)`` does: convert, and refuse what is no whole number.

    Raises:
        Refusal: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise Refusal("wrong-value", "this number is not finite")
        return int(value)
    if isinstance(value, str) and not isinstance(value, SymbolText) and len(value) <= _MOST_DIGITS:
        match = _STRICT_INTEGER.fullmatch(value.strip(LEFT))
        if match:
            base = 16 if match[2] else 2 if match[4] else 8 if match[6] else 10
            digits = match[3] or match[5] or match[7] or match[8] or match[9]
            return int(match[1] + digits.replace("_", ""), base)
    raise Refusal("wrong-value", f"Integer() takes a whole number, not {kind_of(value)} like this one")


def fraction(value: object) -> float:
    """Do what ``Float(value)`` does.

    Raises:
        Refusal: it is no number.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and not isinstance(value, SymbolText) and len(value) <= _MOST_DIGITS:
        plain = value.strip(LEFT)
        if _STRICT_FLOAT.fullmatch(plain):
            return float(plain.replace("_", ""))
    raise Refusal("wrong-value", f"Float() takes a number, not {kind_of(value)} like this one")
