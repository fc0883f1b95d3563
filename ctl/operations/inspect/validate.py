"""``ctl validate``: every mistake, and nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity
from ctl.facts.drivers import ALWAYS
from ctl.facts.gather import Machine
from ctl.facts.host import has_accounts
from ctl.flavours.table import DISTRIBUTION_2_8
from ctl.operations.compile.prepare import now, prepare
from ctl.operations.compile.source import Source, read_source
from ctl.paths import Layout
from ctl.process import Runner

SKIPPED = "not-checked"


class Validated(Struct, frozen=True):
    """Settings that hold no error.

    Args:
        diagnostics: remarks; those with the code `SKIPPED` say what was not looked at.
        sources: the text of every file that a remark points into.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]

    @property
    def remarks(self) -> int:
        """How many remarks concern the settings."""
        return sum(diagnostic.code != SKIPPED for diagnostic in self.diagnostics)


def validate(
    layout: Layout,
    settings_file: Path,
    runner: Runner,
    environment: Mapping[str, str],
    *,
    offline: bool = False,
) -> Validated:
    """Validate a settings file against itself and, unless offline, against this machine.

    Raises:
        SettingsInvalid: there are errors; all of them are reported.
        CtlError: the file or a program cannot be used.
    """
    machine = machine_of(layout, runner, offline=offline)
    try:
        source = read_source(layout, settings_file, environment, guarded=not offline, offline=offline)
        prepared = prepare(source, machine, make_secrets=False)
    except SettingsInvalid as error:
        if not offline:
            raise
        raise SettingsInvalid((*error.diagnostics, *skipped(layout, None)), error.sources) from None
    notes = skipped(layout, source) if offline else ()
    return Validated((*prepared.diagnostics, *notes), source.sources)


def machine_of(layout: Layout, runner: Runner, *, offline: bool) -> Machine:
    """Return what settings are held against: this machine, or nothing of it."""
    accounts = has_accounts(layout) and not offline
    return Machine(layout, runner, now(), programs=not offline, accounts=accounts, offline=offline)


def skipped(layout: Layout, source: Source | None) -> Iterator[Diagnostic]:
    """Yield a note for every kind of thing that a validation without the machine leaves out.

    Args:
        layout: the root.
        source: what its settings do not use is not spoken of; None where they hold errors.
    """
    for kind in _kinds(layout, source):
        yield Diagnostic(Severity.NOTE, SKIPPED, f"not checked (--offline): {kind}")


def _kinds(layout: Layout, source: Source | None) -> Iterator[str]:
    yield "who else may write or read the settings file"
    if source is None or source.derived.certificate_paths:
        yield "the TLS certificate and its key: whether they exist, belong together and cover the host"
    yield f"the secrets in {layout.secrets_file}"
    if source is not None and not source.derived.registry_enabled:
        return
    yield "the programs of registry, nginx and runit, and their versions"
    if source is None or source.settings.ctl.registry_flavour is None:
        name = DISTRIBUTION_2_8.name
        yield f"which registry it is; {name} is assumed, ctl['registry_flavour'] names another"
    storage = source.settings.registry.storage if source else None
    if storage is not None and storage.gcs is not None and storage.gcs.keyfile is not None:
        yield "the key file of registry['storage']['gcs']"
    driver = source.derived.driver if source else None
    if driver != ALWAYS:
        yield f"whether the registry was built with its storage driver{f' {driver}' if driver else ''}"
