"""Rules across the settings of ``registry['storage']``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from posixpath import normpath
from urllib.parse import urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.regex import compile_late
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.rules.placeholders import is_example
from ctl.settings.sections.s3 import S3
from ctl.settings.sections.storage import DRIVERS, Storage
from ctl.settings.types import seconds
from ctl.syntax.model import SettingPath, setting_name

STORAGE: SettingPath = ("registry", "storage")
_FORM = "small letters, digits and hyphens are expected, 3 to 63 of them"
_S3_BUCKET = compile_late(r"(?=.{3,63}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])", re.ASCII)
_GCS_BUCKET = compile_late(r"(?=.{3,222}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])", re.ASCII)
_CONTAINER = compile_late(r"(?=.{3,63}$)(?:[a-z0-9]+(?:-[a-z0-9]+)*)|\$root", re.ASCII)
_AWS = compile_late(r"(?:.*\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)", re.IGNORECASE)


def check_storage(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong between settings of the storage section.

    Args:
        settings: validated.
        places: where they were given.
    """
    storage = settings.registry.storage
    if storage is None:
        return
    yield from _two_paths(settings, storage, places)
    yield from _buckets(storage, places)
    yield from _one_driver(storage, places)
    for name, driver in (("s3", storage.s3), ("s3_v2", storage.s3_v2)):
        if driver is not None:
            yield from _both_keys(driver, (*STORAGE, name), places)
            yield from _path_style(driver, (*STORAGE, name), places)
            yield from _key_without_encryption(driver, (*STORAGE, name), places)
            yield from _unclean_root(driver, (*STORAGE, name), places)
    yield from _purging(storage, places)
    yield from _private_redirect(settings, storage, places)


def _two_paths(settings: Settings, storage: Storage, places: Finder) -> Iterator[Diagnostic]:
    """Omnibus makes the one directory, and the registry writes to the other (B41, T19)."""
    path: SettingPath = ("gitlab_rails", "registry_path")
    told = settings.gitlab_rails.registry_path
    if told is None:
        return
    other = next(
        (driver for driver in DRIVERS if driver != "filesystem" and getattr(storage, driver) is not None),
        None,
    )
    root = storage.filesystem.rootdirectory if storage.filesystem else None
    if other is not None:
        yield Diagnostic(
            Severity.NOTE,
            "without-effect",
            f"{setting_name(path)} is accepted, without effect: images lie in {other}",
            places.key(path),
        )
    elif root is not None and root != told:
        own = setting_name((*STORAGE, "filesystem", "rootdirectory"))
        yield Diagnostic(
            Severity.WARNING,
            "two-directories",
            f"{setting_name(path)} differs from {own}, where the registry writes:"
            " GitLab backs up the wrong one",
            places.value(path),
            "keep one of the two",
        )


def _buckets(storage: Storage, places: Finder) -> Iterator[Diagnostic]:
    """The store would refuse the name, at the first push (E30)."""
    plain_s3 = [
        (name, section) for name in ("s3", "s3_v2") if (section := getattr(storage, name)) is not None
    ]
    named = [
        (name, "bucket", section.bucket, _S3_BUCKET)
        for name, section in plain_s3
        if not section.regionendpoint
    ]
    if storage.gcs is not None:
        named.append(("gcs", "bucket", storage.gcs.bucket, _GCS_BUCKET))
    for name in ("azure", "azure_v2"):
        if getattr(storage, name) is not None:
            named.append((name, "container", getattr(storage, name).container, _CONTAINER))
    for driver, key, given, pattern in named:
        if not pattern.fullmatch(given):
            path: SettingPath = (*STORAGE, driver, key)
            wrong = "/" in given
            yield Diagnostic(
                Severity.ERROR if wrong else Severity.WARNING,
                "bucket-name",
                f"{setting_name(path)} is no name of a {key}; {_FORM}",
                places.value(path),
                "a directory inside it is the setting rootdirectory" if wrong else None,
            )


def _key_without_encryption(driver: S3, path: SettingPath, places: Finder) -> Iterator[Diagnostic]:
    """The key counts only together with encryption (E32)."""
    if driver.keyid and not driver.encrypt:
        yield Diagnostic(
            Severity.WARNING,
            "key-without-encryption",
            f"{setting_name((*path, 'keyid'))} has no effect without 'encrypt' => true",
            places.key((*path, "keyid")),
            "add 'encrypt' => true, or remove the key",
        )


def _unclean_root(driver: S3, path: SettingPath, places: Finder) -> Iterator[Diagnostic]:
    """The registry writes keys by the path's shortest form and looks for them by the given one.

    Measured with 2.8.2: slashes at either end are left out of the keys, and ``/`` is the same as nothing.
    """
    root = (driver.rootdirectory or "").strip("/")
    if set(root.split("/")) & ({"", ".", ".."} if root else {".", ".."}):
        shortest = normpath(f"/{root}").strip("/")
        yield Diagnostic(
            Severity.WARNING,
            "unclean-prefix",
            f"{setting_name((*path, 'rootdirectory'))} holds an empty part, . or ..: every push would fail",
            places.value((*path, "rootdirectory")),
            f"write '{shortest}'" if shortest else "leave it out",
        )


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
            f"{setting_name((*path, given[0]))} is given without {missing}",
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
            f"{setting_name((*path, name))} is false, but regionendpoint names no server of AWS",
            places.key((*path, name)),
            "leave it out, unless the server has a host name for every bucket; most have not",
        )


def _private_redirect(settings: Settings, storage: Storage, places: Finder) -> Iterator[Diagnostic]:
    """Clients fetch layers from the store itself, by the name that the registry knows it by."""
    elsewhere = {middleware.name for middleware in (settings.registry.middleware or {}).get("storage", ())}
    passed_through = storage.redirect is not None and storage.redirect.disable
    if passed_through or elsewhere & {"redirect", "cloudfront", "googlecdn", "urlcache"}:
        return
    named = (
        ("s3", "regionendpoint", storage.s3 and storage.s3.regionendpoint),
        ("s3_v2", "regionendpoint", storage.s3_v2 and storage.s3_v2.regionendpoint),
        ("azure", "serviceurl", storage.azure and storage.azure.serviceurl),
    )
    for driver, key, endpoint in named:
        if endpoint and _is_private(_host(endpoint)):
            path: SettingPath = (*STORAGE, driver, key)
            yield Diagnostic(
                Severity.WARNING,
                "redirect-to-private",
                f"clients are sent to {setting_name(path)} for every layer, a host that they may not reach",
                places.value(path),
                "set registry['storage']['redirect'] = { 'disable' => true }, so that the registry passes"
                " layers on, unless all clients reach that host",
            )


def _is_private(host: str) -> bool:
    """Whether few clients reach a host: a private address, a name without a domain."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(host) and "." not in host.rstrip(".") and not is_example(host)
    return address.is_private or address.is_loopback or address.is_link_local


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
            f"{setting_name(path)} is 0: the registry would search for old uploads without a pause",
            places.value(path),
            "write '24h', or 'enabled' => false to leave old uploads alone",
        )
