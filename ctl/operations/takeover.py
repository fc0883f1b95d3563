"""Debian's own services for the registry and nginx hold the ports that ours need; they can be disabled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ctl.errors import CtlError
from ctl.operations.progress import Progress
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state.files import read_optional, write_atomically
from ctl.supervise.ports import Holder

# The units of Debian's packages docker-registry and nginx; nobody else's service is ever disabled.
DEBIAN_UNITS = ("docker-registry.service", "nginx.service")
SYSTEMD = Path("/run/systemd/system")


def is_debian_unit(unit: str) -> bool:
    """Whether a unit is one of Debian's that may be taken over."""
    return unit in DEBIAN_UNITS


def _record(layout: Layout) -> Path:
    return layout.state / "taken-over.json"


def take_over(layout: Layout, runner: Runner, strangers: Sequence[Holder], progress: Progress) -> list[str]:
    """Disable Debian's units that hold our ports, and remember which.

    Without systemd a process has no unit; then the program's own service is stopped.

    Raises:
        CtlError: a unit cannot be disabled.
    """
    units = sorted({unit for one in strangers if (unit := _unit_of(one))})
    have = json.loads(read_optional(_record(layout)) or b"[]")
    write_atomically(_record(layout), json.dumps(sorted({*have, *units})).encode(), 0o600)
    for unit in units:
        progress.step(f"disable Debian's {unit}")
        _run(runner, _disable(unit))
        progress.note(f"Debian's {unit} is disabled; ctl undo-take-over enables it again")
    return units


def undo(layout: Layout, runner: Runner) -> list[str]:
    """Enable again what was disabled; return the units.

    Raises:
        CtlError: a unit cannot be enabled.
    """
    units = json.loads(read_optional(_record(layout)) or b"[]")
    for unit in units:
        _run(runner, _enable(unit))
    _record(layout).unlink(missing_ok=True)
    return list(units)


def _unit_of(holder: Holder) -> str | None:
    if holder.unit:
        return holder.unit if is_debian_unit(holder.unit) else None
    names = {"docker-registry": DEBIAN_UNITS[0], "nginx": DEBIAN_UNITS[1]}
    return names.get(holder.name or "")


def _disable(unit: str) -> list[list[str]]:
    if SYSTEMD.is_dir():
        return [["systemctl", "disable", "--now", unit]]
    name = unit.removesuffix(".service")
    return [["service", name, "stop"], ["update-rc.d", name, "disable"]]


def _enable(unit: str) -> list[list[str]]:
    if SYSTEMD.is_dir():
        return [["systemctl", "enable", "--now", unit]]
    name = unit.removesuffix(".service")
    return [["update-rc.d", name, "enable"], ["service", name, "start"]]


def _run(runner: Runner, commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        done = runner.run(command)
        if not done.ok:
            raise CtlError(f"{' '.join(command)} failed", detail=(done.stderr or done.stdout).strip() or None)
