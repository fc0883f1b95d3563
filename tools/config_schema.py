"""JSON Schema 2020-12 of config.yml, as each flavour of the registry knows it and ``ctl`` writes it.

What the settings become is read off their declaration; what a flavour does not know is left out. A key that
no setting becomes and no template writes is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ctl.flavours.support import unsupported_by
from ctl.flavours.table import Flavour
from ctl.settings.reference import CONFIG, Entry, Kind, entries
from ctl.settings.sections.storage import DRIVERS
from ctl.settings.shapes import ABSOLUTE_PATH, DURATION, FLAG, INTEGER, NAME, TEXT
from tools.json_schema import DRAFT

Tree = dict[str, Any]

# What the template writes whatever the settings say.
_FIXED: Mapping[str, Mapping[str, Any]] = {
    "version": {"const": 0.1},
    "log.fields": {"type": "object", "additionalProperties": {"type": "string"}},
    # Behind nginx the registry listens on a socket, and nginx at the address of the settings.
    "http.net": {"const": "unix"},
    "http.headers": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
    "http.debug.prometheus.enabled": FLAG.schema,
    "http.debug.prometheus.path": TEXT.schema,
    "health.storagedriver.interval": DURATION.schema,
    "health.storagedriver.threshold": INTEGER.schema,
    "auth.token.service": TEXT.schema,
    "auth.token.issuer": NAME.schema,
}
# A path of the settings, a path of config.yml: where a flavour has a shape of its own.
_REDIS_SINGLE = {
    **{name: name for name in ("addr", "password", "db", "dialtimeout", "readtimeout", "writetimeout")},
    "pool.maxidle": "pool.maxidle",
    "pool.maxactive": "pool.maxactive",
    "pool.idletimeout": "pool.idletimeout",
}
_REDIS_LIST = {
    "mainname": "mastername",
    **{name: name for name in ("username", "password", "sentinelusername", "sentinelpassword", "db")},
    **{name: name for name in ("dialtimeout", "readtimeout", "writetimeout")},
    "pool.size": "poolsize",
    "pool.maxlifetime": "connmaxlifetime",
    "pool.idletimeout": "connmaxidletime",
}
_REQUIRED = ("version", "log", "storage", "http", "auth")


def config_schema(flavour: Flavour) -> Tree:
    """Return the schema of the config.yml that a flavour reads."""
    root: Tree = {"type": "object", "properties": {}, "additionalProperties": False}
    for place, schema in _places(flavour):
        _put(root, place.split("."), schema)
    root["required"] = list(_REQUIRED)
    storage = root["properties"]["storage"]
    drivers = [name for name in DRIVERS if name in storage["properties"]]
    # The registry counts every key that it does not know as one driver more.
    storage["oneOf"] = [{"required": [name]} for name in drivers]
    return {"$schema": DRAFT, "title": f"config.yml of {flavour.name}", **_sorted(root)}


def _places(flavour: Flavour) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from _FIXED.items()
    if flavour.keys_by_jwks:
        yield "auth.token.jwks", TEXT.schema
    for entry in entries():
        place = entry.output.removeprefix(CONFIG)
        if place == entry.output or entry.has_children or not known_to(flavour, entry):
            continue
        if place == "middleware":
            continue
        if place.startswith("redis.") and flavour.redis_shape != "groups":
            continue
        yield from _as_written(place, _plain(entry.kind), flavour)
    yield "middleware", _middleware()
    yield from _redis(flavour)


def known_to(flavour: Flavour, entry: Entry) -> bool:
    """Whether a flavour knows a setting, and whatever it lies in."""
    if entry.path[:1] != ("registry",):
        return True
    below = ".".join(map(str, entry.path[1:]))
    for unsupported in unsupported_by(flavour.name):
        pattern = ".".join(unsupported.path)
        if fnmatchcase(below, pattern) or fnmatchcase(below, f"{pattern}.*"):
            return False
    return True


def _as_written(
    place: str, schema: Mapping[str, Any], flavour: Flavour
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    name = place.rpartition(".")[2]
    if name in ("pathstyle", "forcepathstyle"):
        if flavour.s3_path_style_key == name:
            yield place, schema
    elif name in ("threshold", "maxretries") and place.startswith("notifications."):
        if flavour.retry_key == name:
            yield place, schema
    elif place == "http.addr":
        yield place, {"anyOf": [schema, ABSOLUTE_PATH.schema]}
    elif place == "compatibility.schema1.enabled":
        yield place, {"const": True}
    else:
        yield place, schema


def _redis(flavour: Flavour) -> Iterator[tuple[str, Mapping[str, Any]]]:
    names = {"single": _REDIS_SINGLE, "list": _REDIS_LIST}.get(flavour.redis_shape)
    if names is None:
        return
    by_name = {
        entry.output.removeprefix(f"{CONFIG}redis."): entry for entry in entries() if "redis" in entry.path
    }
    for setting, name in names.items():
        yield f"redis.{name}", _plain(by_name[setting].kind)
    if flavour.redis_shape == "list":
        yield "redis.addrs", {"type": "array", "items": NAME.schema, "minItems": 1}


def _middleware() -> Tree:
    middleware = {
        "type": "object",
        "properties": {"name": dict(NAME.schema), "options": {"type": "object"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    kinds = ("registry", "repository", "storage")
    return {
        "type": "object",
        "properties": {kind: {"type": "array", "items": middleware} for kind in kinds},
        "additionalProperties": False,
    }


def _plain(kind: Kind) -> Tree:
    """Return the schema of a value as it is written, without the other spellings of settings files."""
    schemas = [_alone(kind), *(_alone(alternative) for alternative in kind.alternatives)]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _alone(kind: Kind) -> Tree:
    if kind.shape is not None:
        return dict(kind.shape.schema)
    inner = _plain(kind.inner) if kind.inner else {}
    if kind.keys is None:
        return {"type": "array", "items": inner}
    return {"type": "object", "additionalProperties": inner}


def _put(tree: Tree, place: list[str], schema: Mapping[str, Any]) -> None:
    """Put a schema where it belongs; ``notifications.endpoints`` is an array of hashes."""
    name, *rest = place
    properties = tree["properties"]
    if not rest:
        properties[name] = dict(schema)
        return
    array = name == "endpoints"
    if name not in properties or "properties" not in properties[name].get("items", properties[name]):
        section: Tree = {"type": "object", "properties": {}, "additionalProperties": False}
        properties[name] = {"type": "array", "items": section} if array else section
    _put(properties[name]["items"] if array else properties[name], rest, schema)


def _sorted(tree: Tree) -> Tree:
    """Return a schema whose properties are in the order of their names."""
    if "properties" not in tree:
        return tree | ({"items": _sorted(tree["items"])} if "items" in tree else {})
    names = sorted(tree["properties"])
    return tree | {"properties": {name: _sorted(tree["properties"][name]) for name in names}}
