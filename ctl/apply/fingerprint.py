"""What a service has read, and what it takes until it has read what it has to: decided here alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ctl.targets.model import Service


class Due(StrEnum):
    """What a running process needs before it goes by the generation in force."""

    NOTHING = ""
    RELOAD = "reload"
    RESTART = "restart"


def fingerprint(service: Service, files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return two digests of what a service reads: at its start, and again on a reload.

    Shape: 64 hexadecimal digits, a blank, 64 more.
    """
    return " ".join(
        _digest(prefixes, facts, files)
        for prefixes, facts in (
            (service.restart, service.restart_facts),
            (service.reload, service.reload_facts),
        )
    )


def _digest(prefixes: Sequence[str], facts: Sequence[str], files: Mapping[str, Mapping[str, Any]]) -> str:
    read = [[path, files[path]["sha256"]] for path in sorted(files) if path.startswith(tuple(prefixes))]
    return sha256(json.dumps([read, list(facts)], sort_keys=True).encode()).hexdigest()


def due(have: str | None, wanted: str, owed: Due = Due.NOTHING) -> Due:
    """Return what a running process needs.

    Args:
        have: the fingerprint that it noted at its start or last reload; None when it could not.
        wanted: the one that it has to have.
        owed: what it needs whatever it noted, because it may have read something else; see
            `ctl.apply.touched`.
    """
    if have is None or have.split()[:1] != wanted.split()[:1] or owed is Due.RESTART:
        return Due.RESTART
    return Due.RELOAD if have != wanted or owed is Due.RELOAD else Due.NOTHING


def larger(one: Due, other: Due) -> Due:
    """Return the one of two that is enough for both."""
    return max(one, other, key=list(Due).index)
