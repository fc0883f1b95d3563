"""The values that follow from other settings, from the secrets file or from the machine, and from which."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from ctl.credentials import secrets as secrets_file
from ctl.errors import CtlError
from ctl.operations.compile.source import Source
from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.model import Plan, RegistryPlan, Secret, Unmade, VhostPlan
from ctl.plan.sections import Maintenance, StoragePlan
from ctl.render.files.sections import database_section, endpoint_section, storage_section
from ctl.settings.model import Settings
from ctl.syntax.model import SettingPath, setting_name

DEFAULT = "default"
UNMADE = "made by the next reconfigure"
URL = ("registry_external_url",)


class DerivedValue(Struct, frozen=True):
    """A value that no settings file gave.

    Args:
        value: what is in force; secrets are of the type `Secret`.
        origin: as it is shown; empty for the place of the setting in the settings file.
        wins: whether it holds even where the settings file gives another value.
    """

    value: Any
    origin: str
    wins: bool = False


def derived_from(path: SettingPath) -> str:
    """Say that a value follows from a setting."""
    return f"derived from {setting_name(path)}"


def derived_values(
    source: Source, plan: Plan, layout: Layout, *, reveal: bool
) -> dict[SettingPath, DerivedValue]:
    """Return the derived values by setting.

    Args:
        source: the settings.
        plan: what they come to.
        layout: the root; where the plan has a path below it, the setting has it without.
        reveal: whether secrets have to be known.

    Raises:
        CtlError: secrets have to be known and may not be read.
    """
    settings = source.settings
    values = dict(_switches(settings, source.derived, plan))
    values |= dict(_gitlab(settings, plan))
    values |= dict(_secrets(settings, source.derived, layout, reveal))
    if plan.registry:
        values |= dict(_registry(settings, plan.registry))
        values |= dict(_storage(settings, plan.registry.storage))
    if plan.vhost:
        values |= dict(_vhost(settings, source.derived, plan.vhost))
    return {
        path: DerivedValue(_unrooted(derived.value, layout), derived.origin, derived.wins)
        for path, derived in values.items()
        if derived.value is not None
    }


Pairs = Iterator[tuple[SettingPath, DerivedValue]]


def _switches(settings: Settings, derived: Derived, plan: Plan) -> Pairs:
    automatic = settings.registry_external_url is None and plan.registry_url is not None
    if automatic:
        yield URL, DerivedValue(plan.registry_url, derived_from(("external_url",)))
    origin = derived_from(("external_url",) if automatic else URL) if plan.registry_url else DEFAULT
    yield ("registry", "enable"), DerivedValue(derived.registry_enabled, origin)
    vhost = derived_from(("registry", "nginx", "enable"))
    yield ("nginx", "enable"), DerivedValue(derived.vhost_enabled, vhost)


def _gitlab(settings: Settings, plan: Plan) -> Pairs:
    gitlab, rails = plan.gitlab, ("gitlab_rails",)
    address = ("registry", "registry_http_addr")
    yield (*rails, "registry_enabled"), DerivedValue(gitlab.enabled, derived_from(("registry", "enable")))
    if plan.registry_url:
        # The URL is what counts, whatever is given beside it.
        yield (*rails, "registry_host"), DerivedValue(gitlab.host, derived_from(URL), wins=True)
        given = settings.gitlab_rails.registry_port
        yield (
            (*rails, "registry_port"),
            DerivedValue(gitlab.port, derived_from(URL), wins=gitlab.port != given),
        )
    yield (*rails, "registry_api_url"), DerivedValue(gitlab.api_url, derived_from(address))
    yield (*rails, "registry_path"), DerivedValue(gitlab.path, DEFAULT)
    yield (*rails, "registry_key_path"), DerivedValue(gitlab.key_path, DEFAULT)
    secret = DerivedValue(gitlab.notification_secret, derived_from(("registry", "notifications")))
    yield (*rails, "registry_notification_secret"), secret


def _secrets(settings: Settings, derived: Derived, layout: Layout, reveal: bool) -> Pairs:
    used = {
        "http_secret": derived.registry_enabled,
        "internal_key": derived.key_used,
        "internal_certificate": derived.certificate_used,
    }
    file = layout.secrets_file
    given = {name for name in used if getattr(settings.registry, name) is not None}
    wanted = [name for name, needed in used.items() if needed and name not in given]
    if not wanted:
        return
    if _closed(layout):
        if reveal:
            raise CtlError(f"the secrets file {file} cannot be read", help="run this as root")
        for name in wanted:
            yield ("registry", name), DerivedValue(Secret(""), file.name)
        return
    known = secrets_file.read(file).registry
    for name in wanted:
        value = getattr(known, name)
        if value is None:
            yield ("registry", name), DerivedValue(Unmade(), UNMADE)
        else:
            public = name == "internal_certificate"
            yield ("registry", name), DerivedValue(value if public else Secret(value), file.name)


def _closed(layout: Layout) -> bool:
    """Whether there is a secrets file that the caller may not read, or not even look for."""
    try:
        return layout.secrets_file.exists() and not os.access(
            layout.secrets_file, os.R_OK, effective_ids=True
        )
    except PermissionError:
        return True


def _registry(settings: Settings, registry: RegistryPlan) -> Pairs:
    own = ("registry",)
    yield (*own, "registry_http_addr"), DerivedValue(str(registry.http_addr), DEFAULT)
    yield (*own, "token_realm"), DerivedValue(registry.gitlab_url or None, derived_from(("external_url",)))
    drain = derived_from(("ctl", "drain_timeout"))
    yield (*own, "http_draintimeout"), DerivedValue(registry.drain_timeout, drain)
    yield (*own, "rootcertbundle"), DerivedValue(registry.bundle_path, derived_from(("registry", "dir")))
    yield from _log(registry)
    if registry.notifications is not None:
        endpoints = [endpoint_section(endpoint) for endpoint in registry.notifications]
        yield (*own, "notifications"), DerivedValue(endpoints, "", wins=True)
    for name, section in (("database", database_section(registry.database)), ("gc", registry.gc)):
        yield from _leaves((*own, name), section or {})


def _log(registry: RegistryPlan) -> Pairs:
    log = registry.log
    values = {"size": log.size, "num": log.count, "timeout": log.timeout, "filter": log.filter}
    for name, value in {**values, "udp": log.udp, "prefix": log.prefix}.items():
        yield ("registry", f"svlogd_{name}"), DerivedValue(value, derived_from(("logging", f"svlogd_{name}")))
    yield ("registry", "log_group"), DerivedValue(log.group, derived_from(("logging", "log_group")))


def _leaves(path: SettingPath, section: Mapping[str, Any]) -> Pairs:
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from _leaves((*path, name), value)
        else:
            yield (*path, name), DerivedValue(value, DEFAULT)


def _storage(settings: Settings, plan: StoragePlan) -> Pairs:
    storage = ("registry", "storage")
    yield from _leaves(storage, storage_section(plan))
    if plan.directory is not None:
        origin = derived_from(("gitlab_rails", "registry_path"))
        yield (*storage, "filesystem", "rootdirectory"), DerivedValue(plan.directory, origin)
    if "storage_delete_enabled" in settings.registry.model_fields_set:
        origin = derived_from(("registry", "storage_delete_enabled"))
        yield (*storage, "delete", "enabled"), DerivedValue(plan.delete, origin)
    if plan.driver in ("s3", "s3_v2"):
        origin = derived_from((*storage, plan.driver, "regionendpoint"))
        for name in ("pathstyle", "forcepathstyle"):
            if name in plan.parameters:
                yield (*storage, plan.driver, name), DerivedValue(plan.parameters[name], origin)
    maintenance = plan.maintenance or Maintenance()
    if "readonly" in maintenance and maintenance["readonly"]["enabled"]:
        origin = derived_from((*storage, "maintenance", "readonly", "enabled"))
        purging = (*storage, "maintenance", "uploadpurging", "enabled")
        yield purging, DerivedValue(maintenance["uploadpurging"]["enabled"], origin, wins=True)


def _vhost(settings: Settings, derived: Derived, vhost: VhostPlan) -> Pairs:
    own, given = ("registry", "nginx"), settings.registry.nginx
    speaks = (*own, "listen_https") if given.listen_https is not None else URL
    yield (*own, "https"), DerivedValue(vhost.tls is not None, derived_from(speaks))
    yield (*own, "listen_port"), DerivedValue(vhost.port, derived_from(URL))
    yield (*own, "fqdn"), DerivedValue(vhost.host, derived_from(URL))
    paths = derived.certificate_paths
    if paths:
        yield (*own, "ssl_certificate"), DerivedValue(paths[0], derived_from(URL))
        yield (*own, "ssl_certificate_key"), DerivedValue(paths[1], derived_from(URL))
    yield (*own, "dir"), DerivedValue(vhost.directory, derived_from(("nginx", "dir")))
    yield (*own, "log_directory"), DerivedValue(vhost.log_directory, derived_from(("nginx", "log_directory")))
    if vhost.proxy_protocol:
        origin = derived_from((*own, "proxy_protocol"))
        yield (*own, "real_ip_header"), DerivedValue(vhost.real_ip_header, origin)


def _unrooted(value: Any, layout: Layout) -> Any:
    """Take the root away from a path, as settings have it."""
    if isinstance(value, Secret) or not isinstance(value, str) or layout.is_system:
        return value
    root = f"{layout.root}/"
    return f"/{value.removeprefix(root)}" if value.startswith(root) else value
