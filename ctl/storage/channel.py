"""The worker's two ends: requests from stdin, events to stdout, and whoever wants it to end."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path
from types import FrameType

from ctl.storage.events import Event
from ctl.storage.pipe import line_of

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Whoever is suspended with a terminal is our caller, and not while it keeps others from writing.
_SUSPENDING = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_PR_SET_PDEATHSIG = 1


class Channel:
    """Lines in and out of this process.

    Args:
        source: the descriptor that requests come from.
        target: the descriptor that events go to.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._output = os.fdopen(target, "wb", closefd=False)
        self._waiting = b""
        self._ended = False
        self._signalled = False
        # A signal must wake a wait for the next request, too.
        self._wake, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for signum in _SIGNALS:
            signal.signal(signum, self._on_signal)
        for signum in _SUSPENDING:
            signal.signal(signum, signal.SIG_IGN)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signalled = True

    def next(self) -> bytes | None:
        """Wait for a request; None when there will be none, or when we are to end."""
        while not self._signalled:
            line, newline, rest = self._waiting.partition(b"\n")
            if newline:
                self._waiting = rest
                return line
            if self._ended:
                return None
            ready, _, _ = select.select([self._source, self._wake], [], [])
            if self._source in ready:
                self._take()
        return None

    @property
    def is_signalled(self) -> bool:
        """Whether a signal has asked us to end."""
        return self._signalled

    def is_stopped(self) -> bool:
        """Whether the work is to end: by a signal, or because whoever asked for it is gone."""
        if not self._signalled and not self._ended and select.select([self._source], [], [], 0)[0]:
            self._take()
        return self._signalled or self._ended

    def _take(self) -> None:
        data = os.read(self._source, 65536)
        self._ended = not data
        self._waiting += data

    def say(self, event: Event) -> None:
        """Write an event; it may stay in our buffer until the next `flush`."""
        self._write(line_of(event))

    def flush(self) -> None:
        """Send what is in our buffer."""
        self._write(b"")

    def _write(self, data: bytes) -> None:
        try:
            if data:
                self._output.write(data)
            else:
                self._output.flush()
        except OSError:
            # Nobody listens any more. What was begun is ended where it can be gone on with. What the buffer
            # still has goes nowhere: from Python 3.13 on, one that is given up with something in it tells.
            self._ended = True
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._output.fileno())


def die_with_parent() -> None:
    """Ask the kernel to end us when our parent dies, be it by SIGKILL."""
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
