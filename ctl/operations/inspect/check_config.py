"""``ctl check-config``: will another version of GitLab, or another registry, take these settings?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.errors import CtlError, ExitCode
from ctl.facts.binaries import flavour_of
from ctl.facts.gather import find_registry
from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS, GITLAB, Flavour
from ctl.operations.compile.source import Source, read_source
from ctl.paths import Layout
from ctl.process import Runner
from ctl.settings.rules.flavour import DRIVER_NAMES
from ctl.settings.rules.lifetimes import Lifetime, Version, ending
from ctl.syntax.model import SettingPath, SpanMap, setting_name

# Later than anything that is announced.
_NEWEST: Version = (1_000_000,)


class Checked(Struct, frozen=True):
    """What was found.

    Args:
        diagnostics: an error for every setting that is removed or refused, a warning for every one that
            comes to mean something else, a deprecation for every deprecated one.
        sources: the text of every file that a diagnostic points into.
        summary: for a person.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    summary: str

    @property
    def removed(self) -> bool:
        """Whether a setting is removed in that version, or keeps that registry from its images."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


def check_config(
    layout: Layout, settings_file: Path, environment: Mapping[str, str], version: str | None
) -> Checked:
    """Look for settings that a version has removed or deprecates.

    Unlike gitlab-ctl's, which looks at what was applied last, this reads the settings file as it stands.

    Args:
        layout: the root.
        settings_file: its path.
        environment: the variables behind ``ENV``.
        version: of GitLab's package, such as ``18.5`` or ``18.5.1-ee.0``; None for the newest known.

    Raises:
        CtlError: the version is none, or the settings file cannot be read.
        SettingsInvalid: the settings hold errors.
    """
    number = _parsed(version) if version else _NEWEST
    source = read_source(layout, settings_file, environment, guarded=False)
    spans = source.evaluated.spans
    diagnostics = [
        _diagnostic(path, lifetime, number, spans)
        for path, lifetime in ending(source.evaluated.values)
        if lifetime.deprecated <= number
    ]
    diagnostics.sort(key=lambda diagnostic: diagnostic.position)
    removed = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    where = f"in GitLab {version}" if version else "in any version that is known"
    summary = f"{removed} removed and {len(diagnostics) - removed} deprecated settings {where}"
    return Checked(
        tuple(diagnostics),
        source.sources,
        summary if diagnostics else f"nothing is removed or deprecated {where}",
    )


def check_registry(
    layout: Layout, settings_file: Path, environment: Mapping[str, str], runner: Runner, registry: str
) -> Checked:
    """Look for settings that come to mean something else when the registry becomes another one.

    Args:
        layout: the root.
        settings_file: its path; it names the registry in use.
        environment: the variables behind ``ENV``.
        runner: asks the registry in use for its version.
        registry: the one to come, such as ``3``, ``3.1.1``, ``2.8`` or ``gitlab``.

    Raises:
        CtlError: there is no such registry, or the settings file cannot be read.
        SettingsInvalid: the settings hold errors.
    """
    from ctl.settings.rules.succession import check_succession

    after = _flavour(registry)
    source = read_source(layout, settings_file, environment, guarded=False)
    before = _in_use(source, layout, runner)
    diagnostics = list(check_succession(source.settings, before.name, after.name, source.places))
    diagnostics.sort(key=lambda diagnostic: diagnostic.position)
    refused = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    name = DRIVER_NAMES[after.name]
    counted = f"settings that keep {name} from serving: {refused}; remarks: {len(diagnostics) - refused}"
    summary = counted if diagnostics else f"everything means the same to {name}"
    return Checked(tuple(diagnostics), source.sources, summary)


def _flavour(registry: str) -> Flavour:
    """Return what a version means."""
    match = re.fullmatch(r"v?(2\.8|3)(?:\.[0-9]+){0,2}", registry)
    numbers = {"2.8": DISTRIBUTION_2_8, "3": DISTRIBUTION_3}
    flavour = numbers[match[1]] if match else FLAVOURS.get(registry)
    if flavour is None:
        raise CtlError(
            f"{registry!r} is no registry that ctl knows; 2.8, 3 or {GITLAB.name} is expected",
            exit_code=ExitCode.USAGE,
        )
    return flavour


def _in_use(source: Source, layout: Layout, runner: Runner) -> Flavour:
    """Return which registry the settings name; where it does not tell, Debian's is assumed."""
    given = source.settings.ctl.registry_flavour
    try:
        return flavour_of(given, None if given else find_registry(source.settings, layout, runner))
    except CtlError:
        return DISTRIBUTION_2_8


def _parsed(version: str) -> Version:
    match = re.fullmatch(r"v?([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]+)?(?:[-+].*)?", version)
    if not match:
        raise CtlError(
            f"{version!r} is no version of GitLab; one such as 18.5 is expected", exit_code=ExitCode.USAGE
        )
    return int(match[1]), int(match[2])


def _diagnostic(path: SettingPath, lifetime: Lifetime, number: Version, spans: SpanMap) -> Diagnostic:
    place = spans.key(path) or _first(path, spans)
    if lifetime.removed is not None and lifetime.removed <= number:
        since = f" since {_text(lifetime.removed)}" if lifetime.removed else ""
        message = f"{setting_name(path)} is removed from GitLab's package{since}"
        return Diagnostic(Severity.ERROR, "removed-setting", message, place, lifetime.instead)
    ends = f"; it is removed in {_text(lifetime.removed)}" if lifetime.removed else ""
    message = f"{setting_name(path)} is deprecated since {_text(lifetime.deprecated)}{ends}"
    return Diagnostic(Severity.DEPRECATION, "deprecated-setting", message, place, lifetime.instead)


def _first(path: SettingPath, spans: SpanMap) -> Span | None:
    """Find where a section begins that is set key by key."""
    inside = next((inner for inner in spans if inner[: len(path)] == path), None)
    return spans.key(inside) if inside else None


def _text(version: Version) -> str:
    return ".".join(map(str, version))
