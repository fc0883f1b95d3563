"""Which values are secrets: by their type, by their name, or because they came from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import SecretStr

from ctl.diagnostics.secrecy import looks_secret
from ctl.plan.model import Secret
from ctl.settings.section import Section
from ctl.syntax.model import SettingPath


def options(section: Section) -> dict[str, Any]:
    """Return what is set in a section as plain values, its secrets marked, in the order of declaration."""
    found: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if value is not None:
            found[name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    return options(value) if isinstance(value, Section) else value


def hide(value: Any, path: SettingPath, tainted: Collection[SettingPath]) -> Any:
    """Mark as secret every string below a path that is named like one or came from elsewhere."""
    if isinstance(value, Mapping):
        return {name: hide(one, (*path, name), tainted) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [hide(one, (*path, index), tainted) for index, one in enumerate(value)]
    named = any(isinstance(part, str) and looks_secret(part) for part in path)
    if isinstance(value, str) and (named or path in tainted):
        return Secret(value)
    return value
