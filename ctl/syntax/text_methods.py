"""Methods of strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ctl.syntax.conversion import LEFT, RIGHT, leading_float, leading_integer
from ctl.syntax.kinds import Range, SymbolText
from ctl.syntax.method import Method, World, plain, same, texts, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.operators import bounded
from ctl.syntax.regex import Pattern
from ctl.syntax.searching import found_in, gsub, match, matches_of, next_match, split, sub
from ctl.syntax.successor import successor


def _chomp(text: str, arguments: list[Any], world: World) -> str:
    texts(arguments, "chomp")
    if arguments and arguments[0] == "":
        while text.endswith("\n"):
            text = text[:-2] if text.endswith("\r\n") else text[:-1]
        return text
    if arguments and arguments[0] != "\n":
        return text.removesuffix(arguments[0])
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith(("\n", "\r")) else text


def _affix(end: bool) -> Method:
    name = "end_with?" if end else "start_with?"

    def run(text: str, arguments: list[Any], world: World) -> bool:
        for argument in arguments:
            if isinstance(argument, Pattern) and not end:
                matched = argument.search(text)
                # The first match may begin later although another one begins at once.
                if matched is not None and matched.start == 0:
                    return True
                continue
            texts([argument], name)
            if text.endswith(argument) if end else text.startswith(argument):
                return True
        return False

    return Method(0, 20, run)


def piece(text: str, arguments: list[Any], world: World) -> str | None:
    """Do what ``text[...]`` does: a character, a part, what matches; None where there is none."""
    first = arguments[0]
    if isinstance(first, Pattern):
        matched = match(text, first, world)
        return matched.group(whole(arguments[1], "[]") if len(arguments) > 1 else 0) if matched else None
    if isinstance(first, str) and not isinstance(first, SymbolText):
        if len(arguments) > 1:
            raise Refusal("wrong-type", "a string takes one text between brackets")
        return first if first in text else None
    place = bounds(arguments, len(text), "[]")
    if place is None or (len(arguments) == 1 and not isinstance(first, Range) and place[0] == len(text)):
        return None
    return text[place[0] : place[1]]


def bounds(arguments: list[Any], length: int, name: str) -> tuple[int, int] | None:
    """Find the part that an index, a start and a length, or a range mean; None outside.

    Raises:
        Refusal: they are no numbers.
    """
    first = arguments[0]
    if isinstance(first, Range):
        if len(arguments) > 1:
            raise Refusal("wrong-arguments", "a range stands alone between brackets")
        start = 0 if first.first is None else whole(first.first, name)
        last = -1 if first.last is None else whole(first.last, name)
        exclusive = first.exclusive and first.last is not None
        start += length if start < 0 else 0
        last += length if last < 0 else 0
        end = last if exclusive else last + 1
    else:
        start = whole(first, name)
        start += length if start < 0 else 0
        count = whole(arguments[1], name) if len(arguments) > 1 else 1
        if count < 0:
            return None
        end = start + count
    if not 0 <= start <= length:
        return None
    return start, max(start, min(end, length))


def _scan(text: str, arguments: list[Any], world: World) -> list[Any]:
    matches = matches_of(text, arguments[0], world.limits)
    return [match.groups() if match.groups() else match.group(0) for match in matches]


def _letters(sign: str, name: str) -> list[str]:
    made: list[str] = []
    index = 0
    while index < len(sign):
        if sign[index] == "\\" and index + 1 < len(sign):
            index += 1
        elif index + 2 < len(sign) and sign[index + 1] == "-":
            first, last = sign[index], sign[index + 2]
            if last < first or ord(last) - ord(first) > 1000:
                raise Refusal("wrong-value", f".{name} takes a range whose begin comes first")
            made += [chr(point) for point in range(ord(first), ord(last) + 1)]
            index += 3
            continue
        made.append(sign[index])
        index += 1
    return made


def _tr(text: str, arguments: list[Any], world: World) -> str:
    texts(arguments, "tr")
    old, new = arguments
    negated = len(old) > 1 and old[0] == "^"
    there = _letters(old[1:] if negated else old, "tr")
    given = _letters(new, "tr")
    if negated:
        last = given[-1] if given else ""
        return "".join(character if character in there else last for character in text)
    table: dict[str, str] = {}
    for index, character in enumerate(there):
        table[character] = given[min(index, len(given) - 1)] if given else ""
    return "".join(table.get(character, character) for character in text)


def _delete(text: str, arguments: list[Any], world: World) -> str:
    texts(arguments, "delete")
    return _tr(text, [arguments[0], ""], world)


def _squeeze(text: str, arguments: list[Any], world: World) -> str:
    texts(arguments, "squeeze")
    signs = re.escape(arguments[0]) if arguments else ""
    if arguments and (len(arguments[0]) != 1):
        raise Refusal("not-supported", ".squeeze takes one character here")
    return re.sub(rf"({signs})\1+" if signs else r"([\s\S])\1+", r"\1", text)


def _padded(name: str) -> Method:
    def run(text: str, arguments: list[Any], world: World) -> str:
        width = whole(arguments[0], name)
        texts(arguments[1:], name)
        filler = arguments[1] if len(arguments) > 1 else " "
        if len(filler) != 1:
            raise Refusal("not-supported", f".{name} takes one character to fill with")
        bounded("", width, world.limits)
        missing = max(0, width - len(text))
        left = {"ljust": 0, "rjust": missing, "center": missing // 2}[name]
        return filler * left + text + filler * (missing - left)

    return Method(1, 2, run)


def _cut(name: str) -> Method:
    def run(text: str, arguments: list[Any], world: World) -> Any:
        texts(arguments, name)
        return getattr(text, {"delete_prefix": "removeprefix", "delete_suffix": "removesuffix"}[name])(
            arguments[0]
        )

    return Method(1, 1, run)


def _partition(name: str) -> Method:
    def run(text: str, arguments: list[Any], world: World) -> list[str]:
        if isinstance(arguments[0], Pattern) and name == "partition":
            matched = match(text, arguments[0], world)
            if matched is None:
                return [text, "", ""]
            return [text[: matched.start], matched.group(0) or "", text[matched.end :]]
        texts(arguments, name)
        if not arguments[0]:
            return ["", "", text] if name == "partition" else [text, "", ""]
        return list(getattr(text, name)(arguments[0]))

    return Method(1, 1, run)


def _index(text: str, arguments: list[Any], world: World) -> int | None:
    start = whole(arguments[1], "index") if len(arguments) > 1 else 0
    start += len(text) if start < 0 else 0
    if not 0 <= start <= len(text):
        return None
    matched = next_match(text, arguments[0], start)
    return matched.start if matched else None


def _include(text: str, arguments: list[Any], world: World) -> bool:
    texts(arguments, "include?")
    return arguments[0] in text


def lines(text: str) -> list[str]:
    """Cut a text behind its line breaks."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _case(name: str) -> Method:
    return plain(lambda text: getattr(text, name)())


