"""Whether the settings can be read, and whether what is in force is whole."""

from __future__ import annotations

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Read
from ctl.diagnostics.model import Severity
from ctl.errors import CtlError

_SHOWS = "ctl validate shows each with its line and a remedy"


def check_settings(read: Read) -> Finding:
    """Sum up what is wrong with the settings file."""
    lines = tuple(
        f"{diagnostic.span or read.path}: {diagnostic.severity}: {diagnostic.message}"
        for diagnostic in read.diagnostics
        if diagnostic.severity is not Severity.NOTE
    )
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in read.diagnostics)
    if read.problem is not None and not errors:
        return _of(read.problem)
    if errors:
        return Finding(Outcome.ERROR, f"{read.path} holds {_counted(errors, 'error')}", _SHOWS, lines)
    if lines:
        return Finding(Outcome.WARNING, f"{read.path} has {_counted(len(lines), 'remark')}", _SHOWS, lines)
    return Finding(Outcome.OK, f"{read.path} holds no errors")


def check_generation(read: Read) -> Finding | None:
    """Say what is in force."""
    if read.damage is not None:
        return _of(read.damage)
    if read.generation is None:
        return None
    return Finding(Outcome.OK, f"generation {read.generation} is in force")


def _of(error: CtlError) -> Finding:
    detail = tuple((error.detail or "").splitlines())
    return Finding(Outcome.ERROR, error.message, error.help, detail)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


PROBES = (
    Probe(
        name="settings-right",
        area=Area.SETTINGS,
        title="the settings file",
        matters="ctl reconfigure takes no settings that hold an error, and does not guess what was meant",
        needs=Read,
        run=check_settings,
    ),
    Probe(
        name="generation-whole",
        area=Area.SETTINGS,
        title="what is in force",
        matters="what is in force is what rollback, set-readonly and a start after a power cut rely on",
        needs=Read,
        run=check_generation,
    ),
)
