"""Where the entries of the hashes and arrays of one statement stand, and which of them are tainted."""

from __future__ import annotations

from typing import Any, NamedTuple


class Entry(NamedTuple):
    """The place of a key and of its value, as offsets; whether the value comes from outside."""

    key_start: int
    key_end: int
    start: int
    end: int
    tainted: bool


class Shapes:
    """Remembers containers by identity; they are kept alive until `clear`."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Any, dict[Any, Entry]]] = {}

    def note(self, container: Any, entries: dict[Any, Entry]) -> None:
        """Remember the entries of a container that was written out."""
        self._entries[id(container)] = (container, entries)

    def of(self, container: Any) -> dict[Any, Entry] | None:
        """Give the entries of a container; None when it was not written out but computed."""
        found = self._entries.get(id(container))
        return None if found is None else found[1]

    def clear(self) -> None:
        """Forget everything; a new statement begins."""
        self._entries.clear()