def _number_of(text: str, base: int, digits: str) -> int:
    match = re.match(rf"\s*([+-]?)(?:0[xX])?([{digits}]{{1,200}})", text, re.ASCII)
    return int(match[1] + match[2], base) if match else 0


def _to_i(text: str, arguments: list[Any], world: World) -> int:
    base = whole(arguments[0], "to_i") if arguments else 10
    if base == 10:
        return leading_integer(text)
    if base not in (2, 8, 16):
        raise Refusal("not-supported", ".to_i takes base 2, 8, 10 or 16")
    return _number_of(text, base, {2: "01", 8: "0-7", 16: "0-9a-fA-F"}[base])


def _same_letters(text: str, arguments: list[Any], world: World) -> bool:
    texts(arguments, "casecmp?")
    return text.casefold() == str(arguments[0]).casefold()


def _ord(text: str) -> int:
    if not text:
        raise Refusal("wrong-value", ".ord takes a string that is not empty")
    return ord(text[0])


def _oct(text: str) -> int:
    if re.match(r"\s*[-+]?0[bBdDxX]", text):
        raise Refusal("not-supported", ".oct of a number with another base is not supported")
    return _number_of(text, 8, "0-7")


def _succ(text: str) -> str:
    following = successor(text)
    if following is None and text:
        raise Refusal("not-supported", ".succ is supported for letters and digits of ASCII")
    return following or ""


def _insert(text: str, arguments: list[Any], world: World) -> str:
    at = whole(arguments[0], "insert")
    texts(arguments[1:], "insert")
    at += len(text) + 1 if at < 0 else 0
    if not 0 <= at <= len(text):
        raise Refusal("wrong-value", f"the string has {len(text)} characters")
    return bounded(text[:at] + arguments[1] + text[at:], 0, world.limits)


TABLE: Mapping[str, Method] = {
    "gsub": Method(2, 2, gsub),
    "sub": Method(2, 2, sub),
    "strip": plain(lambda text: text.lstrip(LEFT + "\0").rstrip(RIGHT)),
    "lstrip": plain(lambda text: text.lstrip(LEFT + "\0")),
    "rstrip": plain(lambda text: text.rstrip(RIGHT)),
    "chomp": Method(0, 1, _chomp),
    "chop": plain(lambda text: text[:-2] if text.endswith("\r\n") else text[:-1]),
    "chars": plain(list),
    "lines": plain(lines),
    "split": Method(0, 2, split),
    "to_i": Method(0, 1, _to_i),
    "to_f": plain(leading_float),
    "to_str": same,
    "to_sym": plain(SymbolText),
    "intern": plain(SymbolText),
    "oct": plain(_oct),
    "ord": plain(_ord),
    "succ": plain(_succ),
    "next": plain(_succ),
    "insert": Method(2, 2, _insert),
    "hex": plain(lambda text: _number_of(text, 16, "0-9a-fA-F")),
    "upcase": _case("upper"),
    "downcase": _case("lower"),
    "capitalize": _case("capitalize"),
    "swapcase": _case("swapcase"),
    "reverse": plain(lambda text: text[::-1]),
    "length": plain(len),
    "size": plain(len),
    "bytesize": plain(lambda text: len(text.encode())),
    "empty?": plain(lambda text: not text),
    "ascii_only?": plain(str.isascii),
    "start_with?": _affix(end=False),
    "end_with?": _affix(end=True),
    "include?": Method(1, 1, _include),
    "match": Method(1, 1, lambda text, given, world: match(text, given[0], world)),
    "match?": Method(1, 1, lambda text, given, world: found_in(text, given[0])),
    "=~": Method(1, 1, lambda text, given, world: match(text, given[0], world)),
    "scan": Method(1, 1, _scan),
    "slice": Method(1, 2, piece),
    "tr": Method(2, 2, _tr),
    "delete": Method(1, 1, _delete),
    "squeeze": Method(0, 1, _squeeze),
    "ljust": _padded("ljust"),
    "rjust": _padded("rjust"),
    "center": _padded("center"),
    "delete_prefix": _cut("delete_prefix"),
    "delete_suffix": _cut("delete_suffix"),
    "partition": _partition("partition"),
    "rpartition": _partition("rpartition"),
    "index": Method(1, 2, _index),
    "casecmp?": Method(1, 1, _same_letters),
    "count": Method(1, 1, lambda text, given, world: len(text) - len(_delete(text, given, world))),
}
