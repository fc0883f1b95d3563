"""``ctl check``: every probe there is, or those of some areas; nothing is changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctl.apply import generation, touched
from ctl.checks.catalogue import every
from ctl.checks.hops import Used
from ctl.checks.model import Area, Checked, Finding, Outcome, Probe
from ctl.checks.needs import Chosen, Hosted, InForce, Planned, Read, Standing, Stored
from ctl.checks.runner import run
from ctl.checks.served import served
from ctl.diagnostics.model import Diagnostic, SettingsInvalid
from ctl.errors import CtlError, reason, remedy
from ctl.facts.gather import Machine, look_at_certificate
from ctl.operations.compile.prepare import now, prepare
from ctl.operations.compile.recorded import source_of
from ctl.operations.compile.seen import certificate_seen
from ctl.operations.compile.source import Source, read_source
from ctl.operations.inspect.validate import machine_of
from ctl.operations.serve.selection import at_rest, permitted
from ctl.operations.serve.serving import demands_read_only
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import readonly
from ctl.supervise.status import process_of


class Report(Struct, frozen=True):
    """What was found.

    Args:
        checked: every probe with its finding, by area.
        left_out: the titles of probes that were not asked because of ``--offline``.
    """

    checked: list[Checked]
    left_out: list[str]

    def count(self, outcome: Outcome) -> int:
        """How many findings came out so."""
        return sum(checked.finding.outcome is outcome for checked in self.checked)


def check(
    layout: Layout,
    settings_file: Path,
    runner: Runner,
    environment: Mapping[str, str],
    *,
    areas: Collection[Area] = (),
    offline: bool = False,
) -> Report:
    """Ask every probe for which there is what it needs.

    Args:
        layout: whose installation.
        settings_file: absolute path.
        runner: runs the programs that tell their versions.
        environment: the variables behind ``ENV``.
        areas: what to look at; empty for everything.
        offline: whether the settings file alone is looked at.

    Raises:
        CtlError: the services belong to another account.
    """
    wanted = [probe for probe in sorted(every(), key=_place) if not areas or probe.area in areas]
    machine = machine_of(layout, runner, offline=offline)
    given = list(_given(machine, settings_file, environment))
    left_out = [probe.title for probe in wanted if probe.needs is not Read] if offline else []
    return Report(run(wanted, *given, failed=_untold), left_out)


def _place(probe: Probe[Any]) -> int:
    return [*Area].index(probe.area)


def _given(machine: Machine, settings_file: Path, environment: Mapping[str, str]) -> Iterator[object]:
    """Yield all that there is to look at."""
    read, *chosen = _of_settings(machine, settings_file, environment)
    assert isinstance(read, Read)  # noqa: S101 - for the type checker: it comes first
    yield from chosen
    if machine.offline:
        yield read
        return
    layout = machine.layout
    with permitted(layout):
        try:
            current = generation.load_current(layout)
            states = [process_of(layout, name) for name in at_rest(layout)]
            yield Standing(layout, current, states, touched.edits(layout, current) if current else ())
            if current is not None:
                yield from _in_force(replace(machine, programs=False), current.number)
            yield replace(read, generation=current.number if current else None)
        except CtlError as error:
            yield replace(read, damage=error)


def _of_settings(
    machine: Machine, settings_file: Path, environment: Mapping[str, str]
) -> Iterator[Read | Chosen | Planned]:
    """Yield what came of reading the settings, then what they choose and would come to."""
    offline = machine.offline
    try:
        source = read_source(machine.layout, settings_file, environment, guarded=not offline, offline=offline)
    except CtlError as error:
        yield Read(settings_file, _diagnostics(error), error, None, None)
        return
    diagnostics, problem, planned = _held_against(source, machine)
    if offline:
        yield Read(settings_file, diagnostics, problem, None, None)
        return
    pair = look_at_certificate(source.settings, source.derived, machine, certificate_seen(machine.layout))
    hosted = Hosted(source.settings, source.derived, machine, source.places, pair)
    own = {
        checked.diagnostic() for checked in run(every(), hosted) if checked.finding.outcome is not Outcome.OK
    }
    remaining = [diagnostic for diagnostic in diagnostics if diagnostic not in own]
    yield Read(settings_file, remaining, None if diagnostics and not remaining else problem, None, None)
    yield hosted
    if planned is not None:
        yield planned


def _held_against(
    source: Source, machine: Machine
) -> tuple[tuple[Diagnostic, ...], CtlError | None, Planned | None]:
    try:
        prepared = prepare(source, machine, make_secrets=False)
    except CtlError as error:
        return _diagnostics(error) or source.diagnostics, error, None
    return prepared.diagnostics, None, Planned(machine.layout, prepared.plan, source.settings)


def _diagnostics(error: CtlError) -> tuple[Diagnostic, ...]:
    return error.diagnostics if isinstance(error, SettingsInvalid) else ()


def _in_force(machine: Machine, number: int) -> Iterator[object]:
    """Yield what a generation promises, as it should serve by now."""
    layout, source = machine.layout, source_of(machine.layout, number)
    plan = prepare(source, replace(machine, now=now()), make_secrets=False).plan
    yield InForce(layout, plan, source.settings)
    read_only = readonly.in_force(layout) is not None or demands_read_only(source.settings)
    if plan.registry is not None:
        yield Stored(machine.runner, plan.registry, read_only, source.places)
    reached = served(layout, plan, uuid.uuid4().hex, 0.0)
    if reached is not None:
        reached = replace(reached, settling=0.0, sparing=True)
        yield reached
        yield Used(reached, read_only)


def _untold(probe: Probe[Any], error: Exception) -> Finding:
    """Make a finding of what kept a probe from looking."""
    if isinstance(error, CtlError):
        return Finding(Outcome.ERROR, error.message, error.help or remedy(error.__cause__))
    if isinstance(error, OSError):
        return Finding(Outcome.ERROR, f"{error.filename or 'it'}: {reason(error)}", remedy(error))
    raise error
