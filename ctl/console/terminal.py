"""What the terminal at the other end can do, and whether anybody still reads there."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from ctl.diagnostics.cells import printable_text
from ctl.regex import compile_late

# Below this nothing can be laid out; a terminal that says 0 does not know.
_NARROWEST = 10
# Colours, and a line that is drawn anew.
_OWN = compile_late("\r?\x1b\\[(?:[0-9;]{0,8}m|K)")


def is_smart(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream is a terminal that understands control sequences."""
    return out.isatty() and environment.get("TERM") != "dumb"


def is_coloured(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colours are shown and wanted.

    Source: no-color.org: any value of ``NO_COLOR`` but the empty one forbids them.
    """
    return is_smart(out, environment) and not environment.get("NO_COLOR")


def columns() -> int:
    """Return how many columns the terminal has; 80 when it does not say."""
    import shutil

    return max(_NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def still_read(out: TextIO, seconds: float) -> bool:
    """Wait, and return whether anybody still reads a stream: a pipe's reader may have seen enough."""
    deadline = time.monotonic() + seconds
    poll = select.poll()
    try:
        poll.register(out.fileno(), 0)
    except (OSError, ValueError):
        # No descriptor below it.
        time.sleep(seconds)
        return True
    gone = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(seconds * 1000))
    if not gone:
        time.sleep(max(0.0, deadline - time.monotonic()))
    return not gone


class Screened:
    """A stream through which nothing reaches a terminal that drives it, but our own colours and redrawing.

    Names are escaped where they are printed (`ctl.console.text`); this is for the place that forgets it.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        self._stream.write(screened(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def screened(text: str) -> str:
    """Escape what drives a terminal, but line breaks, tabs and our own sequences."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    parts = _OWN.split(text)
    own = [*_OWN.findall(text), ""]
    return "".join(printable_text(part) + sequence for part, sequence in zip(parts, own, strict=True))


def tolerate(out: TextIO) -> None:
    """Let a stream show what its encoding cannot say as an escape instead of failing."""
    reconfigure = getattr(out, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
