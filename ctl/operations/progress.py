"""How an operation tells what it is doing; what a person sees of it is the console's affair."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the steps of an operation as they happen."""

    def step(self, text: str) -> None:
        """A step begins; the one before it is done."""
        ...

    def note(self, text: str) -> None:
        """Something that the administrator should know of, one or several lines."""
        ...


class Silent:
    """Progress that nobody watches."""

    def step(self, text: str) -> None:
        """Ignore the step."""

    def note(self, text: str) -> None:
        """Ignore the note."""
