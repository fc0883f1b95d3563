"""How a long piece of work says how far it is, and how it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable

from ctl.storage.store import StoreError

INTERVAL_SECONDS = 0.25
# How much may be done between two looks at whether to stop.
STRIDE = 64


class Stopped(StoreError):
    """Somebody has asked the work to stop; whatever is on the disk can be continued from."""

    def __init__(self) -> None:
        super().__init__("stopped", "stopped by request; nothing is lost, the next run goes on")


class Progress:
    """Counts what is done and says it now and then.

    Args:
        report: called at most every quarter of a second with phase, done, total (0: not known), bytes and
            the seconds since the phase began.
        stop: asked as often; True ends the work by `Stopped`.
    """

    def __init__(self, report: Callable[[str, int, int, int, float], None], stop: Callable[[], bool]) -> None:
        self._report = report
        self._stop = stop
        self._phase, self._done, self._total, self._bytes = "", 0, 0, 0
        self._began = self._said = time.monotonic()
        self._until = STRIDE

    def begin(self, phase: str, total: int = 0) -> None:
        """Begin a phase of the work."""
        self.check()
        self._phase, self._done, self._total, self._bytes = phase, 0, total, 0
        self._began = self._said = time.monotonic()
        self._say()

    def step(self, count: int = 1, size: int = 0) -> None:
        """Count some work as done.

        Raises:
            Stopped: somebody has asked to stop.
        """
        self._done += count
        self._bytes += size
        self._until -= count
        if self._until > 0:
            return
        self._until = STRIDE
        self.check()
        if time.monotonic() - self._said >= INTERVAL_SECONDS:
            self._say()

    def end(self) -> None:
        """Say how far the phase came."""
        self._say()

    def check(self) -> None:
        """Stop when somebody has asked for it.

        Raises:
            Stopped: somebody has.
        """
        if self._stop():
            raise Stopped

    def _say(self) -> None:
        self._said = time.monotonic()
        self._report(self._phase, self._done, self._total, self._bytes, self._said - self._began)


def silent() -> Progress:
    """Give a progress that nobody looks at and nobody stops."""
    return Progress(lambda phase, done, total, size, seconds: None, lambda: False)
