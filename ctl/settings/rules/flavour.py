"""What the registry in use does with a setting that it does not know: told before it is silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.support import IGNORED, REFUSED, Unsupported, matches, unsupported_by
from ctl.flavours.table import DISTRIBUTION_3, GITLAB
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.rules.silent import check_silent
from ctl.syntax.model import SettingPath, setting_name

DRIVER_NAMES = {
    "distribution-2.8": "distribution 2.8",
    "distribution-3": "distribution 3",
    "gitlab": "GitLab's registry",
}


def check_flavour(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    """Yield a remark for every given setting that a flavour ignores, an error for those it refuses.

    Args:
        settings: validated.
        flavour: as ``ctl['registry_flavour']`` names it.
        places: where settings were given.
    """
    if settings.registry.enable is False:
        return
    given = list(given_settings(settings.registry, ("registry",)))
    for unsupported in unsupported_by(flavour):
        for path in given:
            if matches(unsupported.path, path[1:]):
                yield _diagnostic(unsupported, flavour, path, places)
    yield from _cache_without_redis(settings, flavour, places)
    if flavour == DISTRIBUTION_3.name:
        yield from _azure_of_distribution_3(settings, places)
    yield from check_silent(settings, flavour, places)
    if flavour == GITLAB.name:
        yield from _threshold(settings, places)


def given_settings(section: BaseModel, prefix: SettingPath) -> Iterator[SettingPath]:
    """Yield the path of every setting below a section that is given, of sections too."""
    for name in section.model_fields_set:
        value = getattr(section, name)
        if value is None:
            continue
        path = (*prefix, name)
        yield path
        if isinstance(value, BaseModel):
            yield from given_settings(value, path)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, BaseModel):
                    yield from given_settings(entry, (*path, index))


def _diagnostic(unsupported: Unsupported, flavour: str, path: SettingPath, places: Finder) -> Diagnostic:
    refused = unsupported.verdict == REFUSED
    return Diagnostic(
        Severity.ERROR if refused else Severity.WARNING,
        "refused-by-registry" if refused else "ignored-by-registry",
        f"{DRIVER_NAMES[flavour]} {unsupported.verdict} {setting_name(places.written(path))}",
        places.key(path),
        unsupported.help,
    )


def _cache_without_redis(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    """Without an address the registry would panic at its start.

    Source: distribution has one connection; GitLab's registry takes that without a group, and no such cache
    beside a metadata database.
    """
    registry = settings.registry
    storage, redis, database = registry.storage, registry.redis, registry.database
    if storage is None or storage.cache is None or storage.cache.blobdescriptor != "redis":
        return
    is_gitlab = flavour == GITLAB.name
    group = redis.cache if redis is not None and not is_gitlab else None
    has_address = bool((redis and redis.addr) or (group and group.enabled and group.addr))
    if not has_address and not (is_gitlab and database is not None and database.enabled):
        path: SettingPath = ("registry", "storage", "cache", "blobdescriptor")
        yield Diagnostic(
            Severity.ERROR,
            "cache-without-redis",
            f"{setting_name(path)} is 'redis', but there is no Redis",
            places.value(path),
            "set registry['redis'] = { 'addr' => 'HOST:6379' }",
        )


def _azure_of_distribution_3(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """It panics without a way to sign in, and asks the account's own host whatever a connection string says.

    Source: measured with 3.1.1.
    """
    azure = settings.registry.storage.azure if settings.registry.storage else None
    if azure is None:
        return
    path: SettingPath = ("registry", "storage", "azure")
    if azure.connectionstring is not None:
        ignored = (*path, "connectionstring")
        text = f"{DRIVER_NAMES[DISTRIBUTION_3.name]} {IGNORED} {setting_name(ignored)}"
        help = "set accountkey, and serviceurl where the service is none of Azure's own"
        yield Diagnostic(Severity.WARNING, "ignored-by-registry", text, places.key(ignored), help)
    if azure.accountkey is not None or azure.credentials is not None:
        return
    yield Diagnostic(
        Severity.ERROR,
        "refused-by-registry",
        f"{DRIVER_NAMES[DISTRIBUTION_3.name]} {REFUSED} {setting_name(path)} without a way to sign in",
        places.key(path),
        "set accountkey, or 'credentials' => { 'type' => 'default_credentials' } for the machine's identity",
    )


def _threshold(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """GitLab's registry counts retries; it keeps the old name for a while."""
    for index, endpoint in enumerate(settings.registry.notifications or ()):
        if endpoint.threshold is None:
            continue
        path: SettingPath = ("registry", "notifications", index, "threshold")
        given = endpoint.maxretries is not None
        yield Diagnostic(
            Severity.DEPRECATION,
            "old-name",
            f"{setting_name(path)} is the old name of maxretries",
            places.key(path),
            "remove it: maxretries is given too" if given else f"write 'maxretries' => {endpoint.threshold}",
        )
