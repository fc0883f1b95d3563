"""Values that a setting can have, made from its declaration, and the least that has to stand around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ctl.settings.reference import ANY, Entry, Kind, children
from ctl.syntax.model import SettingPath

URLS = {
    "external_url": "https://gitlab.example.com",
    "registry_external_url": "https://registry.example.com",
}
# What the words of a kind do not tell.
SPECIAL: dict[str, list[Any]] = {
    "ssl_conf_command": [["Options PrioritizeChaCha"]],
    "proxy_set_headers": [{"X-One": "two"}],
    "listen_addresses": [["127.0.0.1"]],
    "headers": [{"X-One": ["two"]}],
    "regionendpoint": ["https://s3.example.com"],
    "options": [{"one": "two"}],
    "credentials": [{"type": "service_account"}],
    "swift": [{"container": "images"}],
    "oss": [{"bucket": "images"}],
}
# Without these a section around a setting comes to nothing.
AROUND: dict[SettingPath, dict[str, Any]] = {
    ("registry", "redis"): {"addr": "redis.example.com:6379"},
    ("registry", "nginx"): {"redirect_http_to_https": True, "ssl_verify_client": "on"},
}


def candidates(entry: Entry) -> Iterator[Any]:
    """Yield values of a setting; not each need be valid, and one of them is its default at most."""
    if entry.name in SPECIAL and entry.kind.section is None:
        yield from SPECIAL[entry.name]
        return
    yield from _values(entry.kind)


def _values(kind: Kind) -> Iterator[Any]:
    if kind.shape is None:
        inner = list(_values(kind.inner)) if kind.inner else ["one"]
        yield from ({"NAME": item} if kind.keys else [item] for item in inner)
        return
    schema = kind.shape.schema
    if schema.get("type") == "boolean":
        yield from (True, False)
    elif "enum" in schema:
        yield from schema["enum"]
    else:
        yield from _around(kind.shape.example if kind.shape.example is not None else 1)


def _around(example: Any) -> Iterator[Any]:
    yield example
    if isinstance(example, bool):
        yield not example
    elif isinstance(example, int):
        yield from (example + 1, 2 * example)
    elif isinstance(example, str):
        yield from (f"{example[:-1]}1", f"{example}1")


def settings_with(path: SettingPath, value: Any) -> dict[str, Any]:
    """Return the least values that hold one setting."""
    return {**URLS, **_nested(path, value, ())}


def _nested(path: SettingPath, value: Any, above: SettingPath) -> Any:
    if not path:
        return value
    name, rest = path[0], path[1:]
    here = (*above, name)
    if name == ANY:
        inner = _nested(rest, value, here)
        # The only free keys above a declared setting are the kinds of middleware.
        return {"storage": inner} if rest[:1] == (ANY,) else [inner]
    nested = {str(name): _nested(rest, value, here)}
    others = {
        entry.name: _required(entry) for entry in children(above) if entry.required and entry.name != name
    }
    return {**AROUND.get(above, {}), **others, **nested}


def _required(entry: Entry) -> Any:
    return next(candidates(entry))
