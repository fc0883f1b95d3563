"""A diagnostic and the place it points at; how either looks is `ctl.diagnostics.render`'s business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from ctl.errors import CtlError, ExitCode


class Severity(StrEnum):
    """How much a diagnostic matters; only an error stops a run."""

    ERROR = "error"
    WARNING = "warning"
    DEPRECATION = "deprecation"
    NOTE = "note"


class Span(Struct, frozen=True, order=True):
    """A range of a source text.

    Lines and columns count from 1, columns in characters; ``end_column`` is the first column that no
    longer belongs to the range.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Diagnostic(Struct, frozen=True):
    """One finding.

    Args:
        severity: what it does to the run.
        code: a stable, kebab-case name such as ``unknown-setting``.
        message: lower case, no full stop; never the contents of a string, which may be a secret.
        span: where; none when the finding concerns the file as a whole.
        help: the remedy.
    """

    severity: Severity
    code: str
    message: str
    span: Span | None = None
    help: str | None = None

    @property
    def position(self) -> tuple[str, int, int, str]:
        """What diagnostics are sorted by; those without a place come first."""
        if self.span is None:
            return ("", 0, 0, self.code)
        return (self.span.file, self.span.line, self.span.column, self.code)


class SettingsInvalid(CtlError):
    """The settings hold at least one error; carries all that was found.

    Args:
        diagnostics: every finding of the run, errors and others.
        sources: the text of every file that a span names, for showing the line.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
        count = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
        noun = "error" if count == 1 else "errors"
        super().__init__(f"{count} {noun} in the settings", exit_code=ExitCode.INVALID)
        self.diagnostics = tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.position))
        self.sources = dict(sources)
