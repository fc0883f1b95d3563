"""Where a store is, so that two of them can be told from each other; without a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ctl.storage.backends.connection import connection
from ctl.storage.store import StoreError

DEFAULT_ROOT = "/var/lib/registry"
# What tells one store of a driver that obstore does not know from another.
_TELLING = (
    "authurl",
    "region",
    "endpoint",
    "tenant",
    "domain",
    "bucket",
    "container",
    "prefix",
    "rootdirectory",
)


def place_of(driver: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kind of a store and what tells it from others of its kind.

    Drivers for the same service go to the same place, and so do two spellings of one.

    Args:
        driver: its name in config.yml.
        parameters: as config.yml has them.
    """
    if driver == "filesystem":
        return ("filesystem", os.path.normpath(str(parameters.get("rootdirectory") or DEFAULT_ROOT)))
    try:
        reached = connection(driver, parameters)
    except (StoreError, KeyError):
        told = [f"{name}={_bare(str(parameters[name]))}" for name in _TELLING if parameters.get(name)]
        return (driver, *told)
    if reached.kind == "azure":
        legacy = [name for name in ("legacyrootprefix", "trimlegacyrootprefix") if name in parameters]
        prefixes = [f"{name}={str(parameters[name]).lower()}" for name in legacy]
        account = _bare(str(reached.config["endpoint"]))
        return ("azure", account, reached.bucket, reached.prefix, *prefixes)
    return (reached.kind, _bare(reached.endpoint), reached.bucket, reached.prefix)


def _bare(url: str) -> str:
    """Return a URL without who signs in by it and without what follows a question mark."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def spoken(place: tuple[str, ...]) -> str:
    """Say where a store is, for a person."""
    kind, *rest = place
    if kind == "filesystem":
        return f"the directory {rest[0]}"
    if kind in ("s3", "gcs", "azure"):
        address, bucket, prefix, *_ = rest
        below = f", below {prefix}" if prefix else ""
        at = f" at {address}" if address else ""
        return f"the {kind} {'container' if kind == 'azure' else 'bucket'} {bucket}{at}{below}"
    return " ".join((f"the {kind} store", *rest))
