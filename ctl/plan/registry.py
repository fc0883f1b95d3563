"""The registry's part of a plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ctl.paths import STANDBY, Layout
from ctl.plan.address import ListenAddress
from ctl.plan.derive import Derived
from ctl.plan.hiding import hide
from ctl.plan.model import Account, Facts, LogPlan, RegistryPlan, SocketsPlan
from ctl.plan.notifications import notifications_plan
from ctl.plan.sections import MiddlewarePlan
from ctl.plan.services import database_plan, gc_plan, redis_plan, reporting_plan
from ctl.plan.storage import storage_plan
from ctl.settings.model import Settings
from ctl.settings.types import seconds
from ctl.syntax.model import SettingPath

# What a socket's address holds in Linux, without the byte that ends it (unix(7)).
SOCKET_PATH_BYTES = 107


def registry_plan(
    settings: Settings,
    derived: Derived,
    facts: Facts,
    layout: Layout,
    sockets: SocketsPlan | None,
    tainted: Collection[SettingPath],
) -> RegistryPlan:
    """Decide what the registry's service is and what its config.yml says."""
    registry = settings.registry
    directory = str(layout.under(registry.dir))
    drain = registry.http_draintimeout or settings.ctl.drain_timeout
    # A trailing slash does not end up as a double one (T16).
    gitlab = (registry.token_realm or settings.external_url or "").rstrip("/")
    bundle = registry.rootcertbundle
    database = database_plan(settings, facts, layout)
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
        http_addr=derived.http_addr,
        sockets=sockets,
        http_secret=facts.credentials.http_secret,
        drain_timeout=drain,
        drain_seconds=seconds(drain),
        debug_addr=ListenAddress.parse(registry.debug_addr) if registry.debug_addr else None,
        gitlab_url=gitlab,
        # The URL that clients fetch tokens from (B35).
        realm=f"{gitlab}/jwt/auth",
        issuer=settings.gitlab_rails.registry_issuer,
        autoredirect=registry.autoredirect,
        # T18: Omnibus writes its own certificate even where another bundle is named; here it does not.
        bundle_path=str(layout.under(bundle)) if bundle else f"{directory}/gitlab-registry.crt",
        bundle=None if bundle else facts.credentials.certificate,
        jwks_path=f"{directory}/gitlab-registry.jwks" if _needs_jwks(facts) else None,
        jwks=facts.credentials.jwks if _needs_jwks(facts) else None,
        storage=storage_plan(settings, derived, facts, layout, tainted),
        middleware=_middleware(settings, tainted),
        notifications=notifications_plan(settings, facts, tainted),
        database=database,
        migrates=registry.auto_migrate and database is not None and database.enabled is not False,
        gc=gc_plan(settings, facts),
        redis=redis_plan(settings, facts),
        reporting=reporting_plan(settings, facts),
        health=registry.health_storagedriver_enabled,
        validation_disabled=not registry.validation_enabled,
        schema1=registry.compatibility_schema1_enabled,
    )


def _needs_jwks(facts: Facts) -> bool:
    return facts.flavour.keys_by_jwks and facts.credentials.jwks is not None


def service_account(facts: Facts, user: str, group: str) -> Account:
    """Return who a service runs as: the named account, or the caller where none are made."""
    return Account(None, None) if facts.groups is None else Account(user, group)


def sockets_plan(settings: Settings, derived: Derived, facts: Facts, layout: Layout) -> SocketsPlan | None:
    """The unix sockets between nginx and two instances of the registry; none where that cannot be.

    It needs ctl to run both, nginx in front, and a root whose path leaves room in a socket's address.
    """
    longest = str(layout.instance_socket(STANDBY)).encode("utf-8", "surrogateescape")
    if not facts.sockets or not derived.vhost_enabled or len(longest) > SOCKET_PATH_BYTES:
        return None
    web = service_account(facts, settings.web_server.username, settings.web_server.group)
    return SocketsPlan(
        root=str(layout.sockets),
        directory=str(layout.instance_sockets),
        active=str(layout.active_socket),
        group=web.group,
    )


def _log(settings: Settings, layout: Layout, facts: Facts) -> LogPlan:
    registry, shared = settings.registry, settings.logging
    return LogPlan(
        directory=str(layout.under(registry.log_directory)),
        group=(registry.log_group or shared.log_group) if facts.groups is not None else None,
        timestamps=registry.log_formatter == "text",
        size=_first(registry.svlogd_size, shared.svlogd_size),
        count=_first(registry.svlogd_num, shared.svlogd_num),
        timeout=_first(registry.svlogd_timeout, shared.svlogd_timeout),
        # An empty string is the only way to say that logs shall not be compressed: nil means the default.
        filter=_first(registry.svlogd_filter, shared.svlogd_filter) or None,
        udp=_first(registry.svlogd_udp, shared.svlogd_udp, shipping_address(settings)) or None,
        prefix=_first(registry.svlogd_prefix, shared.svlogd_prefix, _shipping_prefix(settings, facts))
        or None,
    )


def _first(*values: Any) -> Any:
    """Return the first of several settings for one thing that is given, also as an empty string."""
    return next((value for value in values if value is not None), None)


def shipping_address(settings: Settings) -> str | None:
    """The address of the log server that lines are sent to."""
    host = settings.logging.udp_log_shipping_host
    return f"{host}:{settings.logging.udp_log_shipping_port}" if host else None


def _shipping_prefix(settings: Settings, facts: Facts) -> str | None:
    """What a log server knows this machine's lines by."""
    if settings.logging.udp_log_shipping_host is None:
        return None
    return f"{settings.logging.udp_log_shipping_hostname or facts.host_name} registry: "


def _environment(
    settings: Settings, facts: Facts, tainted: Collection[SettingPath]
) -> tuple[tuple[str, str], ...]:
    variables: dict[str, str] = {"SSL_CERT_DIR": "/etc/ssl/certs", **dict(facts.flavour.environment)}
    variables |= hide(settings.registry.env, ("registry", "env"), tainted)
    return tuple(sorted(variables.items()))


def _middleware(
    settings: Settings, tainted: Collection[SettingPath]
) -> dict[str, tuple[MiddlewarePlan, ...]] | None:
    if settings.registry.middleware is None:
        return None
    return {
        kind: tuple(
            MiddlewarePlan(
                middleware.name,
                hide(middleware.options, ("registry", "middleware", kind, index, "options"), tainted),
            )
            for index, middleware in enumerate(entries)
        )
        for kind, entries in settings.registry.middleware.items()
    }
