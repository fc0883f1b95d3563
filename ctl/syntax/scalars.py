"""What a scalar of a YAML text means to Ruby, whose rules differ from PyYAML's.

Source: the behaviour of Psych 4, observed: ``010`` is octal, ``1e3`` text, ``1:30`` is 5400, ``y`` text,
``:a`` a symbol, a date is refused.
"""

from __future__ import annotations

import re

from ctl.regex import compile_late
from ctl.syntax.kinds import SymbolText
from ctl.syntax.mistake import Refusal

_WORDS: dict[str, bool | None] = {
    "~": None,
    "null": None,
    "yes": True,
    "true": True,
    "on": True,
    "no": False,
    "false": False,
    "off": False,
}
_LONGEST_WORD = 5
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_DATE = compile_late(r"\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)", re.ASCII)
_TIME = compile_late(
    r"-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?",
    re.ASCII,
)
_SEXAGESIMAL = compile_late(r"[-+]?\d[\d_]*(?::[0-5]?\d){1,2}(\.[\d_]*)?", re.ASCII)
_FLOAT = compile_late(r"[-+]?(?:\d[\d_,]*)?\.\d*(?:[eE][-+]\d+)?", re.ASCII)
_INTEGER = compile_late(
    r"[-+]?(?:0b(?P<two>[01_,]+)|0x(?P<sixteen>[0-9a-fA-F_,]+)|0(?P<eight>[0-7_,]+)|(?P<ten>0|[1-9](?:\d|[,_]\d)*))",
    re.ASCII,
)
_BASES = {"two": 2, "eight": 8, "ten": 10, "sixteen": 16}
_SYMBOL = compile_late(r":(?:(['\"])(.*)\1|(.+))", re.DOTALL)
_MOST_DIGITS = 300

Scalar = None | bool | int | float | str


def plain(text: str) -> Scalar:
    """Give the meaning of a scalar without quotes.

    Raises:
        Refusal: it is a date or a time.
    """
    if not text:
        return None
    if len(text) <= _LONGEST_WORD and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    first = text[0]
    if first.isalpha() or "\n" in text:
        return text
    if first == ":" and len(text) > 1:
        match = _SYMBOL.match(text)
        if match is None:
            return text
        return SymbolText(match[3] if match[1] is None else match[2].removeprefix(":"))
    if text.lower() in _SPECIAL:
        return _SPECIAL[text.lower()]
    _no_date(text)
    return _number(text)


def _no_date(text: str) -> None:
    # What merely looks like a date is one: Ruby refuses it before it looks at the calendar.
    if _DATE.fullmatch(text) or _TIME.fullmatch(text):
        raise Refusal("unreadable-document", "a date cannot be a value here", "put it in quotes")


def _number(text: str) -> Scalar:
    if len(text) > _MOST_DIGITS:
        return text
    match = _SEXAGESIMAL.fullmatch(text)
    if match:
        return _sixties(text, float if match[1] is not None else int)
    if text.strip("+-.") and _FLOAT.fullmatch(text):
        return _float(text)
    match = _INTEGER.fullmatch(text)
    if match is None:
        return text
    group = match.lastgroup or "ten"
    digits = re.sub("[,_]", "", match[group])
    if not digits:
        return 0 if group == "eight" else text
    value = int(digits, _BASES[group])
    return -value if text[0] == "-" else value


def _float(text: str) -> Scalar:
    try:
        return float(re.sub("[,_]", "", text))
    except ValueError:
        return text


def _sixties(text: str, convert: type[int] | type[float]) -> int | float:
    # Ruby counts the first part as hours, whether two or three parts follow: 1:30 is 1 h 30 min.
    parts = [convert(part.replace("_", "") or 0) for part in text.split(":")]
    total: int | float = 0
    for part, seconds in zip(parts, (3600, 60, 1), strict=False):
        total += part * seconds
    return total


def tagged(tag: str, text: str) -> Scalar:
    """Give the meaning of a scalar with a tag, such as ``!!str 1``.

    Raises:
        Refusal: the tag stands for something that is not a setting's value.
    """
    kind = tag.removeprefix("tag:yaml.org,2002:").removeprefix("!")
    if kind in ("int", "bool", "null"):
        return plain(text)
    if kind == "float":
        value = plain(text)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise Refusal("unreadable-document", "!!float stands before something that is no number")
    if kind == "symbol" or kind == "ruby/symbol":
        return SymbolText(text)
    if kind.startswith("ruby/") or kind in ("binary", "timestamp", "set"):
        raise Refusal(
            "unreadable-document", f"the tag !{kind} is not allowed", "write the value without a tag"
        )
    return text
