"""How parser and evaluator leave a statement that is wrong."""

from __future__ import annotations

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.syntax.source import Source


class Mistake(Exception):
    """Ends a statement; what is wrong has its place in it."""

    def __init__(self, start: int, end: int, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.code = code
        self.message = message
        self.help = help

    def diagnostic(self, source: Source) -> Diagnostic:
        """Give the mistake the form that people see."""
        return Diagnostic(
            Severity.ERROR, self.code, self.message, source.span(self.start, self.end), self.help
        )


class Refusal(Exception):
    """What a function says of its arguments; who calls it knows the place."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class Poisoned(Exception):
    """A value cannot be known, for a reason that has been reported already."""


class Exhausted(Exception):
    """The whole evaluation asks for more than `ctl.syntax.model.Limits` allows."""


class Jumped(Exception):
    """``next`` or ``break`` was reached.

    Args:
        word: which of them.
        value: what stands behind it.
    """

    def __init__(self, word: str, value: object) -> None:
        super().__init__(word)
        self.word = word
        self.value = value
