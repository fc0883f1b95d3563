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
    section = _section(())
    section["properties"]["registry_nginx"] = {
        "description": "The old name of registry['nginx'].",
        "deprecated": True,
        "$ref": "#/properties/registry/properties/nginx",
    }
    return {
        "$schema": DRAFT,
        "title": "Settings of ctl",
        "description": "What a gitlab.rb says of the container registry, as a hash by top-level name.",
        **section,
        # A gitlab.rb holds the settings of GitLab's other services too.
        "additionalProperties": True,
    }


def _section(path: SettingPath) -> dict[str, Any]:
    inside = children(path)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {entry.name: _setting(entry) for entry in inside},
        "additionalProperties": False,
    }
    required = [entry.name for entry in inside if entry.required]
    return schema | ({"required": required} if required else {})


def _setting(entry: Entry) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": entry.doc}
    if entry.doc.startswith("Deprecated"):
        schema["deprecated"] = True
    schema |= _kind(entry.kind, entry.path)
    if entry.default is not None:
        schema["default"] = entry.default
    if entry.since:
        schema["x-since"] = entry.since
    if entry.output:
        schema["x-becomes"] = entry.output
    if entry.kind.secret:
        schema["writeOnly"] = True
    return schema


def _kind(kind: Kind, path: SettingPath) -> dict[str, Any]:
    schemas = [_alone(kind, path), *(_alone(alternative, path) for alternative in kind.alternatives)]
    if kind.lone and kind.inner:
        schemas.append(_kind(kind.inner, (*path, ANY)))
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _alone(kind: Kind, path: SettingPath) -> dict[str, Any]:
    if kind.shape is not None:
        accepted = [dict(kind.shape.schema), *map(dict, kind.shape.also)]
        return accepted[0] if len(accepted) == 1 else {"anyOf": accepted}
    if kind.section is not None:
        schema = _section(path)
        if issubclass(kind.section, ForeignSection) or path[-1] in _SHARED:
            schema["additionalProperties"] = True
        return schema
    inner = _kind(kind.inner, (*path, ANY)) if kind.inner else {}
    if kind.inner and kind.inner.nullable:
        inner = {"anyOf": [inner, {"type": "null"}]}
    if kind.keys is None:
        return {"type": "array", "items": inner}
    schema = {"type": "object", "additionalProperties": inner}
    names = kind.keys.shape.schema if kind.keys.shape else {}
    return schema | ({"propertyNames": dict(names)} if names else {})
