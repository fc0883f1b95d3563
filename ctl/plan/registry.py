"""The registry's part of a plan."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import SecretStr

from ctl.paths import Layout
from ctl.plan.model import Account, Facts, LogPlan, RegistryPlan, Secret
from ctl.settings.model import Settings
from ctl.settings.registry import Endpoint
from ctl.settings.storage import Storage, revealed
from ctl.syntax.model import SettingPath

_SECRET_NAME = re.compile(r"password|secret|token|_?key|salt|dsn|credential|authorization", re.IGNORECASE)
# What is absent here is "the upload purge's own defaults": the registry demands all four or none.
_PURGING = {"enabled": True, "age": "168h", "interval": "24h", "dryrun": False}


def registry_plan(
    settings: Settings, facts: Facts, layout: Layout, tainted: Collection[SettingPath]
) -> RegistryPlan:
    """Decide what the registry's service is and what its config.yml says."""
    registry = settings.registry
    directory = str(layout.under(registry.dir))
    bundle = registry.rootcertbundle
    storage, storage_directory = _storage(settings, facts, layout)
    return RegistryPlan(
        binary=settings.ctl.registry_binary,
        stamp=facts.registry.stamp if facts.registry else "",
        flavour=facts.flavour,
        account=service_account(facts, registry.username, registry.group),
        directory=directory,
        log=_log(settings, layout, facts),
        environment_directory=str(layout.under(registry.env_directory)),
        environment=_environment(settings, facts, tainted),
        log_level=registry.log_level,
        log_formatter=registry.log_formatter,
        http_addr=http_address(settings),
        http_secret=facts.credentials.http_secret,
        drain_timeout=registry.http_draintimeout or settings.ctl.drain_timeout,
        debug_addr=registry.debug_addr,
        realm=token_realm(settings),
        issuer=settings.gitlab_rails.registry_issuer,
        autoredirect=registry.autoredirect,
        # T18: Omnibus writes its own certificate even where another bundle is named; here it does not.
        bundle_path=str(layout.under(bundle)) if bundle else f"{directory}/gitlab-registry.crt",
        bundle=None if bundle else facts.credentials.certificate,
        jwks_path=f"{directory}/gitlab-registry.jwks" if _needs_jwks(facts) else None,
        jwks=facts.credentials.jwks if _needs_jwks(facts) else None,
        storage=storage,
        storage_directory=storage_directory,
        middleware=_middleware(settings, tainted),
        notifications=_notifications(settings, facts, tainted),
        health=registry.health_storagedriver_enabled,
        validation_disabled=not registry.validation_enabled,
        schema1=registry.compatibility_schema1_enabled,
    )


def _needs_jwks(facts: Facts) -> bool:
    return facts.flavour.keys_by_jwks and facts.credentials.jwks is not None


def service_account(facts: Facts, user: str, group: str) -> Account:
    """Return who a service runs as: the named account, or the caller where none are made."""
    return Account(None, None) if facts.groups is None else Account(user, group)


def http_address(settings: Settings) -> str:
    """The address between nginx and the registry (B9)."""
    return settings.registry.registry_http_addr or "127.0.0.1:5000"


def token_realm(settings: Settings) -> str:
    """The URL that clients fetch tokens from (B35).

    A trailing slash of ``external_url`` does not end up as a double one (T16).
    """
    base = settings.registry.token_realm or settings.external_url or ""
    return f"{base.rstrip('/')}/jwt/auth"


def storage_path(settings: Settings, layout: Layout) -> str:
    """The directory of images where the file system holds them (B10, B11)."""
    given = settings.gitlab_rails.registry_path
    return str(layout.under(given or "/var/opt/gitlab/gitlab-rails/shared/registry"))


def _log(settings: Settings, layout: Layout, facts: Facts) -> LogPlan:
    registry = settings.registry
    return LogPlan(
        directory=str(layout.under(registry.log_directory)),
        group=registry.log_group if facts.groups is not None else None,
        timestamps=registry.log_formatter == "text",
        size=registry.svlogd_size,
        count=registry.svlogd_num,
        timeout=registry.svlogd_timeout,
        # An empty string is the only way to say that logs shall not be compressed: nil means the default.
        filter=registry.svlogd_filter or None,
        udp=registry.svlogd_udp or None,
        prefix=registry.svlogd_prefix or None,
    )


def _environment(
    settings: Settings, facts: Facts, tainted: Collection[SettingPath]
) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {"SSL_CERT_DIR": "/etc/ssl/certs", **dict(facts.flavour.environment)}
    for name, value in settings.registry.env.items():
        hidden = bool(_SECRET_NAME.search(name)) or ("registry", "env", name) in tainted
        found[name] = Secret(value) if hidden else value
    return tuple(sorted(found.items()))


