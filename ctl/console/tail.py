"""How lines of logs look: the service's name in front, and nothing in them that drives the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from ctl.diagnostics.cells import printable
from ctl.diagnostics.known import KNOWN, mask_urls

if TYPE_CHECKING:
    from ctl.operations.inspect.tail import Line

# Wide enough for the services of a registry; longer labels are not cut, they only stand out.
_LABEL_COLUMNS = 15
_NARROW_COLUMNS = 60


class LinePrinter:
    """Prints lines as they come.

    Args:
        out: where to.
        labelled: whether the service's name stands in front.
        width: columns of the terminal; None where there is none.
        coloured: whether labels are dimmed.
    """

    def __init__(self, out: TextIO, labelled: bool, width: int | None, coloured: bool) -> None:
        self.out, self.labelled, self.coloured = out, labelled, coloured
        self.columns = 0 if width is not None and width < _NARROW_COLUMNS else _LABEL_COLUMNS

    def show(self, lines: Iterator[Line]) -> None:
        """Print lines, and bring them to the reader."""
        written = False
        for line in lines:
            text = shown(line.content)
            self.out.write(self._front(line.label) + (text if KNOWN.revealed else mask_urls(text)) + "\n")
            written = True
        if written:
            self.out.flush()

    def _front(self, label: str) -> str:
        if not self.labelled:
            return ""
        text = f"{shown(label.encode('utf-8', 'surrogateescape')):{self.columns}} | "
        return f"\x1b[2m{text}\x1b[0m" if self.coloured else text


def shown(content: bytes) -> str:
    """Return a line as it may be printed: as `printable`, but tabs stay."""
    text = content.decode("utf-8", "surrogateescape")
    return "\t".join(printable(part) for part in text.split("\t"))
