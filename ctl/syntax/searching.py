"""Searching, replacing and cutting strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ctl.regex import compile_late
from ctl.syntax.conversion import LEFT
from ctl.syntax.kinds import SymbolText, kind_of
from ctl.syntax.method import World, texts, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.operators import bounded
from ctl.syntax.regex import MatchData, Pattern

_REFERENCE = compile_late(r"\\([0-9&\\`'])")


def match(text: Any, pattern: Any, world: World, start: int = 0) -> MatchData | None:
    """Search a text for a pattern, and remember the match; nil matches nothing.

    Raises:
        Refusal: one of them is of another kind.
    """
    if text is None:
        world.last = None
        return None
    if isinstance(pattern, str) and isinstance(text, Pattern):
        text, pattern = pattern, text
    if not isinstance(text, str) or not isinstance(pattern, Pattern):
        raise Refusal("wrong-type", f"{kind_of(text)} cannot be matched with {kind_of(pattern)}")
    world.last = pattern.search(str(text), start)
    return world.last


def found_in(text: Any, pattern: Any) -> bool:
    """Tell whether a pattern matches a text, without remembering it."""
    if text is None:
        return False
    if not isinstance(text, str) or not isinstance(pattern, Pattern):
        raise Refusal("wrong-type", f"{kind_of(text)} cannot be matched with {kind_of(pattern)}")
    return pattern.search(str(text)) is not None


def matches_of(text: str, pattern: Any, limits: Any) -> list[MatchData]:
    """List the matches of a string or a regular expression in a text, left to right."""
    matches: list[MatchData] = []
    position = 0
    spent = 0
    while position <= len(text):
        match = next_match(text, pattern, position)
        if match is None:
            break
        matches.append(match)
        spent += match.end - position + 1
        position = match.end if match.end > match.start else match.end + 1
        if len(matches) > limits.parts:
            raise Refusal("limit", "the text has too many matches")
    return matches


def next_match(text: str, pattern: Any, start: int) -> MatchData | None:
    """Find the next match of a string or a regular expression."""
    if isinstance(pattern, Pattern):
        return pattern.search(text, start)
    if not isinstance(pattern, str) or isinstance(pattern, SymbolText):
        raise Refusal("wrong-type", f"a string or a regular expression is expected, not {kind_of(pattern)}")
    at = text.find(pattern, start)
    return MatchData(text, (at, at + len(pattern))) if at >= 0 else None


def substituted(
    text: str, pattern: Any, make: Callable[[MatchData], str], world: World, *, once: bool
) -> str:
    """Replace the first match or all of them."""
    if isinstance(pattern, str) and not pattern and not isinstance(pattern, SymbolText) and once:
        return bounded(make(MatchData(text, (0, 0))), len(text), world.limits) + text
    matches = matches_of(text, pattern, world.limits)[: 1 if once else None]
    made: list[str] = []
    end = length = 0
    for match in matches:
        made += [text[end : match.start], make(match)]
        end = match.end
        length += len(made[-1])
        bounded("", length, world.limits)
    if isinstance(pattern, Pattern):
        world.last = matches[-1] if matches else None
    return bounded("".join([*made, text[end:]]), 0, world.limits)


def _expanded(template: str, match: MatchData) -> str:
    def inserted(reference: re.Match[str]) -> str:
        sign = reference[1]
        if sign == "\\":
            return "\\"
        if sign in "`'":
            return match.text[: match.start] if sign == "`" else match.text[match.end :]
        return match.group(0 if sign == "&" else int(sign)) or ""

    return _REFERENCE.sub(inserted, template)


def _replace(text: str, arguments: list[Any], world: World, *, once: bool, name: str) -> str:
    pattern, new = arguments
    if isinstance(new, dict):

        def looked_up(match: MatchData) -> str:
            value = new.get(match.group(0))
            texts([] if value is None else [value], name)
            return value or ""

        return substituted(text, pattern, looked_up, world, once=once)
    texts([new], name)
    if isinstance(pattern, str) and not isinstance(pattern, SymbolText) and pattern and "\\" not in new:
        count = text.count(pattern)
        bounded("", len(text) + count * max(0, len(new) - len(pattern)), world.limits)
        return text.replace(pattern, new, 1 if once else -1)
    return substituted(text, pattern, lambda match: _expanded(new, match), world, once=once)


def gsub(text: str, arguments: list[Any], world: World) -> str:
    """Replace all matches."""
    return _replace(text, arguments, world, once=False, name="gsub")


def sub(text: str, arguments: list[Any], world: World) -> str:
    """Replace the first match."""
    return _replace(text, arguments, world, once=True, name="sub")


def split(text: str, arguments: list[Any], world: World) -> list[Any]:
    """Cut a text where a string or a regular expression matches."""
    limit = whole(arguments[1], "split") if len(arguments) > 1 else 0
    pattern = arguments[0] if arguments else None
    if isinstance(pattern, SymbolText) or not isinstance(pattern, str | Pattern | None):
        raise Refusal("wrong-type", f".split takes a string or a regular expression, not {kind_of(pattern)}")
    if not text:
        return []
    if limit == 1:
        return [text]
    blanks = pattern is None or pattern == " "
    parts = _words(text, limit) if blanks else _pieces(text, pattern, limit, world)
    if limit == 0:
        while parts and parts[-1] == "":
            parts.pop()
    return parts


def _words(text: str, limit: int) -> list[Any]:
    blanks = LEFT + "\0"
    text = text.lstrip(blanks)
    words = re.split(f"[{blanks}]+", text, maxsplit=limit - 1 if limit > 1 else 0)
    return words


def _pieces(text: str, pattern: Any, limit: int, world: World) -> list[Any]:
    if isinstance(pattern, str) and not isinstance(pattern, SymbolText):
        if pattern:
            return list(text.split(pattern, limit - 1 if limit > 0 else -1))
        head = list(text) if limit <= 0 else [*text[: limit - 1], text[limit - 1 :]]
        return [*head, ""] if limit < 0 else [piece for piece in head if piece]
    if not isinstance(pattern, Pattern):
        raise Refusal("wrong-type", f".split takes a string or a regular expression, not {kind_of(pattern)}")
    return _cut_by(text, pattern, limit)


def _cut_by(text: str, pattern: Pattern, limit: int) -> list[Any]:
    """Cut a text at each match; a match of nothing cuts behind each character."""
    parts: list[Any] = []
    begin = start = 0
    after_nothing = False
    cuts = 1
    while (match := pattern.search(text, start)) is not None:
        if match.start == match.end == start:
            if not after_nothing:
                start += 1
                after_nothing = True
                if start > len(text):
                    break
                continue
            parts.append(text[begin : begin + 1])
            begin = start
        else:
            parts.append(text[begin : match.start])
            begin = start = match.end
        after_nothing = False
        parts += [group for group in match.groups() if group is not None]
        cuts += 1
        if 0 < limit <= cuts:
            break
    return [*parts, text[begin:]] if len(text) > begin or limit else parts
