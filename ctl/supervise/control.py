"""Start, stop and signal services by runit's own ``sv``."""

from __future__ import annotations

import math

from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.process import Completed, Runner
from ctl.supervise.processes import wait_until
from ctl.supervise.status import State, process_of

# runsvdir looks for new services every five seconds.
SUPERVISED_SECONDS = 12.0


def sv(layout: Layout, runner: Runner, verb: str, name: str, wait: float) -> Completed:
    """Run ``sv`` for one service.

    Args:
        layout: whose service.
        runner: runs it.
        verb: ``status``, ``start``, ``stop``, ``restart``, ``hup`` …
        name: of the service.
        wait: seconds that the service may take to do it.
    """
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


def bring_up(layout: Layout, runner: Runner, name: str, wait: float) -> None:
    """Start a service.

    Raises:
        CtlError: it does not start.
    """
    _checked(sv(layout, runner, "start", name, wait), name, "start")


def cycle(layout: Layout, runner: Runner, name: str, wait: float) -> None:
    """Restart a service.

    Raises:
        CtlError: it does not stop in time, or does not start.
    """
    _checked(sv(layout, runner, "restart", name, wait), name, "restart")


def signal(layout: Layout, runner: Runner, name: str, verb: str) -> None:
    """Send a signal, such as ``hup``, to a service.

    Raises:
        CtlError: it cannot be sent.
    """
    _checked(sv(layout, runner, verb, name, 7), name, verb)


def _checked(done: Completed, name: str, verb: str) -> None:
    if not done.ok:
        raise CtlError(f"{verb} {name} failed", detail=(done.stdout + done.stderr).strip() or None)
