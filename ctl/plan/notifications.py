"""Who is told of pushes and deletions: the notifications of a plan."""

from __future__ import annotations

from collections.abc import Collection

from ctl.plan.hiding import options, partly
from ctl.plan.model import Facts, Secret
from ctl.plan.sections import EndpointPlan, Options
from ctl.settings.model import Settings
from ctl.settings.sections.registry import Endpoint
from ctl.syntax.model import SettingPath


def notifications_plan(
    settings: Settings, facts: Facts, tainted: Collection[SettingPath]
) -> tuple[EndpointPlan, ...] | None:
    """Return every endpoint, completed; None where notifications are not mentioned (B20)."""
    if settings.registry.notifications is None:
        return None
    return tuple(
        _endpoint(endpoint, settings, facts, hidden=("registry", "notifications", index, "url") in tainted)
        for index, endpoint in enumerate(settings.registry.notifications)
    )


def _endpoint(endpoint: Endpoint, settings: Settings, facts: Facts, *, hidden: bool) -> EndpointPlan:
    """Complete an endpoint from the defaults (B21, B22, B23)."""
    registry = settings.registry
    headers = {**registry.default_notifications_headers, **endpoint.headers}
    defaults = {
        "threshold": registry.default_notifications_threshold,
        "maxretries": registry.default_notifications_maxretries,
    }
    key = facts.flavour.retry_key
    given = endpoint.threshold
    # GitLab's registry takes either. distribution tries for ever and pauses after so many failures, which is
    # another thing than to give up after as many.
    if key == "maxretries" and endpoint.maxretries is not None:
        given = endpoint.maxretries
    retries = given if given is not None else defaults[key]
    return EndpointPlan(
        name=endpoint.name,
        url=Secret(endpoint.url) if hidden else partly(endpoint.url),
        timeout=endpoint.timeout or registry.default_notifications_timeout,
        threshold=retries if key == "threshold" else None,
        maxretries=retries if key == "maxretries" else None,
        backoff=endpoint.backoff or registry.default_notifications_backoff,
        headers={name: [Secret(value) for value in values] for name, values in headers.items()},
        more=_more(endpoint),
    )


def _more(endpoint: Endpoint) -> Options:
    names = ("disabled", "queuesizelimit", "queuepurgetimeout", "ignoredmediatypes")
    given = {name: getattr(endpoint, name) for name in names if getattr(endpoint, name) is not None}
    return given if endpoint.ignore is None else {**given, "ignore": options(endpoint.ignore)}
