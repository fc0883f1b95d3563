"""The sections of config.yml in the registry's own names, from a plan."""

from __future__ import annotations

from typing import Any

from ctl.plan.model import RegistryPlan
from ctl.plan.sections import DatabasePlan, EndpointPlan, StoragePlan


def sections(registry: RegistryPlan) -> dict[str, Any]:
    """Return the sections that are there or not, by name; None for those that are not."""
    kinds, endpoints = registry.middleware, registry.notifications
    return {
        "middleware": None
        if kinds is None
        else {
            kind: [{"name": middleware.name, "options": middleware.options} for middleware in entries]
            for kind, entries in kinds.items()
        },
        "endpoints": None if endpoints is None else [endpoint_section(endpoint) for endpoint in endpoints],
        "database": database_section(registry.database),
        "gc": registry.gc,
        "redis": registry.redis,
        "reporting": registry.reporting,
    }


def storage_section(storage: StoragePlan) -> dict[str, Any]:
    """Return the section ``storage``: the driver, and what stands beside it."""
    beside = {
        "cache": storage.cache,
        "delete": {"enabled": storage.delete},
        "redirect": storage.redirect,
        "tag": storage.tag,
        "maintenance": storage.maintenance,
    }
    return {storage.driver: storage.parameters} | {
        name: section for name, section in beside.items() if section is not None
    }


def database_section(database: DatabasePlan | None) -> dict[str, Any] | None:
    """Return the section ``database``; None where there is none."""
    return None if database is None else {"enabled": database.enabled, **database.parameters}


def endpoint_section(endpoint: EndpointPlan) -> dict[str, Any]:
    """Return one of the endpoints of ``notifications``; of the two names for retries that of the flavour."""
    retries = {"threshold": endpoint.threshold, "maxretries": endpoint.maxretries}
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "timeout": endpoint.timeout,
        **{name: number for name, number in retries.items() if number is not None},
        "backoff": endpoint.backoff,
        "headers": endpoint.headers,
        **endpoint.more,
    }
