"""Rules across the settings of ``registry['storage']``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.s3 import S3
from ctl.settings.storage import DRIVERS, Storage
from ctl.settings.types import seconds
from ctl.syntax.model import SettingPath
from ctl.syntax.model import written as spelled

STORAGE: SettingPath = ("registry", "storage")
_AWS = re.compile(r"(?:.*\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)", re.IGNORECASE)


def check_storage(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong between settings of the storage section.

    Args:
        settings: validated.
        places: where they were given.
    """
    storage = settings.registry.storage
    if storage is None:
        return
    yield from _one_driver(storage, places)
    for name, driver in (("s3", storage.s3), ("s3_v2", storage.s3_v2)):
        if driver is not None:
            yield from _both_keys(driver, (*STORAGE, name), places)
            yield from _path_style(driver, (*STORAGE, name), places)
    yield from _purging(storage, places)


def _one_driver(storage: Storage, places: Finder) -> Iterator[Diagnostic]:
    given = [name for name in DRIVERS if getattr(storage, name) is not None]
    if len(given) > 1:
        yield Diagnostic(
            Severity.ERROR,
            "several-drivers",
            f"registry['storage'] names {len(given)} drivers: {', '.join(given)}; exactly one is expected",
            places.key((*STORAGE, given[-1])),
        )


def _both_keys(driver: S3, path: SettingPath, places: Finder) -> Iterator[Diagnostic]:
    """One key alone is ignored by the registry, which then looks for credentials elsewhere."""
    keys = {"accesskey": driver.accesskey, "secretkey": driver.secretkey}
    given = [name for name, value in keys.items() if value is not None]
    if len(given) == 1:
        missing = next(name for name in keys if name not in given)
        yield Diagnostic(
            Severity.ERROR,
            "one-key-alone",
            f"{spelled((*path, given[0]))} is given without {missing}",
            places.key((*path, given[0])),
            "give both keys, or neither to use the machine's IAM role",
        )


def _path_style(driver: S3, path: SettingPath, places: Finder) -> Iterator[Diagnostic]:
    """Servers that are not AWS seldom answer to a name for each bucket.

    Without a word on it the registry takes path style for granted; only a written false goes wrong.
    """
    name = "pathstyle" if driver.pathstyle is not None else "forcepathstyle"
    if driver.regionendpoint is None or getattr(driver, name) is not False:
        return
    if not _AWS.fullmatch(_host(driver.regionendpoint)):
        yield Diagnostic(
            Severity.WARNING,
            "path-style",
            f"{spelled((*path, name))} is false, but regionendpoint names no server of AWS",
            places.key((*path, name)),
            "leave it out, unless the server has a host name for every bucket; most have not",
        )


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    except ValueError:
        return ""


def _purging(storage: Storage, places: Finder) -> Iterator[Diagnostic]:
    """The registry would list its whole storage without a pause."""
    purging = storage.maintenance.uploadpurging if storage.maintenance else None
    if purging is not None and purging.enabled and seconds(purging.interval) == 0:
        path: SettingPath = (*STORAGE, "maintenance", "uploadpurging", "interval")
        yield Diagnostic(
            Severity.ERROR,
            "no-interval",
            f"{spelled(path)} is 0: the registry would search for old uploads without a pause",
            places.value(path),
            "write '24h', or 'enabled' => false to leave old uploads alone",
        )
