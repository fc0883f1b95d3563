"""Bring the services to what a generation says, touching only those that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.apply.generation import Staged
from ctl.operations.progress import Progress
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import running, stopped
from ctl.supervise import control, directories, runsvdir
from ctl.supervise.status import process_of

OWN_SERVICES = ("registry", "nginx", "logrotate")
# Seconds on top of the drain timeout before a stop counts as failed.
MARGIN = 15.0


@dataclass(slots=True)
class Changes:
    """What happened to the services, by name; and whether runsvdir was started for them."""

    started: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    reloaded: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    supervisor_started: bool = False

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
    fresh = [name for name in wanted if directories.enable(layout, name)]
    changes.supervisor_started = runsvdir.ensure_running(layout, runner)
    on_purpose = stopped.names(layout)
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
        control.bring_up(layout, name, wait)
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


def all_running(layout: Layout, wanted: Mapping[str, str]) -> bool:
    """Whether every service runs what is wanted, or was stopped on purpose."""
    on_purpose = stopped.names(layout)
    return all(
        name in on_purpose or (process_of(layout, name).is_up and running.read(layout, name) == fingerprint)
        for name, fingerprint in wanted.items()
    )
