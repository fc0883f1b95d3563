"""Bring the services to what a generation says, touching only those that it changes."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ctl.apply.generation import Staged
from ctl.operations.progress import Progress
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import running, stopped
from ctl.supervise import control, directories, runsvdir
from ctl.supervise.orphans import orphans
from ctl.supervise.processes import end
from ctl.supervise.status import process_of

OWN_SERVICES = ("registry", "nginx", "logrotate")
# Seconds on top of the drain timeout before a stop counts as failed.
MARGIN = 15.0


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


def converge(layout: Layout, runner: Runner, staged: Staged, wait: float, progress: Progress) -> Changes:
    """Start, restart, reload and remove services so that each runs what the generation says.

    A service that was stopped on purpose stays down.

    Args:
        layout: whose services.
        runner: runs ``sv``.
        staged: the generation in force.
        wait: seconds that a service may take to stop.
        progress: told of every service that is touched.

    Raises:
        CtlError: a service does not come up or go down.
    """
    changes = Changes()
    wanted = staged.fingerprints
    for name in OWN_SERVICES:
        if name not in wanted and directories.is_enabled(layout, name):
            progress.step(f"remove the service {name}")
            directories.disable(layout, runner, name, wait)
            changes.removed.append(name)
    if not wanted:
        return changes
    (layout.state / "running").mkdir(mode=0o700, parents=True, exist_ok=True)
    end(orphans(layout), signal.SIGTERM, wait)
    on_purpose = stopped.names(layout)
    for name in wanted:
        (directories.hold_down if name in on_purpose else directories.release)(layout, name)
    fresh = [name for name in wanted if directories.enable(layout, name)]
    runsvdir.ensure_running(layout, runner)
    for name, fingerprint in wanted.items():
        if name in on_purpose:
            changes.stopped.append(name)
            continue
        control.wait_supervised(layout, name)
        _bring(layout, name, fingerprint, name in fresh, wait, changes, progress)
    return changes


def _bring(
    layout: Layout,
    name: str,
    fingerprint: str,
    fresh: bool,
    wait: float,
    changes: Changes,
    progress: Progress,
) -> None:
    state = process_of(layout, name)
    have = running.read(layout, name)
    if fresh or not state.is_up:
        progress.step(f"start {name}")
        control.bring_up(layout, name)
        changes.started.append(name)
    elif have is None or have.split()[:1] != fingerprint.split()[:1]:
        progress.step(f"restart {name}")
        control.cycle(layout, name, wait)
        changes.restarted.append(name)
    elif have != fingerprint:
        progress.step(f"reload {name}")
        control.tell(layout, name, "h")
        running.write(layout, name, fingerprint)
        changes.reloaded.append(name)


def processes(layout: Layout, wanted: Iterable[str]) -> dict[str, int]:
    """Return the pids of services by name; 0 for one that is down."""
    return {name: process_of(layout, name).pid for name in wanted}


def all_running(layout: Layout, wanted: Mapping[str, str], verified: Mapping[str, int]) -> bool:
    """Whether every service runs what is wanted, or was stopped on purpose, below a living runsvdir.

    Args:
        layout: whose services.
        wanted: what they have to be started with, by name.
        verified: the pids that were there at the last verification. Another one has been started since, be
            it by hand or because the service ends again and again.
    """
    on_purpose = stopped.names(layout)
    for name, fingerprint in wanted.items():
        if name in on_purpose:
            continue
        state = process_of(layout, name)
        if not state.is_up or state.pid != verified.get(name) or running.read(layout, name) != fingerprint:
            return False
    return not wanted or runsvdir.is_running(layout)
