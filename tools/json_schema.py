"""JSON Schema 2020-12 of the settings, for editors and for tools that write settings."""

from __future__ import annotations

from typing import Any

from ctl.settings.reference import ANY, Entry, Kind, children
from ctl.settings.section import ForeignSection
from ctl.syntax.model import SettingPath

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# GitLab's own settings live beside those of the registry in these.
_SHARED = ("gitlab_rails",)


def settings_schema() -> dict[str, Any]:
    """Return the schema of the values that a settings file comes to, as JSON would have them."""
    found = _section(())
    found["properties"]["registry_nginx"] = {
        "description": "The old name of registry['nginx'].",
        "deprecated": True,
        "$ref": "#/properties/registry/properties/nginx",
    }
    return {
        "$schema": DRAFT,
        "title": "Settings of ctl",
        "description": "What a gitlab.rb says of the container registry, as a hash by top-level name.",
        **found,
        # A gitlab.rb holds the settings of GitLab's other services too.
        "additionalProperties": True,
    }


def _section(path: SettingPath) -> dict[str, Any]:
    inside = children(path)
    found: dict[str, Any] = {
        "type": "object",
        "properties": {one.name: _setting(one) for one in inside},
        "additionalProperties": False,
    }
    required = [one.name for one in inside if one.required]
    return found | ({"required": required} if required else {})


def _setting(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {"description": entry.doc}
    if entry.doc.startswith("Deprecated"):
        found["deprecated"] = True
    found |= _kind(entry.kind, entry.path)
    if entry.default is not None:
        found["default"] = entry.default
    if entry.since:
        found["x-since"] = entry.since
    if entry.output:
        found["x-becomes"] = entry.output
    if entry.kind.secret:
        found["writeOnly"] = True
    return found


def _kind(kind: Kind, path: SettingPath) -> dict[str, Any]:
    found = [_alone(kind, path), *(_alone(one, path) for one in kind.alternatives)]
    if kind.lone and kind.inner:
        found.append(_kind(kind.inner, (*path, ANY)))
    return found[0] if len(found) == 1 else {"anyOf": found}


def _alone(kind: Kind, path: SettingPath) -> dict[str, Any]:
    if kind.shape is not None:
        accepted = [dict(kind.shape.schema), *map(dict, kind.shape.also)]
        return accepted[0] if len(accepted) == 1 else {"anyOf": accepted}
    if kind.section is not None:
        found = _section(path)
        if issubclass(kind.section, ForeignSection) or path[-1] in _SHARED:
            found["additionalProperties"] = True
        return found
    inner = _kind(kind.inner, (*path, ANY)) if kind.inner else {}
    if kind.inner and kind.inner.nullable:
        inner = {"anyOf": [inner, {"type": "null"}]}
    if kind.keys is None:
        return {"type": "array", "items": inner}
    found = {"type": "object", "additionalProperties": inner}
    names = kind.keys.shape.schema if kind.keys.shape else {}
    return found | ({"propertyNames": dict(names)} if names else {})
