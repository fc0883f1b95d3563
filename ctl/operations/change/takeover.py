"""Debian's own services for the registry and nginx hold the ports that ours need; they can be disabled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ctl.errors import CtlError
from ctl.operations.progress import Progress
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import begun
from ctl.state.files import Damaged, read_document, write_atomically
from ctl.supervise.ports import DEBIAN_UNITS, Holder, debian_unit

SYSTEMD = Path("/run/systemd/system")


def _record(layout: Layout) -> Path:
    return layout.state / "taken-over.json"


def take_over(layout: Layout, runner: Runner, strangers: Sequence[Holder], progress: Progress) -> list[str]:
    """Disable Debian's units that hold our ports, and remember which.

    Without systemd a process has no unit; then the program's own service is stopped.

    Raises:
        CtlError: a unit cannot be disabled.
    """
    units = sorted({unit for stranger in strangers if (unit := debian_unit(stranger))})
    have = _taken_over(layout)
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
    units = _taken_over(layout)
    begun.note()
    for unit in units:
        _run(runner, _enable(unit))
    _record(layout).unlink(missing_ok=True)
    return units


def _taken_over(layout: Layout) -> list[str]:
    """Return the units that were disabled.

    Raises:
        Damaged: the record of them cannot be read.
    """
    path = _record(layout)
    units = read_document(path)
    if units is None and not path.exists():
        return []
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        raise Damaged(path, "a list of units is expected")
    if not {*units} <= {*DEBIAN_UNITS}:
        raise Damaged(path, f"units of Debian's are expected: {', '.join(DEBIAN_UNITS)}")
    return units


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
            raise CtlError(
                f"{' '.join(command)} failed",
                detail=(done.stderr or done.stdout).strip() or None,
                help="run it by hand to see why, then this again",
            )
