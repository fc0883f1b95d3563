"""Bring the services to what a generation says, touching only those that it changes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from ctl.apply.fingerprint import Due, due
from ctl.apply.generation import Staged
from ctl.operations.progress import Progress
from ctl.operations.serve.condition import renewal_due
from ctl.operations.serve.exchange import MARGIN, Exchange, nothing
from ctl.operations.serve.hand_edits import needs
from ctl.operations.serve.log_services import converge_logs
from ctl.operations.serve.revival import revive
from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.process import Runner
from ctl.registry.client import Client
from ctl.state import guard, link, owed, running, stopped
from ctl.supervise import control, directories, runsvdir
from ctl.supervise.orphans import stood_in_for, strays
from ctl.supervise.processes import end, wait_until
from ctl.supervise.status import has_socket, process_of

OWN_SERVICES = (REGISTRY, STANDBY, "nginx", "logrotate", GUARD)

# A registry that has just been started makes its socket within a moment.
SOCKET_SECONDS = 5.0


@dataclass(slots=True)
class Changes:
    """What happened to the services, by name."""

    started: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    reloaded: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """Say what happened in one line; empty when nothing did."""
        words = ("started", "restarted", "reloaded", "removed")
        return "; ".join(f"{word} {', '.join(names)}" for word in words if (names := getattr(self, word)))


@dataclass(frozen=True, slots=True)
class Convergence:
    """What bringing services up to date needs to know.

    Args:
        layout: whose services.
        runner: runs ``sv``.
        drain: seconds for requests that are under way.
        progress: told of every service that is touched.
        prove: see `Exchange`.
    """

    layout: Layout
    runner: Runner
    drain: float
    progress: Progress
    prove: Callable[[str, Client], None] = nothing

    @property
    def wait(self) -> float:
        """Seconds that a service may take to stop."""
        return self.drain + MARGIN


def converge(about: Convergence, staged: Staged) -> Changes:
    """Start, restart, reload and remove services so that each runs what the generation says.

    A service that was stopped on purpose stays down.

    Raises:
        CtlError: a service does not come up or go down.
    """
    layout, progress = about.layout, about.progress
    changes = Changes()
    wanted = staged.fingerprints
    for name in OWN_SERVICES:
        if name not in wanted and directories.is_enabled(layout, name):
            progress.step(f"remove the service {name}")
            directories.disable(layout, about.runner, name, about.wait)
            if name != STANDBY:
                changes.removed.append(name)
        if name not in wanted:
            owed.clear(layout, name)
    if STANDBY not in wanted:
        # Also one that a run has left which died between the two.
        layout.active_socket.unlink(missing_ok=True)
    if not wanted:
        return changes
    (layout.state / "running").mkdir(mode=0o700, parents=True, exist_ok=True)
    end(strays(layout), signal.SIGTERM, about.wait)
    on_purpose = stopped.names(layout)
    for name in wanted:
        held = name in on_purpose or name == STANDBY
        (directories.hold_down if held else directories.release)(layout, name)
    guard.write_program(layout)
    if STANDBY in wanted and link.active(layout) is None:
        link.activate(layout, REGISTRY)
    fresh = [name for name in wanted if directories.enable(layout, name)]
    guard.mend_link(layout)
    revive(layout, about.runner, (), progress.note)
    runsvdir.ensure_running(layout, about.runner)
    for name, fingerprint in wanted.items():
        if name in on_purpose:
            changes.stopped.append(name)
        elif name != STANDBY:
            control.wait_supervised(layout, name)
            _bring(about, name, fingerprint, fresh, changes)
        if name == REGISTRY and guard.exchanging(layout):
            progress.step("end the exchange that was interrupted")
            Exchange(layout, about.drain, progress, about.prove).settle()
        if not (name in on_purpose and process_of(layout, name).is_up):
            owed.clear(layout, name)
    converge_logs(layout, staged, fresh)
    return changes


def _bring(about: Convergence, name: str, fingerprint: str, fresh: Collection[str], changes: Changes) -> None:
    layout, progress = about.layout, about.progress
    state = process_of(layout, name)
    what = due(running.read(layout, name), fingerprint, needs(layout).get(name, Due.NOTHING))
    if name in fresh or not state.is_up:
        progress.step(f"start {name}")
        control.bring_up(layout, name)
        changes.started.append(name)
        if stood_in_for(layout, name):
            _restart(about, name, fresh)
    elif not wait_until(lambda: has_socket(layout, name), SOCKET_SECONDS):
        progress.step(f"restart {name}, whose socket is gone")
        control.cycle(layout, name, about.wait)
        changes.restarted.append(name)
    elif what is Due.RESTART or renewal_due(layout, name):
        _restart(about, name, fresh)
        changes.restarted.append(name)
    elif what is Due.RELOAD:
        progress.step(f"reload {name}")
        control.tell(layout, name, "h")
        running.write(layout, name, fingerprint)
        changes.reloaded.append(name)


def _restart(about: Convergence, name: str, fresh: Collection[str]) -> None:
    if name == REGISTRY and STANDBY not in fresh and link.is_used(about.layout):
        Exchange(about.layout, about.drain, about.progress, about.prove).run()
        return
    about.progress.step(f"restart {name}")
    control.cycle(about.layout, name, about.wait)


def processes(layout: Layout, wanted: Iterable[str]) -> dict[str, int]:
    """Return the pids of services by name; 0 for one that is down."""
    return {name: process_of(layout, name).pid for name in wanted}
