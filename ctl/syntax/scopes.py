"""Local variables while a file is evaluated."""

from __future__ import annotations

from typing import Any, NamedTuple


class Local(NamedTuple):
    """What a local variable holds, whether it comes from outside, whether it is known at all."""

    value: Any
    tainted: bool
    known: bool


UNSET = Local(None, False, True)
UNKNOWN = Local(None, False, False)
"""A variable whose value could not be found out; the reason has been reported."""


class Scopes:
    """The variables of the file, and of the blocks that are being run."""

    def __init__(self) -> None:
        self._frames: list[dict[str, Local]] = [{}]

    def get(self, name: str) -> Local:
        """Look a variable up; one that was never assigned, in a branch not taken, is nil."""
        for frame in reversed(self._frames):
            local: Local | None = frame.get(name)
            if local is not None:
                return local
        return UNSET

    def assign(self, name: str, local: Local) -> None:
        """Give a variable its value, where it belongs."""
        for frame in reversed(self._frames):
            if name in frame:
                frame[name] = local
                return
        self._frames[0][name] = local

    def enter(self, names: frozenset[str]) -> None:
        """Begin a block with variables of its own."""
        self._frames.append(dict.fromkeys(names, UNSET))

    def leave(self) -> None:
        """End the innermost block."""
        self._frames.pop()

    def names(self) -> set[str]:
        """List what is known here."""
        return {name for frame in self._frames for name in frame}

    def holders(self, value: object) -> int:
        """Count the variables that hold this very object."""
        return sum(local.value is value for frame in self._frames for local in frame.values())
