"""How an operation tells what it is doing; what a person sees of it is the console's affair."""

from __future__ import annotations

import contextlib
from typing import Protocol


class Progress(Protocol):
    """Receives the steps of an operation as they happen."""

    def step(self, text: str) -> None:
        """A step begins; the one before it is done."""
        ...

    def detail(self, text: str) -> None:
        """How far the step is that is open."""
        ...

    def note(self, text: str) -> None:
        """Something that the administrator should know of, one or several lines."""
        ...


class Silent:
    """Progress that nobody watches."""

    def step(self, text: str) -> None:
        """Ignore the step."""

    def detail(self, text: str) -> None:
        """Ignore the detail."""

    def note(self, text: str) -> None:
        """Ignore the note."""


class Unfailing:
    """Progress that nobody need watch: a terminal that has gone away must not break a run in its middle.

    Args:
        watched: who is told as long as that works.
    """

    def __init__(self, watched: Progress) -> None:
        self.watched = watched

    def step(self, text: str) -> None:
        """Pass the step on."""
        with contextlib.suppress(OSError, ValueError):
            self.watched.step(text)

    def detail(self, text: str) -> None:
        """Pass the detail on."""
        with contextlib.suppress(OSError, ValueError):
            self.watched.detail(text)

    def note(self, text: str) -> None:
        """Pass the note on."""
        with contextlib.suppress(OSError, ValueError):
            self.watched.note(text)
