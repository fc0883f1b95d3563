"""The steps of an operation as they happen: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from ctl.console.terminal import is_smart
from ctl.console.text import safe


class Steps:
    """Shows steps; on a terminal each becomes a line with a tick and its time when it is done.

    Args:
        out: where to; standard error, so that a command's output stays clean.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.live = is_smart(self.out)
        self._open: tuple[str, float] | None = None

    def step(self, text: str) -> None:
        """Close the step before, and show that this one has begun."""
        self.finish()
        self._open = (safe(text), time.monotonic())
        if self.live:
            self.out.write(f"  … {self._open[0]}")
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