def _storage(settings: Settings, facts: Facts, layout: Layout) -> tuple[dict[str, Any], str | None]:
    """Return the storage section and, with the file system driver, the directory to make.

    A section that names no driver keeps the default one, so that switching to read-only as GitLab's
    documents show it does not lose the images (T10).
    """
    given = settings.registry.storage or Storage()
    section: dict[str, Any] = {}
    directory: str | None = None
    if given.s3:
        section["s3"] = _s3(settings, facts)
    else:
        options = revealed(given.filesystem) if given.filesystem else {}
        root = options.pop("rootdirectory", None)
        # T19: what is made is where the registry writes, whichever setting names it.
        directory = str(layout.under(root)) if root else storage_path(settings, layout)
        section["filesystem"] = {"rootdirectory": directory, **options}
    section["cache"] = revealed(given.cache) if given.cache else {"blobdescriptor": "inmemory"}
    section["delete"] = {
        "enabled": given.delete.enabled if given.delete else settings.registry.storage_delete_enabled
    }
    if given.redirect:
        section["redirect"] = revealed(given.redirect)
    if given.maintenance:
        section["maintenance"] = _maintenance(given)
    return section, directory


def _maintenance(given: Storage) -> dict[str, Any]:
    section: dict[str, Any] = {}
    maintenance = given.maintenance
    if maintenance and maintenance.uploadpurging:
        section["uploadpurging"] = {**_PURGING, **revealed(maintenance.uploadpurging)}
    if maintenance and maintenance.readonly:
        section["readonly"] = revealed(maintenance.readonly)
        if maintenance.readonly.enabled:
            # distribution goes on purging uploads while it refuses writes.
            section["uploadpurging"] = {**_PURGING, "enabled": False}
    return section


def _s3(settings: Settings, facts: Facts) -> dict[str, Any]:
    given = settings.registry.storage.s3 if settings.registry.storage else None
    options = revealed(given) if given else {}
    style = options.pop("pathstyle", None)
    # The other registries take path style for granted with an endpoint of one's own; distribution 3 does not.
    style = True if style is None and "regionendpoint" in options else style
    if style is not None and facts.flavour.s3_path_style_key:
        options[facts.flavour.s3_path_style_key] = style
    for name in ("accesskey", "secretkey"):
        if name in options:
            options[name] = Secret(options[name])
    return options


def _middleware(settings: Settings, tainted: Collection[SettingPath]) -> dict[str, Any] | None:
    if settings.registry.middleware is None:
        return None
    return {
        kind: [
            {
                "name": one.name,
                "options": hide(one.options, ("registry", "middleware", kind, index, "options"), tainted),
            }
            for index, one in enumerate(entries)
        ]
        for kind, entries in settings.registry.middleware.items()
    }


def hide(value: Any, path: SettingPath, tainted: Collection[SettingPath]) -> Any:
    """Mark as secret every string below a path that is named like one or came from elsewhere."""
    if isinstance(value, Mapping):
        return {name: hide(one, (*path, name), tainted) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [hide(one, (*path, index), tainted) for index, one in enumerate(value)]
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    named = any(isinstance(part, str) and _SECRET_NAME.search(part) for part in path)
    if isinstance(value, str) and (named or path in tainted):
        return Secret(value)
    return value


def _notifications(
    settings: Settings, facts: Facts, tainted: Collection[SettingPath]
) -> tuple[Mapping[str, Any], ...] | None:
    if settings.registry.notifications is None:
        return None
    return tuple(
        _endpoint(one, settings, facts, hidden=("registry", "notifications", index, "url") in tainted)
        for index, one in enumerate(settings.registry.notifications)
    )


def _endpoint(endpoint: Endpoint, settings: Settings, facts: Facts, *, hidden: bool) -> dict[str, Any]:
    """Complete an endpoint from the defaults (B21, B22, B23).

    A URL with a user or a query is a secret: such is how a web hook carries its password.
    """
    registry = settings.registry
    headers = {**registry.default_notifications_headers, **endpoint.headers}
    retries = {
        "threshold": registry.default_notifications_threshold,
        "maxretries": registry.default_notifications_maxretries,
    }
    key = facts.flavour.retry_key
    given = endpoint.maxretries if endpoint.maxretries is not None else endpoint.threshold
    section: dict[str, Any] = {
        "name": endpoint.name,
        "url": Secret(endpoint.url) if hidden or re.search(r"[@?]", endpoint.url) else endpoint.url,
        "timeout": endpoint.timeout or registry.default_notifications_timeout,
        key: given if given is not None else retries[key],
        "backoff": endpoint.backoff or registry.default_notifications_backoff,
        "headers": {name: [Secret(one) for one in values] for name, values in headers.items()},
    }
    if endpoint.disabled is not None:
        section["disabled"] = endpoint.disabled
    return section
