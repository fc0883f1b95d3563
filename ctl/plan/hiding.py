"""Which values are secrets: by their type, by their name, or because they came from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import SecretStr

from ctl.diagnostics.secrecy import in_urls
from ctl.plan.model import Partial, Secret
from ctl.settings.secrecy import is_from_elsewhere, is_secret
from ctl.settings.section import Section
from ctl.syntax.model import SettingPath


def options(section: Section) -> dict[str, Any]:
    """Return what is set in a section as plain values, its secrets marked, in the order of declaration."""
    values: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if value is not None:
            values[name] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    return options(value) if isinstance(value, Section) else partly(value)


def hide(value: Any, path: SettingPath, tainted: Collection[SettingPath]) -> Any:
    """Mark as secret every string at or below a path that is one, as a whole or in a part."""
    if isinstance(value, Mapping):
        return {name: hide(inner, (*path, name), tainted) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hide(inner, (*path, index), tainted) for index, inner in enumerate(value)]
    if isinstance(value, str) and is_secret(path, value, tainted=is_from_elsewhere(path, tainted)):
        return Secret(value)
    return partly(value)


def partly(value: Any) -> Any:
    """Mark a text that holds the secret of a URL."""
    return Partial(value) if isinstance(value, str) and any(in_urls(value, own=True)) else value
