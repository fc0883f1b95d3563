"""Settings that GitLab's package gave up, or is about to give up: since when, and what takes their place.

Source: the deprecations and removals of GitLab's Linux package, as far as they concern the registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from ctl.settings.older import OLDER_NAMES
from ctl.syntax.model import SettingPath

Version = tuple[int, ...]


class Lifetime(Struct, frozen=True):
    """How long a setting lives.

    Args:
        path: of the setting; a star stands for any key or place.
        deprecated: the version from which on it is deprecated; empty for always.
        removed: the version from which on it is refused; None where none is announced, empty for always.
        instead: what to do.
    """

    path: tuple[str, ...]
    deprecated: Version
    removed: Version | None
    instead: str


LIFETIMES: tuple[Lifetime, ...] = (
    Lifetime(("registry_nginx",), (19, 2), None, "write registry['nginx']['KEY'] for registry_nginx['KEY']"),
    Lifetime(("registry", "notifications", "*", "threshold"), (17, 1), (23, 0), "write maxretries"),
    Lifetime(
        ("registry", "default_notifications_threshold"),
        (17, 1),
        (23, 0),
        "write registry['default_notifications_maxretries']",
    ),
    *(
        Lifetime((name,), (), (), "remove it: it concerns no service of today")
        for name in sorted(OLDER_NAMES)
    ),
)


def ending(values: Mapping[str, Any]) -> Iterator[tuple[SettingPath, Lifetime]]:
    """Yield the settings among evaluated values whose life ends, and how."""
    for lifetime in LIFETIMES:
        yield from ((path, lifetime) for path in _matching(values, lifetime.path, ()))


def _matching(value: Any, pattern: tuple[str, ...], prefix: SettingPath) -> Iterator[SettingPath]:
    if not pattern:
        if value is not None and value != {}:
            yield prefix
    elif isinstance(value, list) and pattern[0] == "*":
        for index, entry in enumerate(value):
            yield from _matching(entry, pattern[1:], (*prefix, index))
    elif isinstance(value, Mapping):
        for name in value if pattern[0] == "*" else [pattern[0]]:
            if name in value:
                yield from _matching(value[name], pattern[1:], (*prefix, name))
