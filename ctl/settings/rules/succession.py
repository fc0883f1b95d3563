"""What becomes of the settings when another registry takes the place of the one in use."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.support import IGNORED, UNSUPPORTED, V2, V3, matches
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.rules.flavour import DRIVER_NAMES, check_flavour, given_settings
from ctl.settings.rules.silent import ignores_actions_alone
from ctl.syntax.model import SettingPath, setting_name

READ_OTHERWISE = "read-otherwise"


def check_succession(settings: Settings, before: str, after: str, places: Finder) -> Iterator[Diagnostic]:
    """Yield what another registry refuses, ignores, or reads otherwise than the one before.

    Args:
        settings: validated.
        before: the flavour in use, as ``ctl['registry_flavour']`` names it.
        after: the one to come.
        places: where settings were given.
    """
    yield from check_flavour(settings, after, places)
    if before == after or settings.registry.enable is False:
        return
    yield from _heeded(settings, before, after, places)
    if {before, after} == {V2, V3}:
        yield from _azure(settings, before, after, places)
    if (before, after) == (V2, V3):
        yield Diagnostic(
            Severity.NOTE,
            READ_OTHERWISE,
            "distribution 3 serves no manifest of schema 1, and none that a repository has as a blob alone:"
            " images of that kind can be pulled no more",
        )


def _heeded(settings: Settings, before: str, after: str, places: Finder) -> Iterator[Diagnostic]:
    """Yield what had no effect until now and has one then."""
    given = set(given_settings(settings.registry, ("registry",)))
    ignored = {
        path
        for unsupported in UNSUPPORTED
        if unsupported.verdict == IGNORED and before in unsupported.flavours
        for path in given
        if matches(unsupported.path, path[1:])
    }
    still = {
        path
        for unsupported in UNSUPPORTED
        if after in unsupported.flavours
        for path in given
        if matches(unsupported.path, path[1:], below=True)
    }
    if before == V2:
        ignored |= {
            ("registry", "notifications", index, "ignore", "actions")
            for index, endpoint in enumerate(settings.registry.notifications or ())
            if ignores_actions_alone(endpoint)
        }
    for path in sorted(ignored - still, key=str):
        message = f"{DRIVER_NAMES[after]} heeds {setting_name(places.written(path))}"
        yield Diagnostic(
            Severity.WARNING,
            READ_OTHERWISE,
            f"{message}, which {DRIVER_NAMES[before]} {IGNORED}",
            places.key(path),
            "make sure that it is still meant",
        )


def _azure(settings: Settings, before: str, after: str, places: Finder) -> Iterator[Diagnostic]:
    """Say that no image is found any more where keys begin with another letter.

    Source: the drivers' code; distribution 2.8 writes ``/docker/registry``, 3 ``docker/registry``.
    """
    storage = settings.registry.storage
    if storage is None or storage.azure is None:
        return
    path: SettingPath = ("registry", "storage", "azure")
    old, new = ("'/docker'", "'docker'") if before == V2 else ("'docker'", "'/docker'")
    yield Diagnostic(
        Severity.ERROR,
        READ_OTHERWISE,
        f"{DRIVER_NAMES[after]} looks for images of {setting_name(path)} below {new},"
        f" {DRIVER_NAMES[before]} has put them below {old}",
        places.key(path),
        "copy the blobs of the container to their new names first",
    )
