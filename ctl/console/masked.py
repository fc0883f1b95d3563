"""The standard streams without secrets: what no command may forget is done in one place, at the way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from ctl.diagnostics.known import KNOWN


class MaskedStream:
    """A stream of text in which known secrets are masked; all else is the stream's own.

    Args:
        stream: where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text; return its length, as the caller knows it."""
        self._stream.write(KNOWN.mask(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
