"""The program's first moments: Ctrl-C ends it with a word while nothing is there yet that could say more."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from importlib import import_module
from types import FrameType

UNTOUCHED = "interrupted: nothing was changed"


def run() -> None:
    """Run a command as a process of its own."""
    # Who has SIGINT ignored, as a job in the background, is not to be ended by it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    import_module("ctl.cli.app").run()


def stand_down() -> None:
    """Let an interruption be dealt with by whom it meets."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def say(text: str) -> int:
    """Say how an interruption has ended a command; return the exit code.

    Past the streams: to mask what goes through them takes longer than somebody waits who has pressed Ctrl-C.
    """
    with suppress(OSError):
        os.write(2, f"\n{text}\n".encode())
    return 130


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(say(UNTOUCHED))
