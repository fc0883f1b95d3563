"""What resolving must know of the machine, and what the machine has against the settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity
from ctl.errors import CtlError
from ctl.facts.binaries import require_trusted
from ctl.facts.drivers import check_driver
from ctl.facts.gather import Asked, Machine, gather, required_programs, trusted
from ctl.operations.compile.credentials import Credentials, failed
from ctl.operations.compile.source import Source
from ctl.plan.derive import Derived
from ctl.plan.model import Facts
from ctl.process import BASE_ENVIRONMENT
from ctl.settings.rules.flavour import check_flavour


class Gathered(Struct, frozen=True):
    """The machine as far as resolving wants to know it.

    Args:
        facts: without an open question.
        diagnostics: of the settings, the credentials and the machine; no errors.
    """

    facts: Facts
    diagnostics: tuple[Diagnostic, ...]


def facts_of(source: Source, machine: Machine, credentials: Credentials, asked: Asked) -> Gathered:
    """Gather the facts that the settings want.

    Args:
        source: the settings.
        machine: what to ask.
        credentials: what there is of them.
        asked: the programs that are being asked.

    Raises:
        SettingsInvalid: the machine contradicts the settings; all of it is reported.
        CtlError: a program cannot be used.
    """
    diagnostics = (*source.diagnostics, *credentials.diagnostics)
    if failed(diagnostics):
        raise SettingsInvalid(
            (*diagnostics, *_as_far_as_known(source, machine, credentials, asked)), source.sources
        )
    _check_programs(source.derived, machine)
    facts = gather(source.settings, asked, machine, credentials.facts, credentials.certificate)
    diagnostics = (*diagnostics, *_of_program(source, facts, machine))
    if failed(diagnostics):
        raise SettingsInvalid(diagnostics, source.sources)
    return Gathered(facts, diagnostics)


def _as_far_as_known(
    source: Source, machine: Machine, credentials: Credentials, asked: Asked
) -> tuple[Diagnostic, ...]:
    """Return what the program makes of settings that fail anyway, so that all mistakes are told at once."""
    try:
        facts = gather(source.settings, asked, machine, credentials.facts, credentials.certificate)
        return tuple(_of_program(source, facts, machine))
    except CtlError:
        return ()


def _of_program(source: Source, facts: Facts, machine: Machine) -> Iterator[Diagnostic]:
    """Yield what the registry's program makes of the settings."""
    refused = False
    for diagnostic in check_flavour(source.settings, facts.flavour.name, source.places):
        refused = refused or diagnostic.severity is Severity.ERROR
        yield diagnostic
    # A driver that the flavour does not know at all is reported already.
    if facts.registry is not None and not refused:
        missing = check_driver(
            source.settings, source.derived, facts.registry, machine.layout, machine.runner, source.places
        )
        if missing is not None:
            yield missing


def _check_programs(derived: Derived, machine: Machine) -> None:
    """Make sure of the helpers that the services need besides registry and nginx."""
    for program, package in required_programs(derived, machine):
        path = shutil.which(program, path=BASE_ENVIRONMENT["PATH"])
        if path is None:
            raise CtlError(
                f"the program {program} was not found",
                help=f"apt-get install --no-install-recommends {package}",
            )
        require_trusted(Path(path), "", trusted(machine.layout))
