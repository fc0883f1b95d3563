"""Signals that end a run: all interrupt it like Ctrl-C, so that it goes back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

# SIGHUP comes when the connection to the terminal is lost.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Ctrl-Z, and what a process in the background gets that reads from the terminal, or writes to it.
SUSPENDING = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
Handler = Callable[[int, FrameType | None], None]


class Interrupted(KeyboardInterrupt):
    """A signal came; says which."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the signals that end a process into `Interrupted` for the length of a block."""
    with _handled(_interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Take no notice of the signals that end a process for the length of a block."""
    # Not SIG_IGN, which programs that are started meanwhile would inherit.
    with _handled(lambda number, frame: None):
        yield


@contextmanager
def unsuspended() -> Iterator[None]:
    """Let no terminal suspend this process for the length of a block."""
    with _handled(lambda number, frame: None, SUSPENDING):
        yield


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(f"interrupted by {signal.Signals(number).name}")


@contextmanager
def _handled(handler: Handler, signals: Sequence[signal.Signals] = ENDING) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What is ignored on purpose, such as SIGHUP under nohup, stays ignored.
    kept = {signum: signal.getsignal(signum) for signum in signals}
    for signum in signals:
        if kept[signum] is not signal.SIG_IGN:
            signal.signal(signum, handler)
    try:
        yield
    finally:
        for signum, before in kept.items():
            signal.signal(signum, before)
