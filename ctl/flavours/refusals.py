"""Which setting a registry speaks of that does not start.

Source: measured with distribution 2.8.2 and 3.1.1, both of which panic with these words or log them last.
"""

from __future__ import annotations

import re

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """Words of a registry that does not start, and what they are about.

    Args:
        words: a pattern for a part of them.
        setting: its path; ``DRIVER`` stands for the storage driver, ``NAME`` for what the pattern names so.
        variable: a pattern for variables of ``registry['env']`` that set the same.
    """

    words: str
    setting: tuple[str, ...]
    variable: str = ""


_STORAGE = ("registry", "storage")
REFUSALS = (
    Refusal("root certificate bundle|token signing", ("registry", "rootcertbundle"), "AUTH_TOKEN_ROOTCERT.*"),
    Refusal(r"configure \w+ middleware|cloudfront|no baseurl", ("registry", "middleware"), "MIDDLEWARE_.*"),
    Refusal(r"configure authorization|htpasswd", ("registry", "env"), "AUTH_(?:HTPASSWD|SILLY).*"),
    Refusal("upload purge configuration", (*_STORAGE, "maintenance", "uploadpurging"), "STORAGE_MAINT.*"),
    Refusal("readonly config key", (*_STORAGE, "maintenance", "readonly"), "STORAGE_MAINT.*"),
    Refusal("redis configuration required", (*_STORAGE, "cache"), "STORAGE_CACHE.*"),
    Refusal("redirect config|type bool for disable", (*_STORAGE, "redirect"), "STORAGE_REDIRECT.*"),
    Refusal("multiple storage drivers", _STORAGE, r"STORAGE_(?!MAINT|CACHE|DELETE|REDIRECT|TAG).*"),
    Refusal(r"StorageDriver not registered: (?P<NAME>\w+)", (*_STORAGE, "NAME"), "STORAGE_.*"),
    Refusal(r"invalid (?P<NAME>\w+) provided", (*_STORAGE, "DRIVER", "NAME"), "STORAGE_.*"),
    Refusal(r"(?:the|no) (?P<NAME>\w+) (?:\S+ )?parameter", (*_STORAGE, "DRIVER", "NAME"), "STORAGE_.*"),
    Refusal(r"^(?P<NAME>\w+) config error", (*_STORAGE, "DRIVER", "NAME"), "STORAGE_.*"),
    Refusal("invalid loglevel", ("registry", "log_level"), "LOG_LEVEL|LOGLEVEL"),
    Refusal("logging formatter", ("registry", "log_formatter"), "LOG_FORMATTER"),
    Refusal("debug interface", ("registry", "debug_addr"), "HTTP_DEBUG.*"),
    Refusal("dial tcp|remoteurl", ("registry", "env"), "PROXY_.*"),
    Refusal(r"listen (?:tcp|unix)", ("registry", "registry_http_addr"), "HTTP_(?:ADDR|NET)"),
    Refusal(r"validation\.manifests", ("registry", "validation_enabled"), "VALIDATION_.*"),
)


def spoken_of(words: str, driver: str, variables: frozenset[str]) -> tuple[str, ...] | None:
    """Return the path of the setting that a registry speaks of; None where that is not known.

    Args:
        words: with which it ended.
        driver: the storage driver.
        variables: the names of ``registry['env']``.
    """
    for refusal in REFUSALS:
        match = re.search(refusal.words, words)
        if match is None:
            continue
        names = [name for name in sorted(variables) if _sets(refusal, name)]
        if names:
            return ("registry", "env", names[0])
        name = next((text for text in match.groupdict().values() if text), "")
        return tuple({"DRIVER": driver, "NAME": name}.get(part, part) for part in refusal.setting)
    return None


def _sets(refusal: Refusal, name: str) -> bool:
    return bool(refusal.variable) and re.fullmatch(f"REGISTRY_(?:{refusal.variable})", name) is not None
