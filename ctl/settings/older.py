"""What older versions of GitLab's package knew or spelled differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.places import Places
from ctl.settings.text import kind_of
from ctl.syntax.model import Value, setting_name

OLD_VHOST: tuple[str, ...] = ("registry_nginx",)
NEW_VHOST: tuple[str, ...] = ("registry", "nginx")

# A gitlab.rb lives through many upgrades; what concerned other services does not concern the registry.
OLDER_NAMES = frozenset(
    {
        "ci_external_url",
        "ci_nginx",
        "ci_redis",
        "ci_sidekiq",
        "ci_unicorn",
        "gitlab_git_http_server",
        "gitlab_monitor",
        "grafana",
        "omnibus_gitconfig",
        "redis_slave_role",
        "sidekiq_cluster",
        "suggested_reviewers",
    }
)
"""Names of the top level that the package once had and has no more."""


def older_sections(values: Mapping[str, Value], places: Places) -> Iterator[Diagnostic]:
    """Yield a note for every section that the package has no more; it is ignored.

    Args:
        values: all that the file sets.
        places: where.
    """
    for name in values:
        if name in OLDER_NAMES:
            yield Diagnostic(
                Severity.NOTE,
                "old-section",
                f"{name} is gone from GitLab's package; it is ignored here",
                _first(name, values[name], places),
                "remove it: newer versions of the package refuse it",
            )


def _first(name: str, value: Value, places: Places) -> Any:
    """Find where a section begins; a section that is set key by key has no place of its own."""
    inner = next(iter(value)) if isinstance(value, dict) else None
    return places.key((name,)) or (places.key((name, inner)) if inner is not None else None)


def move_old_vhost(values: dict[str, Any], places: Places) -> Iterator[Diagnostic]:
    """Copy ``registry_nginx`` where ``registry['nginx']`` says nothing, as Omnibus does (A8).

    Args:
        values: the chosen settings; changed in place.
        places: learns which settings bear their old name in the file.
    """
    old = values.pop(OLD_VHOST[0], None)
    if old is None or old == {}:
        return
    if not isinstance(old, dict):
        message = f"{setting_name(OLD_VHOST)}: a hash is expected, this is {kind_of(old)}"
        yield Diagnostic(Severity.ERROR, "wrong-type", message, places.value(OLD_VHOST))
        return
    registry = values.setdefault("registry", {})
    if not isinstance(registry, dict) or not isinstance(registry.setdefault("nginx", {}), dict):
        return
    registry["nginx"] = dict(registry["nginx"])
    for name, value in old.items():
        if name not in registry["nginx"]:
            registry["nginx"][name] = value
            places.renamed[(*NEW_VHOST, name)] = (*OLD_VHOST, name)
        elif registry["nginx"][name] != value:
            yield _outvoted(name, places)
    yield Diagnostic(
        Severity.DEPRECATION,
        "old-name",
        "registry_nginx is the old name of registry['nginx']",
        places.spans.key((*OLD_VHOST, next(iter(old)))),
        "write registry['nginx']['KEY'] for registry_nginx['KEY']",
    )


def _outvoted(name: str, places: Places) -> Diagnostic:
    old, new = (*OLD_VHOST, name), (*NEW_VHOST, name)
    return Diagnostic(
        Severity.WARNING,
        "given-twice",
        f"{setting_name(old)} differs from {setting_name(new)}, which wins",
        places.spans.key(old),
        f"remove {setting_name(old)}",
    )
