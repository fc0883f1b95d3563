"""Who is told of pushes and deletions: the notifications of a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ctl.plan.hiding import options, partly
from ctl.plan.model import Facts, Secret
from ctl.settings.model import Settings
from ctl.settings.sections.registry import Endpoint
from ctl.syntax.model import SettingPath


def notifications_plan(
    settings: Settings, facts: Facts, tainted: Collection[SettingPath]
) -> tuple[Mapping[str, Any], ...] | None:
    """Return every endpoint, completed; None where notifications are not mentioned (B20)."""
    if settings.registry.notifications is None:
        return None
    return tuple(
        _endpoint(one, settings, facts, hidden=("registry", "notifications", index, "url") in tainted)
        for index, one in enumerate(settings.registry.notifications)
    )


def _endpoint(endpoint: Endpoint, settings: Settings, facts: Facts, *, hidden: bool) -> dict[str, Any]:
    """Complete an endpoint from the defaults (B21, B22, B23)."""
    registry = settings.registry
    headers = {**registry.default_notifications_headers, **endpoint.headers}
    retries = {
        "threshold": registry.default_notifications_threshold,
        "maxretries": registry.default_notifications_maxretries,
    }
    key = facts.flavour.retry_key
    given = endpoint.threshold
    # GitLab's registry takes either. distribution tries for ever and pauses after so many failures, which is
    # another thing than to give up after as many.
    if key == "maxretries" and endpoint.maxretries is not None:
        given = endpoint.maxretries
    section: dict[str, Any] = {
        "name": endpoint.name,
        "url": Secret(endpoint.url) if hidden else partly(endpoint.url),
        "timeout": endpoint.timeout or registry.default_notifications_timeout,
        key: given if given is not None else retries[key],
        "backoff": endpoint.backoff or registry.default_notifications_backoff,
        "headers": {name: [Secret(one) for one in values] for name, values in headers.items()},
    }
    for name in ("disabled", "queuesizelimit", "queuepurgetimeout", "ignoredmediatypes"):
        if getattr(endpoint, name) is not None:
            section[name] = getattr(endpoint, name)
    if endpoint.ignore is not None:
        section["ignore"] = options(endpoint.ignore)
    return section
