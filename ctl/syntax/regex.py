"""Regular expressions as Ruby understands them, without backtracking: no pattern can take long.

A pattern becomes a small program; `Pattern.search` runs all its ways side by side, so that the time is
the length of the text times the length of the program, whatever the pattern is. What cannot be matched
in that way, references back and looking around, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ctl.syntax.mistake import Refusal

_MOST_INSTRUCTIONS = 2000
_MOST_ROUNDS = 3_000_000

Test = Callable[[str], bool]


class Step(NamedTuple):
    """One instruction: ``test``, ``split`` to several places, ``jump``, ``save``, ``look`` or ``match``."""

    kind: str
    test: Test | None = None
    to: tuple[int, ...] = ()
    sign: str = ""


class MatchData(NamedTuple):
    """A match: the text that was searched, and where its groups begin and end; -1 for one without part."""

    text: str
    places: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where the match begins."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.places[1]

    def group(self, number: int) -> str | None:
        """Give the text of a group; 0 is the whole match."""
        if not 0 <= number < len(self.places) // 2 or self.places[2 * number] < 0:
            return None
        return self.text[self.places[2 * number] : self.places[2 * number + 1]]

    def groups(self) -> list[str | None]:
        """Give the texts of all groups."""
        return [self.group(number) for number in range(1, len(self.places) // 2)]


class Pattern:
    """A regular expression, ready to run.

    Args:
        source: as it was written, without its slashes.
        flags: the letters behind it.
        steps: the program.
        groups: how many groups it has.
    """

    def __init__(self, source: str, flags: str, steps: list[Step], groups: int) -> None:
        self.source = source
        self.flags = flags
        self.groups = groups
        self._steps = steps

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and (self.source, self.flags) == (other.source, other.flags)

    __hash__ = None  # type: ignore[assignment]

    def search(self, text: str, start: int = 0) -> MatchData | None:
        """Find the first match at or behind an offset.

        Raises:
            Refusal: the text is too long for this expression.
        """
        if (len(text) - start + 1) * len(self._steps) > _MOST_ROUNDS:
            raise Refusal("limit", "the text is too long to be searched for this expression")
        empty = (-1,) * (2 * self.groups + 2)
        best: tuple[int, ...] | None = None
        waiting: list[tuple[int, tuple[int, ...]]] = []
        for position in range(start, len(text) + 1):
            seen: set[int] = set()
            ready: list[tuple[int, tuple[int, ...]]] = []
            for at, places in waiting:
                self._follow(at, places, text, position, seen, ready)
            if best is None:
                self._follow(0, empty, text, position, seen, ready)
            waiting = []
            character = text[position : position + 1]
            for at, places in ready:
                step = self._steps[at]
                if step.kind == "match":
                    best = places
                    break
                if character and step.test is not None and step.test(character):
                    waiting.append((at + 1, places))
            if best is not None and not waiting:
                break
        return None if best is None else MatchData(text, best)

    def _follow(
        self,
        at: int,
        places: tuple[int, ...],
        text: str,
        position: int,
        seen: set[int],
        ready: list[tuple[int, tuple[int, ...]]],
    ) -> None:
        """Go on from an instruction until a character is needed, the likelier way first."""
        todo = [(at, places)]
        while todo:
            at, places = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self._steps[at]
            if step.kind == "split":
                todo += [(to, places) for to in reversed(step.to)]
            elif step.kind == "jump":
                todo.append((step.to[0], places))
            elif step.kind == "save":
                slot = step.to[0]
                todo.append((at + 1, (*places[:slot], position, *places[slot + 1 :])))
            elif step.kind == "look":
                if _stands(step.sign, text, position):
                    todo.append((at + 1, places))
            else:
                ready.append((at, places))


def is_word(character: str) -> bool:
    """Tell whether a character is a letter, a digit or an underscore, all of ASCII, as in Ruby."""
    return character.isascii() and (character.isalnum() or character == "_")


def _stands(sign: str, text: str, position: int) -> bool:
    """Tell whether an anchor holds at an offset; lines count in every expression of Ruby."""
    if sign == "^":
        # Ruby does not see a line behind the very last line break.
        return position == 0 or (text[position - 1] == "\n" and position < len(text))
    if sign == "$":
        return position == len(text) or text[position] == "\n"
    if sign == "A":
        return position == 0
    if sign == "z":
        return position == len(text)
    if sign == "Z":
        return position == len(text) or (position == len(text) - 1 and text[position] == "\n")
    before = position > 0 and is_word(text[position - 1])
    after = position < len(text) and is_word(text[position])
    return (before != after) == (sign == "b")


class Program:
    """Collects the instructions of a pattern."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def add(self, step: Step) -> int:
        """Append an instruction and return its place.

        Raises:
            Refusal: there are too many.
        """
        if len(self.steps) >= _MOST_INSTRUCTIONS:
            raise Refusal("limit", "the regular expression is too large")
        self.steps.append(step)
        return len(self.steps) - 1
