"""Where images lie: the storage section of a plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.hiding import hide, options
from ctl.plan.model import Facts
from ctl.plan.sections import NO_PURGING, Maintenance, Options, Purging, ReadOnly, StoragePlan
from ctl.settings.model import Settings
from ctl.settings.sections.storage import Maintenance as MaintenanceSettings
from ctl.settings.sections.storage import Storage
from ctl.syntax.model import SettingPath


def storage_plan(
    settings: Settings, derived: Derived, facts: Facts, layout: Layout, tainted: Collection[SettingPath]
) -> StoragePlan:
    """Decide on the storage section.

    A section that names no driver keeps the default one, so that switching to read-only as GitLab's
    documents show it does not lose the images (T10).
    """
    given = settings.registry.storage or Storage()
    directory = str(layout.under(derived.image_directory)) if derived.image_directory else None
    return StoragePlan(
        driver=derived.driver,
        parameters=_parameters(given, derived.driver, directory, facts, layout, tainted),
        directory=directory,
        managed=settings.manage_storage_directories.enable,
        cache=options(given.cache) if given.cache else {"blobdescriptor": "inmemory"},
        delete=given.delete.enabled if given.delete else settings.registry.storage_delete_enabled,
        redirect=options(given.redirect) if given.redirect else None,
        maintenance=_maintenance(given.maintenance) if given.maintenance else None,
        # Anywhere else a section "tag" counts as a second driver.
        tag=options(given.tag) if given.tag and facts.flavour.knows_tag_section else None,
    )


def _parameters(
    given: Storage,
    driver: str,
    directory: str | None,
    facts: Facts,
    layout: Layout,
    tainted: Collection[SettingPath],
) -> Options:
    if driver != "filesystem":
        return _object_store(driver, getattr(given, driver), facts, layout, tainted)
    return {**(options(given.filesystem) if given.filesystem else {}), "rootdirectory": directory}


def _maintenance(given: MaintenanceSettings) -> Maintenance:
    section: Maintenance = {}
    purging = given.uploadpurging
    if purging:
        section["uploadpurging"] = Purging(
            enabled=purging.enabled, age=purging.age, interval=purging.interval, dryrun=purging.dryrun
        )
    if given.readonly:
        section["readonly"] = ReadOnly(enabled=given.readonly.enabled)
        if given.readonly.enabled:
            section["uploadpurging"] = NO_PURGING
    return section


def _object_store(
    driver: str, given: Any, facts: Facts, layout: Layout, tainted: Collection[SettingPath]
) -> Options:
    """Return an object store's parameters; those of drivers without a model are handed over as given."""
    if isinstance(given, dict):
        return dict(hide(given, ("registry", "storage", driver), tainted))
    parameters = options(given)
    if driver in ("s3", "s3_v2"):
        _path_style(parameters, facts)
    if driver == "azure" and facts.flavour.names_azure_sign_in and "accountkey" in parameters:
        # Without a word of it distribution 3 panics: invalid credentials type: "".
        parameters.setdefault("credentials", {"type": "shared_key"})
    if "keyfile" in parameters:
        parameters["keyfile"] = str(layout.under(parameters["keyfile"]))
    if "credentials" in parameters:
        path = ("registry", "storage", driver, "credentials")
        parameters["credentials"] = hide(parameters["credentials"], path, tainted)
    return parameters


def _path_style(parameters: dict[str, Any], facts: Facts) -> None:
    """Spell path style as the flavour does.

    The other registries take it for granted with an endpoint of one's own; distribution 3 does not.
    """
    given = [parameters.pop(name, None) for name in ("pathstyle", "forcepathstyle")]
    style = next((value for value in given if value is not None), "regionendpoint" in parameters or None)
    if style is not None and facts.flavour.s3_path_style_key:
        parameters[facts.flavour.s3_path_style_key] = style
