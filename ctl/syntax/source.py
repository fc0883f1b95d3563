"""A settings file's text and where its lines begin."""

from __future__ import annotations

from bisect import bisect_right

from ctl.diagnostics.model import Span

BYTE_ORDER_MARK = "\ufeff"


class Source:
    """A text whose offsets can be told as lines and columns.

    Args:
        file: the name to show.
        text: the contents; a byte order mark in front counts for nothing.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.removeprefix(BYTE_ORDER_MARK)
        self._starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = self.text.find("\n", position + 1)

        self._line = 1
        self._next = self._starts[1] if len(self._starts) > 1 else len(self.text) + 1

    def line(self, offset: int) -> int:
        """Tell the line of an offset; the first is 1."""
        return bisect_right(self._starts, offset)

    def span(self, start: int, end: int) -> Span:
        """Tell the range between two offsets, at least one column wide."""
        # Questions come line by line, so the line of the last question is tried first.
        line = self._line
        starts = self._starts
        begin = starts[line - 1]
        if not begin <= start < self._next:
            self._line = line = bisect_right(starts, start)
            begin = starts[line - 1]
            self._next = starts[line] if line < len(starts) else len(self.text) + 1
        end = max(end, start + 1)
        if end <= self._next:
            return Span(self.file, line, start - begin + 1, line, end - begin + 1)
        end_line = bisect_right(starts, end)
        return Span(self.file, line, start - begin + 1, end_line, end - starts[end_line - 1] + 1)

    def line_end(self, offset: int) -> int:
        """Tell the offset of the line break that ends the line of an offset, or of the text's end."""
        position = self.text.find("\n", offset)
        return len(self.text) if position < 0 else position
