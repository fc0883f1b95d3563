"""The steps of an operation as they happen: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from ctl.console.terminal import columns, is_smart
from ctl.console.text import safe

# How often a log that nobody watches hears how far a step is.
DETAIL_SECONDS = 30.0


def shortened(text: str) -> str:
    """Cut a text so that it stays on one line of a terminal."""
    width = columns() - 5
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


class Steps:
    """Shows steps; on a terminal each becomes a line with a tick and its time when it is done.

    Args:
        out: where to; standard error, so that a command's output stays clean.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.live = is_smart(self.out)
        self._open: tuple[str, float] | None = None
        self._told = time.monotonic()

    def step(self, text: str) -> None:
        """Close the step before, and show that this one has begun."""
        self.finish()
        self._open = (safe(text), time.monotonic())
        if self.live:
            self.out.write(f"  … {self._open[0]}")
            self.out.flush()

    def detail(self, text: str) -> None:
        """Show behind the open step how far it is; elsewhere than on a terminal a line now and then."""
        if self._open is None:
            return
        if self.live:
            self.out.write(f"\r\x1b[K  … {shortened(f'{self._open[0]}: {safe(text)}')}")
            self.out.flush()
        elif time.monotonic() - self._told >= DETAIL_SECONDS:
            self._told = time.monotonic()
            self.out.write(f"    {safe(text)}\n")
            self.out.flush()

    def note(self, text: str) -> None:
        """Show a remark without disturbing the line of the step."""
        if self.live and self._open:
            self.out.write("\r\x1b[K")
        self.out.write(f"  note: {safe(text)}\n")
        if self.live and self._open:
            self.out.write(f"  … {self._open[0]}")
        self.out.flush()

    def finish(self, good: bool = True) -> None:
        """Close the step that is open."""
        if self._open is None:
            return
        text, since = self._open
        seconds = time.monotonic() - since
        mark = ("✓" if good else "✗") if self.live else ("-" if good else "!")
        took = f"  {seconds:.1f} s" if seconds >= 0.1 else ""
        start = "\r\x1b[K" if self.live else ""
        self.out.write(f"{start}  {mark} {text}{took}\n")
        self.out.flush()
        self._open = None
