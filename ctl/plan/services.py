"""What else the registry talks to: its metadata database, Redis, Sentry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ctl.flavours.table import Flavour
from ctl.paths import Layout
from ctl.plan.hiding import options
from ctl.plan.model import Facts
from ctl.plan.sections import DatabasePlan, Options
from ctl.settings.model import Settings
from ctl.settings.rules.database import database_host
from ctl.settings.sections.redis import Redis

# What Omnibus takes for granted of the metadata database (A4).
_DATABASE: Options = {"user": "registry", "dbname": "registry", "port": 5432, "sslmode": "prefer"}
_PREFER = "prefer"
_WORDS = {"true": True, "false": False}


def database_plan(settings: Settings, facts: Facts, layout: Layout) -> DatabasePlan | None:
    """Return the database section (B25 to B27).

    Omnibus writes an internal marker into it when it falls back from "prefer" (T4); nothing of that kind is
    here, and without a word of the database there is no section.
    """
    given = settings.registry.database
    if given is None or not facts.flavour.has_metadata_database:
        return None
    section = options(given)
    enabled = section.pop("enabled", _PREFER)
    enabled = _WORDS.get(enabled, enabled) if isinstance(enabled, str) else enabled
    host, port = database_host(settings), settings.postgresql.port
    if enabled == _PREFER and host is None:
        enabled = False
    if host is not None:
        section["host"] = host
    for name in ("host", "sslcert", "sslkey", "sslrootcert"):
        # A host that begins with a slash is the directory of a socket.
        if str(section.get(name, "")).startswith("/"):
            section[name] = str(layout.under(section[name]))
    shared = {} if port is None or settings.postgresql.enable is False else {"port": port}
    return DatabasePlan(enabled, {**_DATABASE, **shared, **section})


def gc_plan(settings: Settings, facts: Facts) -> Options | None:
    """Return the section of online garbage collection."""
    given = settings.registry.gc
    return options(given) if given is not None and facts.flavour.has_metadata_database else None


def reporting_plan(settings: Settings, facts: Facts) -> Options | None:
    """Return the section of error reports."""
    given = settings.registry.reporting
    return options(given) if given is not None and facts.flavour.has_metadata_database else None


def redis_plan(settings: Settings, facts: Facts) -> Options | None:
    """Return the Redis section in the flavour's own shape; none when nothing of it is switched on (B29)."""
    given = settings.registry.redis
    if given is None:
        return None
    if facts.flavour.redis_shape == "groups":
        return options(given) if _switched_on(given) else None
    connection = _connection(given)
    return _shaped(connection, facts.flavour) if connection.get("addr") else None


def _switched_on(given: Redis) -> bool:
    groups = (given.cache, given.loadbalancing, given.ratelimiter)
    return given.addr is not None or any(group is not None and group.enabled for group in groups)


def _connection(given: Redis) -> dict[str, Any]:
    """Return the only connection that distribution knows: the cache's, or that without a group."""
    if given.cache is not None and given.cache.enabled:
        cache = options(given.cache)
        cache.pop("enabled")
        return cache
    groups = ("cache", "loadbalancing", "ratelimiter")
    return {name: value for name, value in options(given).items() if name not in groups}


def _shaped(connection: Mapping[str, Any], flavour: Flavour) -> dict[str, Any]:
    pool = connection.get("pool", {})
    if flavour.redis_shape == "single":
        names = ("addr", "password", "db", "dialtimeout", "readtimeout", "writetimeout")
        shaped = {name: connection[name] for name in names if name in connection}
        sizes = {
            "maxidle": pool.get("maxidle"),
            "maxactive": pool.get("maxactive", pool.get("size")),
            "idletimeout": pool.get("idletimeout"),
        }
        sizes = {name: value for name, value in sizes.items() if value is not None}
        return {**shaped, "pool": sizes} if sizes else shaped
    renamed = {"addr": "addrs", "mainname": "mastername"}
    shaped = {
        renamed.get(name, name): value for name, value in connection.items() if name not in ("pool", "tls")
    }
    shaped["addrs"] = [address.strip() for address in str(shaped["addrs"]).split(",")]
    sizes = {"size": "poolsize", "maxlifetime": "connmaxlifetime", "idletimeout": "connmaxidletime"}
    return shaped | {sizes[name]: value for name, value in pool.items() if name in sizes}
