"""Bring the services to what a generation says, touching only those that it changes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterable

from msgspec import Struct, field

from ctl.apply.generation import Staged
from ctl.errors import CtlError
from ctl.operations.progress import Progress
from ctl.operations.serve.condition import settled
from ctl.operations.serve.due import OWN_SERVICES, Dues, dues
from ctl.operations.serve.exchange import ANSWER_SECONDS, MARGIN, Exchange, evidence, nothing
from ctl.operations.serve.log_services import converge_logs
from ctl.operations.serve.revival import revive
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.process import Runner
from ctl.registry.client import Client
from ctl.state import guard, link, owed, running
from ctl.state.fingerprint import Due, Fingerprint
from ctl.supervise import control, directories, runsvdir
from ctl.supervise.orphans import stood_in_for, strays, working
from ctl.supervise.processes import end, wait_until
from ctl.supervise.status import has_socket, process_of
from ctl.supervise.workers import reloading

_DONE = {Due.START: "started", Due.RESTART: "restarted", Due.RELOAD: "reloaded", Due.REMOVE: "removed"}


class Changes(Struct, frozen=True):
    """What was due to services, and is done, by name."""

    done: dict[str, Due] = field(default_factory=dict)

    def of(self, due: Due) -> list[str]:
        """Return the names of those to which it was due."""
        return [name for name, done in self.done.items() if done is due]

    def sentence(self) -> str:
        """Say what happened in one line; empty when nothing did."""
        return "; ".join(
            f"{word} {', '.join(names)}" for due, word in _DONE.items() if (names := self.of(due))
        )


class Convergence(Struct, frozen=True):
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
    layout, wanted = about.layout, staged.manifest.services
    asked = dues(layout, wanted)
    # Before runsvdir starts what it finds down.
    first = asked.all()
    changes = Changes()
    for name in OWN_SERVICES:
        if first.get(name) is Due.REMOVE:
            _remove(about, name, changes)
        if name not in wanted:
            owed.clear(layout, name)
    if STANDBY not in wanted:
        # Also a link that a run has left which died between the two.
        layout.active_socket.unlink(missing_ok=True)
    if not wanted:
        return changes
    fresh = _supervise(about, asked)
    for name in wanted:
        due = first.get(name, Due.NOTHING)
        if due is not Due.HELD and name != STANDBY:
            control.wait_supervised(layout, name)
            due = due if due is Due.START else asked.due(settled(layout, name))
            _bring(about, name, due, wanted[name], fresh)
        if due is not Due.NOTHING:
            changes.done[name] = due
        if name == REGISTRY and guard.exchanging(layout):
            about.progress.step("end the exchange that was interrupted")
            Exchange(layout, about.drain, about.progress, about.prove).settle()
        if not (due is Due.HELD and process_of(layout, name).is_up):
            owed.clear(layout, name)
    converge_logs(layout, staged, fresh)
    return changes


def _remove(about: Convergence, name: str, changes: Changes) -> None:
    about.progress.step(f"remove the service {name}")
    directories.disable(about.layout, about.runner, name, about.wait)
    # Of the standby instance nobody was told.
    if name != STANDBY:
        changes.done[name] = Due.REMOVE


def _supervise(about: Convergence, asked: Dues) -> list[str]:
    """Let every service that is wanted have a supervisor; return the names of those that had none to have."""
    layout = about.layout
    (layout.state / "running").mkdir(mode=0o700, parents=True, exist_ok=True)
    end(strays(layout), signal.SIGTERM, about.wait)
    for name in asked.wanted:
        held = name in asked.on_purpose or name == STANDBY
        (directories.hold_down if held else directories.release)(layout, name)
    guard.write_program(layout)
    if STANDBY in asked.wanted and link.active(layout) is None:
        link.activate(layout, REGISTRY)
    fresh = [name for name in asked.wanted if directories.enable(layout, name)]
    guard.mend_link(layout)
    revive(layout, about.runner, (), about.progress.note)
    runsvdir.ensure_running(layout, about.runner)
    return fresh


def _bring(about: Convergence, name: str, due: Due, wanted: Fingerprint, fresh: Collection[str]) -> None:
    layout, progress = about.layout, about.progress
    if due is Due.START:
        progress.step(f"start {name}")
        control.bring_up(layout, name)
        if stood_in_for(layout, name):
            _restart(about, name, fresh)
    elif due is Due.RESTART and not has_socket(layout, name):
        progress.step(f"restart {name}, whose socket is gone")
        control.cycle(layout, name, about.wait)
    elif due is Due.RESTART:
        _restart(about, name, fresh)
    elif due is Due.RELOAD:
        progress.step(f"reload {name}")
        _reload(layout, name)
        running.write(layout, name, wanted)


def _reload(layout: Layout, name: str) -> None:
    """Let nginx read its settings anew, and wait until nobody answers by the old ones."""
    done = reloading(working(layout, name))
    control.tell(layout, name, "h")
    if not wait_until(done, ANSWER_SECONDS):
        raise CtlError(
            f"{name} has not taken its new settings within {ANSWER_SECONDS:g} s",
            detail=evidence(layout, name),
            help=f"ctl tail {name} -n 50 --no-follow shows more of its log",
        )


def _restart(about: Convergence, name: str, fresh: Collection[str]) -> None:
    if name == REGISTRY and STANDBY not in fresh and link.is_used(about.layout):
        Exchange(about.layout, about.drain, about.progress, about.prove).run()
        return
    about.progress.step(f"restart {name}")
    control.cycle(about.layout, name, about.wait)


def processes(layout: Layout, wanted: Iterable[str]) -> dict[str, int]:
    """Return the pids of services by name; 0 for one that is down."""
    return {name: process_of(layout, name).pid for name in wanted}
