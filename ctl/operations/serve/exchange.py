"""Exchange the registry's process for a fresh one, and no client notices.

The standby instance starts beside it and takes every new connection, by one rename of the link that nginx
goes by; the old process ends when nobody talks to it any more; a fresh one takes over from the standby in
the same way, so that at rest always the same service runs. nginx is not reloaded: a reload costs clients
that keep connections and do not retry.

Measured before it was built: a plain restart fails some five of a hundred pulls of that second, a reload
between two ports one of two hundred, this none of some thirty thousand.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable

from msgspec import Struct

from ctl.apply import generation
from ctl.errors import CtlError
from ctl.operations.progress import Progress
from ctl.operations.serve.endings import ending
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.registry.client import Client, Endpoint, Unreachable
from ctl.registry.waiting import wait_answering
from ctl.state import guard, link, stopped
from ctl.supervise import control, runsvdir, sockets
from ctl.supervise.last_words import LINES
from ctl.supervise.logs import log_tail
from ctl.supervise.orphans import holders
from ctl.supervise.processes import end, wait_until
from ctl.supervise.status import State, not_crashing, process_of

# Seconds that an instance may take to answer.
ANSWER_SECONDS = 20.0
# Seconds within which runsv starts a process.
START_SECONDS = 3.0
# Seconds on top of the drain timeout before a stop counts as failed.
MARGIN = 15.0
# How long a socket has to be idle before it counts as left: nginx may have looked up the link just before.
LEFT_SECONDS = 0.1
# Enough to see why a service ended, little enough to read.
LOG_LINES = 6


def nothing(service: str, client: Client) -> None:
    """Take an instance as it is."""


class Exchange(Struct, frozen=True):
    """An exchange; the caller holds the lock.

    Args:
        layout: whose registry.
        drain: seconds for requests that are under way.
        progress: told of every step.
        prove: raises CtlError when an instance, given with a client for it, is not what it has to be.
        leave: waits until the old process may be ended; raises CtlError when it may not, and then
            everything stays as it was.
        switched: called as soon as new requests go to a process of the new form.
    """

    layout: Layout
    drain: float
    progress: Progress
    prove: Callable[[str, Client], None] = nothing
    leave: Callable[[], None] | None = None
    switched: Callable[[], None] | None = None

    def run(self) -> None:
        """Exchange the registry's process.

        Raises:
            CtlError: the standby instance does not work, and nothing was changed; or the fresh process does
                not, and the standby serves.
        """
        begun, due = guard.exchanging(self.layout), guard.fresh_due(self.layout)
        guard.begin_exchange(self.layout)
        if begun and self._answers(REGISTRY):
            # Whose standby serves is unknown, and clients that are to be waited for are at the other.
            self._home()
        if link.active(self.layout) != STANDBY or not self._answers(STANDBY):
            self._onto_standby(due)
        try:
            (self.leave or self._left)()
        except BaseException:
            if self._answers(REGISTRY):
                self._give_up(due)
            raise
        self.progress.step("restart registry; the standby instance serves meanwhile")
        control.wait_supervised(self.layout, REGISTRY)
        if process_of(self.layout, REGISTRY).is_up:
            control.cycle(self.layout, REGISTRY, self.drain + MARGIN)
        else:
            control.bring_up(self.layout, REGISTRY)
        self._works(REGISTRY)
        self.back()

    def settle(self) -> None:
        """End an exchange that somebody has left.

        Raises:
            CtlError: see `come_home`; the mark stays then.
        """
        self.come_home()
        guard.end_exchange(self.layout)

    def come_home(self) -> None:
        """Let the registry's own process serve, alone, and leave the mark; needs no settings.

        A registry that is not meant to run stays down, and its standby ends. Where nginx does not go by the
        link there is no standby, and nothing to do.

        Raises:
            CtlError: the registry is meant to run and does not work; a standby that does serves on.
        """
        if not link.is_used(self.layout):
            return
        if runsvdir.is_running(self.layout):
            # As after a start of the machine, or when its runsv was killed.
            wait_until(self._supervised, control.SUPERVISED_SECONDS)
        standby, wanted = self._answers(STANDBY), process_of(self.layout, REGISTRY).wanted
        if not standby:
            # Nothing is lost by it, and requests are answered as soon as anybody is there.
            link.bring_home(self.layout)
        if standby and not wanted and REGISTRY not in stopped.names(self.layout):
            # It was started to run once, and has ended in the middle of an exchange.
            control.bring_up(self.layout, REGISTRY)
            wanted = True
        if wanted:
            self._works(REGISTRY)
        self._home()

    def back(self) -> None:
        """Let the registry's own process serve, end the standby, and with it the exchange."""
        self._home()
        guard.end_exchange(self.layout)

    def _supervised(self) -> bool:
        return process_of(self.layout, REGISTRY).state is not State.ABSENT

    def _answers(self, service: str) -> bool:
        # A process that a killed supervisor has left serves as well.
        if not process_of(self.layout, service).is_up and not holders(self.layout, service):
            return False
        try:
            client_of(self.layout, service).get("/")
        except Unreachable:
            return False
        return True

    def _give_up(self, due: bool) -> None:
        """Go back to the old process; where a fresh one is due, the mark stays and the guard tries again."""
        self._home()
        if not due:
            guard.end_exchange(self.layout)

    def _onto_standby(self, due: bool) -> None:
        try:
            self.progress.step("start the standby instance")
            control.wait_supervised(self.layout, STANDBY)
            self._down(STANDBY)
            control.bring_up(self.layout, STANDBY)
            self._works(STANDBY)
            link.activate(self.layout, STANDBY)
            if self.switched is not None:
                self.switched()
        except BaseException:
            self._give_up(due)
            raise

    def _home(self) -> None:
        link.bring_home(self.layout)
        if process_of(self.layout, STANDBY).pid:
            self._idle(STANDBY)
        self._down(STANDBY)

    def _left(self) -> None:
        self._idle(REGISTRY)

    def _idle(self, service: str) -> bool:
        """Wait until nobody talks to an instance; who takes longer is drained by the registry itself."""
        return wait_left(self.layout, service, self.drain)

    def _works(self, service: str) -> None:
        client = client_of(self.layout, service)
        # runsv waits a second before it starts what has ended very soon.
        wait_until(lambda: process_of(self.layout, service).is_up, START_SECONDS)
        try:
            wait_answering(client, ANSWER_SECONDS, alive=not_crashing(self.layout, service))
        except Unreachable as error:
            text = f"the registry does not come up: {error.reason}"
            raise CtlError(text, detail=evidence(self.layout, service)) from error
        self.prove(service, client)

    def _down(self, service: str) -> None:
        state = process_of(self.layout, service)
        if state.pid or state.wanted:
            control.tell(self.layout, service, "d")
            if not wait_until(lambda: not process_of(self.layout, service).pid, self.drain + MARGIN):
                control.tell(self.layout, service, "k")
                wait_until(lambda: not process_of(self.layout, service).pid, MARGIN)
        # What a killed supervisor has left.
        end(holders(self.layout, service), signal.SIGTERM, self.drain + MARGIN)
        # Who was killed has left it; in that directory the registry may have put anything in its place.
        with contextlib.suppress(OSError):
            self.layout.instance_socket(service).unlink()


def evidence(layout: Layout, service: str) -> str | None:
    """Return why a service ended, or the end of its log, to stand below an error; None when there is none."""
    lines = log_tail(layout, service, LINES)
    told = ending(layout, service, lines)
    if told is not None:
        return told
    return "\n".join([f"the end of the log of {service}:", *lines[-LOG_LINES:]]) if lines else None


def client_of(layout: Layout, service: str) -> Client:
    """Return a client for one instance."""
    return Client(Endpoint("", 0, "localhost", socket=layout.instance_socket(service)))


def drain_of(layout: Layout) -> float:
    """Return how many seconds the generation in force grants requests that are under way."""
    current = generation.load_current(layout)
    return current.manifest.drain if current else 0.0


def wait_left(layout: Layout, service: str, seconds: float) -> bool:
    """Wait until nobody has talked to an instance for a moment; return whether that came true in time."""
    socket = layout.instance_socket(service)
    since = time.monotonic()

    def left() -> bool:
        nonlocal since
        now = time.monotonic()
        if not sockets.traffic(socket).is_idle:
            since = now
        return now - since >= LEFT_SECONDS

    return wait_until(left, seconds)
