"""Shows diagnostics: as text with the source line and a caret, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import astuple

from ctl.diagnostics.cells import cells_of, printable
from ctl.diagnostics.known import Masker
from ctl.diagnostics.masking import hidden_in
from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.diagnostics.secrecy import in_urls, looks_secret, names_secrets

_DEFAULT_WIDTH = 120
_NUMBER_WIDTH = 5
_LEAST_SHOWN = 20
_CUT = "…"

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_COLORS = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[1;33m",
    Severity.DEPRECATION: "\x1b[1;35m",
    Severity.NOTE: "\x1b[1;36m",
}


class _Style(Struct, frozen=True):
    """Dresses text for a terminal, or leaves it as it is."""

    color: bool
    width: int

    def dress(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self.color and text else text


class _Sources:
    """Gives single lines of the sources, each of which is split once."""

    def __init__(
        self, sources: Mapping[str, str], secret_lines: Collection[tuple[str, int]], masker: Masker
    ) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}
        self._secret_lines = secret_lines
        self._masker = masker

    def line(self, span: Span) -> str | None:
        if span.file not in self._lines:
            self._lines[span.file] = self._sources.get(span.file, "").removeprefix("\ufeff").split("\n")
        lines = self._lines[span.file]
        if span.file not in self._sources or not 1 <= span.line <= len(lines):
            return None
        return lines[span.line - 1].removesuffix("\r")

    def hidden(self, span: Span, line: str) -> list[tuple[int, int]]:
        """List the ranges of a line that may not be shown: known secrets, and what is at a secret's place."""
        ranges = [*self._masker.ranges(line), *in_urls(line)]
        if (span.file, span.line) in self._secret_lines:
            return [*ranges, *hidden_in(line, whole=not looks_secret(line))]
        if looks_secret(line) or names_secrets(self._statement(span)):
            ranges += hidden_in(line, whole=False)
        return ranges

    def _statement(self, span: Span) -> str:
        """Return the line that the statement around a line begins with, as far as indentation tells."""
        lines = self._lines[span.file]
        above = (line for line in reversed(lines[: span.line]) if line[:1].isalpha() or line[:1] == "_")
        return next(above, "")


def render_text(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    color: bool = False,
    width: int | None = None,
    secret_lines: Collection[tuple[str, int]] = (),
    masker: Masker | None = None,
) -> str:
    """Show diagnostics to a person, sorted by place.

    Args:
        diagnostics: what was found.
        sources: the text of the files that spans name; without it the source line is left out.
        color: whether to use a terminal's colours.
        width: columns to fit source lines into; 120 when not given.
        secret_lines: file and line of further source lines whose values may not be shown. A line that
            names a secret, such as a password, needs no mention.
        masker: knows the secrets that are to be masked wherever they stand.

    Returns:
        Lines without a line break at the end; nothing when there are no diagnostics.
    """
    style = _Style(color, width or _DEFAULT_WIDTH)
    table = _Sources(sources, secret_lines, masker or Masker(()))
    return "\n\n".join(_rendered(diagnostic, table, style) for diagnostic in _sorted(diagnostics))


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Show diagnostics to a program: an array of objects, sorted by place.

    Each has ``file``, ``line``, ``column``, ``end_line``, ``end_column``, ``severity``, ``code``,
    ``message`` and ``help``; what does not apply is null. There is no source line in it, so no secret.
    """
    return json.dumps([_flat(diagnostic) for diagnostic in _sorted(diagnostics)], indent=2)


def _sorted(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.position)


def _flat(diagnostic: Diagnostic) -> dict[str, str | int | None]:
    span = diagnostic.span
    place = (None,) * 5 if span is None else astuple(span)
    return {
        **dict(zip(("file", "line", "column", "end_line", "end_column"), place, strict=True)),
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
    }


def _rendered(diagnostic: Diagnostic, sources: _Sources, style: _Style) -> str:
    span = diagnostic.span
    color = _COLORS[diagnostic.severity]
    title = style.dress(color, f"{diagnostic.severity.value}[{diagnostic.code}]")
    shown = [f"{title}: {style.dress(_BOLD, printable(diagnostic.message))}"]
    margin = " " * _NUMBER_WIDTH
    if span is not None:
        shown[0] = f"{style.dress(_BOLD, printable(str(span)))}: {shown[0]}"
    if diagnostic.severity is Severity.DEPRECATION:
        # It is true of every run, and nothing is wrong yet: the place is enough.
        return "; ".join([shown[0], *(diagnostic.help or "").split("\n")]).removesuffix("; ")
    if span is not None:
        line = sources.line(span)
        if line is not None:
            margin = " " * max(_NUMBER_WIDTH, len(str(span.line)))
            shown += _excerpt(span, line, sources.hidden(span, line), margin, style, color)
    if diagnostic.help is not None:
        bar = style.dress(_DIM, f"{margin} =")
        first, *rest = diagnostic.help.split("\n")
        shown.append(f"{bar} {style.dress(_BOLD, 'help:')} {printable(first)}")
        shown += [f"{margin}         {printable(line)}" for line in rest]
    return "\n".join(shown)


def _excerpt(
    span: Span, line: str, hidden: Sequence[tuple[int, int]], margin: str, style: _Style, color: str
) -> list[str]:
    """Show a source line and a caret below it."""
    room = max(_LEAST_SHOWN, style.width - len(margin) - 3)
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    text, before, marked = _window(line, hidden, start, max(end, start), room)
    number = style.dress(_DIM, f"{span.line:>{len(margin)}} |")
    bar = style.dress(_DIM, f"{margin} |")
    carets = style.dress(color, "^" * max(1, marked))
    return [f"{number} {text}".rstrip(), f"{bar} {' ' * before}{carets}"]


def _window(
    line: str, hidden: Sequence[tuple[int, int]], start: int, end: int, room: int
) -> tuple[str, int, int]:
    """Cut a line around a range; tell the text, the columns before the range, the columns of it."""
    # A line can be a million characters long; only those near the caret are looked at.
    first = max(0, start - 2 * room)
    last = min(len(line), start + 3 * room)
    cells = cells_of(line, first, last, hidden)
    widths = [width for _, width in cells]
    before = sum(widths[: start - first])
    marked = sum(widths[start - first : max(end, start) - first])
    total = sum(widths)
    if first == 0 and last == len(line) and total <= room:
        return "".join(text for text, _ in cells), before, marked
    # The caret keeps a third of the room before it, so that one sees whose value it marks.
    skipped = 0 if before + min(marked, room // 2) < room else before - room // 3
    return _cut(cells, before, marked, skipped, room, open_end=last < len(line), open_begin=first > 0)


def _cut(
    cells: Sequence[tuple[str, int]],
    before: int,
    marked: int,
    skipped: int,
    room: int,
    *,
    open_begin: bool,
    open_end: bool,
) -> tuple[str, int, int]:
    """Keep ``room`` columns of the cells behind the first ``skipped``; an ellipsis marks a cut end."""
    shown: list[str] = []
    column = taken = 0
    left = skipped > 0 or open_begin
    budget = room - int(left) - 1
    dropped = 0
    for position, (text, width) in enumerate(cells):
        if column < skipped:
            column += width
            dropped = column
            continue
        if taken + width > budget and (taken + width > budget + 1 or position + 1 < len(cells) or open_end):
            shown.append(_CUT)
            break
        shown.append(text)
        taken += width
    else:
        if open_end:
            shown.append(_CUT)
    before = before - dropped + int(left)
    marked = max(1, min(marked, taken + int(left) - before))
    return (_CUT if left else "") + "".join(shown), max(0, before), marked
