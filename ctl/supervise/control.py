"""Start, stop and signal services by runit's own ``sv``."""

from __future__ import annotations

import math
import os
import signal
from contextlib import suppress

from ctl.errors import CtlError, reason, remedy
from ctl.paths import Layout
from ctl.process import Completed, Runner
from ctl.state import begun
from ctl.supervise.orphans import holders, stood_in_for
from ctl.supervise.processes import alive, wait_until
from ctl.supervise.status import State, process_of

# runsvdir looks for new services every five seconds.
SUPERVISED_SECONDS = 12.0
# runsv starts a process at once, or after a second when the one before ended at once.
STARTED_SECONDS = 2.0


def sv(layout: Layout, runner: Runner, verb: str, name: str, wait: float) -> Completed:
    """Run ``sv`` for one service.

    Args:
        layout: whose service.
        runner: runs it.
        verb: ``status``, ``start``, ``stop``, ``restart``, ``hup`` …
        name: of the service.
        wait: seconds that the service may take to do it.
    """
    begun.note()
    return runner.run(
        ["sv", "-w", str(math.ceil(wait)), verb, name],
        environment={"SVDIR": str(layout.services)},
        timeout=wait + 30,
    )


def wait_supervised(layout: Layout, name: str) -> None:
    """Wait until a runsv looks after a service.

    Raises:
        CtlError: none does in time.
    """
    if not wait_until(lambda: process_of(layout, name).state is not State.ABSENT, SUPERVISED_SECONDS):
        raise CtlError(
            f"no supervisor looks after the service {name}",
            help=f"is runsvdir alive? look at {layout.logs}/ctl/runsvdir.log",
        )


def wait_found_again(layout: Layout, name: str) -> None:
    """Wait, where a supervisor was killed just now, for the next one, and for what it starts.

    Raises:
        CtlError: none comes in time.
    """
    if process_of(layout, name).state is State.ABSENT:
        wait_supervised(layout, name)

    def is_found() -> bool:
        state = process_of(layout, name)
        return state.is_up or not state.wanted

    wait_until(is_found, STARTED_SECONDS)


def tell(layout: Layout, name: str, command: str) -> None:
    """Give runsv a command through its control pipe, without sv's waiting.

    Args:
        layout: whose service.
        name: of the service.
        command: one of runsv's letters: ``u`` up, ``d`` down, ``t`` TERM, ``h`` HUP.

    Raises:
        CtlError: no runsv listens, or it belongs to another account.

    Source: runsv(8).
    """
    begun.note()
    pipe = layout.services / name / "supervise" / "control"
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, command.encode("ascii"))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CtlError(
            f"the supervisor of {name} cannot be reached: {reason(error)}",
            help=remedy(error) or f"ctl start {name} brings it back",
        ) from error


def bring_up(layout: Layout, name: str) -> None:
    """Start a service and wait for its process; whether that stays is for a verification to tell.

    A process that ends at once may never be seen up; that is not waited for.

    Raises:
        CtlError: its supervisor cannot be reached.
    """
    tell(layout, name, "u")
    wait_until(lambda: process_of(layout, name).is_up, STARTED_SECONDS)


def cycle(layout: Layout, name: str, wait: float) -> None:
    """Restart a service: TERM, and runsv starts it again as soon as it has ended.

    A process that lives on without its supervisor is told as well: what stands in for it passes nothing on
    before it has begun to listen for signals.

    Returns when the old process is gone; whether the new one stays is for a verification to tell. (``sv
    restart`` would wait all its time for a process that keeps ending.)

    Raises:
        CtlError: the old process does not end in time.
    """
    old = process_of(layout, name).pid
    left = holders(layout, name, left=False) if stood_in_for(layout, name) else []
    tell(layout, name, "t")
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def is_over() -> bool:
        return process_of(layout, name).pid != old and not any(alive(pid) for pid in left)

    if not wait_until(is_over, wait):
        raise CtlError(f"{name} does not end within {wait:g} s", help=f"ctl restart {name} tries it again")
