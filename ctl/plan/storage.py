"""Where images lie: the storage section of a plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ctl.paths import Layout
from ctl.plan.hiding import hide, options
from ctl.plan.model import Facts
from ctl.settings.model import Settings
from ctl.settings.sections.storage import DRIVERS, Storage
from ctl.syntax.model import SettingPath

# What is absent here is "the upload purge's own defaults": the registry demands all four or none.
_PURGING = {"enabled": True, "age": "168h", "interval": "24h", "dryrun": False}


def storage_path(settings: Settings, layout: Layout) -> str:
    """The directory of images where the file system holds them (B10, B11)."""
    rails = settings.gitlab_rails
    return str(layout.under(rails.registry_path or f"{rails.shared_path}/registry"))


def image_path(settings: Settings, layout: Layout) -> str:
    """The directory that GitLab is told of: where the registry writes, if nothing else is said."""
    if settings.gitlab_rails.registry_path is None:
        return filesystem_directory(settings, layout) or storage_path(settings, layout)
    return storage_path(settings, layout)


def chosen_driver(settings: Settings) -> str:
    """The storage driver; a section that names none keeps the default one (T10)."""
    given = settings.registry.storage or Storage()
    return next((name for name in DRIVERS if getattr(given, name) is not None), "filesystem")


def filesystem_directory(settings: Settings, layout: Layout) -> str | None:
    """The directory that the registry writes to, whichever setting names it (T19); none with others."""
    if chosen_driver(settings) != "filesystem":
        return None
    storage = settings.registry.storage
    root = storage.filesystem.rootdirectory if storage and storage.filesystem else None
    return str(layout.under(root)) if root else storage_path(settings, layout)


def storage_plan(
    settings: Settings, facts: Facts, layout: Layout, tainted: Collection[SettingPath]
) -> tuple[dict[str, Any], str | None]:
    """Return the storage section and, with the file system driver, the directory to make.

    A section that names no driver keeps the default one, so that switching to read-only as GitLab's
    documents show it does not lose the images (T10).
    """
    given = settings.registry.storage or Storage()
    section: dict[str, Any] = {}
    directory, driver = filesystem_directory(settings, layout), chosen_driver(settings)
    if driver == "filesystem":
        chosen = options(given.filesystem) if given.filesystem else {}
        section["filesystem"] = {**chosen, "rootdirectory": directory}
    else:
        section[driver] = _object_store(driver, getattr(given, driver), facts, layout, tainted)
    section["cache"] = options(given.cache) if given.cache else {"blobdescriptor": "inmemory"}
    section["delete"] = {
        "enabled": given.delete.enabled if given.delete else settings.registry.storage_delete_enabled
    }
    if given.redirect:
        section["redirect"] = options(given.redirect)
    if given.maintenance:
        section["maintenance"] = _maintenance(given)
    # Anywhere else a section "tag" counts as a second driver.
    if given.tag and facts.flavour.knows_tag_section:
        section["tag"] = options(given.tag)
    return section, directory


def read_only(section: dict[str, Any]) -> dict[str, Any]:
    """Return a storage section with its driver and all else as it is, but read-only and without a cache.

    distribution goes on purging uploads while it refuses writes, so that is turned off. A cache would be
    filled by pulls while blobs are deleted, and name them afterwards.
    """
    maintenance = {"uploadpurging": {**_PURGING, "enabled": False}, "readonly": {"enabled": True}}
    kept = {name: value for name, value in section.items() if name != "cache"}
    return {**kept, "maintenance": {**section.get("maintenance", {}), **maintenance}}


def _maintenance(given: Storage) -> dict[str, Any]:
    section: dict[str, Any] = {}
    maintenance = given.maintenance
    if maintenance and maintenance.uploadpurging:
        section["uploadpurging"] = {**_PURGING, **options(maintenance.uploadpurging)}
    if maintenance and maintenance.readonly:
        section["readonly"] = options(maintenance.readonly)
        if maintenance.readonly.enabled:
            # distribution goes on purging uploads while it refuses writes.
            section["uploadpurging"] = {**_PURGING, "enabled": False}
    return section


def _object_store(
    driver: str, given: Any, facts: Facts, layout: Layout, tainted: Collection[SettingPath]
) -> dict[str, Any]:
    """Return an object store's parameters; those of drivers without a model are handed over as given."""
    if isinstance(given, dict):
        return dict(hide(given, ("registry", "storage", driver), tainted))
    found = options(given)
    if driver in ("s3", "s3_v2"):
        _path_style(found, facts)
    if "keyfile" in found:
        found["keyfile"] = str(layout.under(found["keyfile"]))
    if "credentials" in found:
        path = ("registry", "storage", driver, "credentials")
        found["credentials"] = hide(found["credentials"], path, tainted)
    return found


def _path_style(found: dict[str, Any], facts: Facts) -> None:
    """Spell path style as the flavour does.

    The other registries take it for granted with an endpoint of one's own; distribution 3 does not.
    """
    given = [found.pop(name, None) for name in ("pathstyle", "forcepathstyle")]
    style = next((one for one in given if one is not None), "regionendpoint" in found or None)
    if style is not None and facts.flavour.s3_path_style_key:
        found[facts.flavour.s3_path_style_key] = style
