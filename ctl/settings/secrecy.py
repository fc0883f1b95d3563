"""Which values of a settings file are secrets: decided once, here, for every text that shows one.

A place is secret by its declared type, by its name where names are free, because everything that is sent
along with requests counts as a password, or because its value came from a file or a variable. In other places
a URL may hold a secret, and nginx's own text may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from ctl.diagnostics.secrecy import (
    looks_secret,
    only_variables,
    secrets_of_nginx,
    secrets_of_url,
    secrets_within,
)
from ctl.regex import compile_late
from ctl.settings.model import Settings
from ctl.settings.older import NEW_VHOST, OLD_VHOST
from ctl.settings.reference import Kind, kind_of, section_below
from ctl.syntax.model import Evaluated, SettingPath

_ENVIRONMENT = ("registry", "env")
_PROXY_HEADERS = (*NEW_VHOST, "proxy_set_headers")
_EVENT_HEADERS = (
    ("registry", "notifications", "headers"),
    ("registry", "default_notifications_headers"),
)
_NGINX_TEXT = ((*NEW_VHOST, "custom_gitlab_server_config"), ("nginx", "custom_nginx_config"))
_EVENT_URL = ("registry", "notifications", "url")
# Variables that say nothing worth hiding; of a proxy's URL the user is masked.
HARMLESS_VARIABLES = frozenset(
    {
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "TZ",
        "LANG",
        "HOME",
    }
    | {"PATH", "TMPDIR", "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "OTEL_TRACES_EXPORTER"}
    | {"AWS_REGION", "AWS_DEFAULT_REGION", "LC_ALL"}
)
_HARMLESS_HEADERS = frozenset(
    {"host", "x-real-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-ssl", "x-forwarded-host"}
    | {"x-forwarded-port", "x-request-id", "connection", "upgrade"}
)
_KEY_FILE = compile_late(r"/[^\s:]+\.(?:pem|key|crt|cer|p8|der|json)|(?:/[\w.@-]+)+/?")


def is_secret(path: SettingPath, value: str, *, tainted: bool = False) -> bool:
    """Tell whether a string is a secret as a whole.

    Args:
        path: where it stands, by the setting's present name or its old one.
        value: the string.
        tainted: whether it came from a file or a variable of the environment.
    """
    kind, place, free = declared(path)
    if kind is not None and kind.secret:
        return True
    if place == _ENVIRONMENT and free:
        name = str(free[0])
        return tainted or name.upper() not in HARMLESS_VARIABLES or looks_secret(name)
    if place == _PROXY_HEADERS and free:
        return not only_variables(value) and str(free[0]).lower() not in _HARMLESS_HEADERS
    if place in _EVENT_HEADERS:
        return True
    named = any(isinstance(part, str) and looks_secret(part) for part in free)
    if named and not _leads_to_key(str(free[-1]), value):
        return True
    return tainted and (bool(free) or place in _NGINX_TEXT or place == _EVENT_URL)


def secret_parts(path: SettingPath, value: str, *, tainted: bool = False) -> Iterator[str]:
    """Yield what of a string must not be seen anywhere: all of it, parts of it, or nothing."""
    _, place, _ = declared(path)
    if place in _NGINX_TEXT:
        yield from secrets_of_nginx(value)
    elif is_secret(path, value, tainted=tainted):
        yield from secrets_within(value)
    elif "://" in value:
        yield from secrets_of_url(value)


def secret_values(values: Mapping[str, Any], marked: Collection[SettingPath]) -> frozenset[str]:
    """Return every secret of evaluated settings.

    Args:
        values: by their top-level names.
        marked: the paths of what came from elsewhere, or is named like a secret.
    """
    leaves = _leaves(values, ())
    parts = (secret_parts(path, text, tainted=is_from_elsewhere(path, marked)) for path, text in leaves)
    return frozenset(part for group in parts for part in group if part)


def is_from_elsewhere(path: SettingPath, marked: Collection[SettingPath]) -> bool:
    """Tell whether a value came from a file or a variable, where those and what is named so are marked."""
    return path in marked and not any(isinstance(part, str) and looks_secret(part) for part in path)


def secrets_of(evaluated: Evaluated) -> frozenset[str]:
    """Return every secret of a settings file; of one with errors, of as much as could be read."""
    return secret_values(evaluated.values, evaluated.secrets)


def secret_paths(evaluated: Evaluated) -> Iterator[SettingPath]:
    """Yield the paths of all that is secret as a whole, or came from elsewhere."""
    for path, text in _leaves(evaluated.values, ()):
        if path in evaluated.secrets or is_secret(path, text):
            yield path


def declared(path: SettingPath) -> tuple[Kind | None, SettingPath, SettingPath]:
    """Return the type of the declared setting that a path leads to or into, its place, and the free rest."""
    if path[:1] == OLD_VHOST:
        path = (*NEW_VHOST, *path[1:])
    for length in range(len(path), 0, -1):
        place = _plain(path[:length])
        kind = _known().get(place)
        if kind is not None:
            return kind, place, path[length:]
    return None, (), path


def _plain(path: SettingPath) -> SettingPath:
    return tuple(part for part in path if not isinstance(part, int))


@cache
def _known() -> dict[SettingPath, Kind]:
    return dict(_kinds(Settings, ()))


def _kinds(model: type[BaseModel], prefix: SettingPath) -> Iterator[tuple[SettingPath, Kind]]:
    for name, field in model.model_fields.items():
        kind = kind_of(field.annotation, tuple(field.metadata))
        if kind.section is None:
            yield (*prefix, name), kind
        section, _ = section_below(kind)
        if section is not None:
            yield from _kinds(section, (*prefix, name))


def _leads_to_key(name: str, value: str) -> bool:
    """Whether a key's name stands before the path of a file: a path is no secret."""
    return name.lower().endswith(("key", "file", "path")) and _KEY_FILE.fullmatch(value) is not None


def _leaves(value: Any, path: SettingPath) -> Iterator[tuple[SettingPath, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _leaves(part, (*path, index))
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, str(value)
