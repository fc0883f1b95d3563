"""What a method of a value is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from ctl.syntax.kinds import Range, SymbolText, kind_of
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.regex import MatchData
from ctl.syntax.successor import between

_LARGEST = 2**62  # beyond it Ruby's own methods do not count
Block: TypeAlias = Callable[..., Any]
"""What stands in ``{ }`` or ``do end``; takes what the method hands to it."""


class World:
    """What methods share: limits, and the last match of a regular expression.

    Args:
        limits: see `Limits`.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.last: MatchData | None = None
        self.frozen: dict[int, object] = {}  # arrays and hashes that nothing may change

    def entries(self, receiver: Any) -> list[Any]:
        """List what can be walked: an array's entries, a hash's pairs, a range's members.

        Raises:
            Refusal: it has no entries, or too many.
        """
        if isinstance(receiver, list):
            return receiver
        if isinstance(receiver, dict):
            return [[key, item] for key, item in receiver.items()]
        if isinstance(receiver, Range):
            return self._members(receiver)
        raise Refusal("wrong-type", f"{kind_of(receiver)} has no entries")

    def listed(self, value: Any) -> list[Any]:
        """Do what ``*value`` and ``Array(value)`` do."""
        if value is None:
            return []
        return self.entries(value) if isinstance(value, list | dict | Range) else [value]

    def _members(self, receiver: Range) -> list[Any]:
        first, last = receiver.first, receiver.last
        if last is None:
            raise Refusal("wrong-type", "a range without end cannot be walked")
        if isinstance(first, str) and isinstance(last, str):
            strings = between(first, last, receiver.exclusive, self.limits.parts)
            if strings is None:
                raise Refusal("not-supported", "this range of strings cannot be walked")
            return list(strings)
        if not all(isinstance(end, int) and not isinstance(end, bool) for end in (first, last)):
            raise Refusal("not-supported", f"a range of {kind_of(first)} cannot be walked")
        stop = last + (not receiver.exclusive)
        if stop - first > self.limits.parts:
            raise Refusal("limit", f"the range has more than {self.limits.parts} members")
        return list(range(first, stop))


class Method(Struct, frozen=True):
    """A method that can be called.

    Args:
        least: how many arguments it takes at least.
        most: and at most.
        run: gets the receiver, the arguments and the world.
    """

    least: int
    most: int
    run: Callable[[Any, list[Any], World], Any]


def plain(run: Callable[[Any], Any]) -> Method:
    """Make a method that takes no arguments."""
    return Method(0, 0, lambda value, arguments, world: run(value))


same = Method(0, 0, lambda value, arguments, world: value)


def texts(arguments: list[Any], name: str) -> None:
    """Refuse arguments that are no strings.

    Raises:
        Refusal: an argument is no string.
    """
    for argument in arguments:
        if not isinstance(argument, str) or isinstance(argument, SymbolText):
            raise Refusal("wrong-type", f".{name} takes strings, not {kind_of(argument)}")


def whole(argument: Any, name: str) -> int:
    """Give an argument that must be a whole number.

    Raises:
        Refusal: it is none.
    """
    if not isinstance(argument, int | float) or isinstance(argument, bool):
        raise Refusal("wrong-type", f".{name} takes a whole number, not {kind_of(argument)}")
    if not -_LARGEST < argument < _LARGEST:
        raise Refusal("wrong-value", f"this number is too large for .{name}")
    return int(argument)


def natural(argument: Any, name: str) -> int:
    """Give an argument that must be a whole number from 0 on.

    Raises:
        Refusal: it is none.
    """
    number = whole(argument, name)
    if number < 0:
        raise Refusal("wrong-value", f".{name} takes no negative number")
    return number
