"""Where the entries of the hashes and arrays of one statement stand, and which of them are tainted."""

from __future__ import annotations

from typing import Any, NamedTuple

from ctl.syntax.source import Source


class Entry(NamedTuple):
    """The place of a key and of its value, as offsets of a text; whether the value comes from outside."""

    key_start: int
    key_end: int
    start: int
    end: int
    tainted: bool
    source: Source


class Shapes:
    """Remembers containers by identity; they are kept alive until `clear`.

    ``lasting`` says that local variables can carry a container from one statement to another.
    """

    def __init__(self) -> None:
        self.lasting = False
        self._stained: dict[int, Any] = {}
        self._entries: dict[int, tuple[Any, dict[Any, Entry]]] = {}

    def note(self, container: Any, entries: dict[Any, Entry]) -> None:
        """Remember the entries of a container that was written out."""
        self._entries[id(container)] = (container, entries)

    def of(self, container: Any) -> dict[Any, Entry] | None:
        """Give the entries of a container; None when it was not written out but computed."""
        noted = self._entries.get(id(container))
        return None if noted is None else noted[1]

    def stain(self, container: Any) -> None:
        """Remember that something from outside was put into a container."""
        self._entries.pop(id(container), None)
        self._stained[id(container)] = container

    def stained(self, container: Any) -> bool:
        """Tell whether something from outside was put into a container."""
        return id(container) in self._stained

    def clear(self) -> None:
        """Forget everything, unless it lasts; a new statement begins."""
        if not self.lasting:
            self._entries.clear()
            self._stained.clear()
