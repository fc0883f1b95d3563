"""Variables of ``registry['env']`` that say otherwise than config.yml, which they override.

They come from compose files, where they were the only place of the registry's configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.variables import misleading
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.sections.storage import DRIVERS
from ctl.syntax.model import SettingPath, setting_name

_ENV: SettingPath = ("registry", "env")
_PREFIX = "REGISTRY_"
_STORAGE = "REGISTRY_STORAGE_"
_ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"


def check_variables(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    """Yield what variables of the environment say otherwise than the settings.

    Args:
        settings: validated.
        flavour: as ``ctl['registry_flavour']`` names it.
        places: where they were given.
    """
    given = {
        name: value
        for name, value in settings.registry.env.items()
        if name.startswith(_PREFIX) and misleading(name, value.strip(), flavour) is None
    }
    if not given:
        return
    driver = _driver(settings)
    yield from _other_drivers(given, driver, places)
    for name, path in _known(given):
        value = _value(settings, path)
        if name == _ROOT and driver == "filesystem" and value != given[name]:
            yield _overrides(name, "images then lie where ctl does not look for them", path, places)
        elif value is not None and value != given[name].strip():
            yield _overrides(name, f"config.yml says otherwise by {setting_name(path)}", path, places)


def _driver(settings: Settings) -> str:
    storage = settings.registry.storage
    named = [name for name in DRIVERS if storage is not None and getattr(storage, name) is not None]
    return named[0] if named else "filesystem"


def _other_drivers(given: Mapping[str, str], driver: str, places: Finder) -> Iterator[Diagnostic]:
    """A registry that finds two drivers, one of them in its environment, ends at its start."""
    told: set[str] = set()
    for name in given:
        other = next((known for known in DRIVERS if name.startswith(f"{_STORAGE}{known.upper()}_")), None)
        if other in (None, driver, "s3" if driver == "s3_v2" else driver) or other in told:
            continue
        told.add(str(other))
        yield Diagnostic(
            Severity.ERROR,
            "variable-misleads",
            f"{setting_name((*_ENV, name))} names the driver {other}, and config.yml the driver {driver}:"
            " the registry does not start with two",
            places.key((*_ENV, name)),
            f"write registry['storage'] = {{ '{other}' => {{ … }} }}, and remove the variables",
        )


def _overrides(name: str, why: str, path: SettingPath, places: Finder) -> Diagnostic:
    message = f"{setting_name((*_ENV, name))} overrides config.yml: {why}"
    help = f"use {setting_name(path)}, and remove the variable"
    return Diagnostic(Severity.WARNING, "variable-misleads", message, places.key((*_ENV, name)), help)


def _known(given: Mapping[str, str]) -> Iterator[tuple[str, SettingPath]]:
    """Yield the variables that stand for one setting, and that setting."""
    from ctl.settings.reference import ANY, CONFIG, entries  # reads every declaration; few files need it

    paths: dict[str, SettingPath] = {}
    for entry in entries():
        if entry.output.startswith(CONFIG) and ANY not in entry.path and not entry.has_children:
            key = entry.output.removeprefix(CONFIG).replace(".", "_").upper()
            paths.setdefault(f"{_PREFIX}{key}", entry.path)
    yield from ((name, paths[name]) for name in given if name in paths)


def _value(settings: Settings, path: SettingPath) -> str | None:
    """Return what a setting says, as a variable would; None where it says nothing."""
    value: Any = settings
    for part in path:
        value = getattr(value, str(part), None)
    if value is None or isinstance(value, list | dict):
        return None
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)
