"""GitLab's part of a plan: what gitlab.yml says of the registry."""

from __future__ import annotations

from urllib.parse import urlsplit

from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.model import Facts, GitlabPlan, Secret
from ctl.settings.model import Settings


def gitlab_plan(settings: Settings, derived: Derived, facts: Facts, layout: Layout) -> GitlabPlan:
    """Decide what GitLab is told of the registry (B8, B9, B18)."""
    rails, public = settings.gitlab_rails, derived.public
    secret = rails.registry_notification_secret
    group = settings.user.group
    api_url = rails.registry_api_url or _api_url(derived)
    return GitlabPlan(
        enabled=derived.key_used,
        host=public.host if public else rails.registry_host,
        port=(public.port_shown if public else None) or rails.registry_port,
        api_url=api_url,
        api_local=_is_local(api_url),
        public_url=public.url if public else None,
        path=_path(settings, derived, layout),
        key_path=str(layout.under(rails.registry_key_path or f"{rails.dir}/etc/gitlab-registry.key")),
        key=facts.credentials.key if derived.key_used else None,
        issuer=rails.registry_issuer,
        notification_secret=Secret(secret.get_secret_value()) if secret else geo_secret(settings),
        default_feature=rails.gitlab_default_projects_features_container_registry,
        geo_enabled=rails.geo_registry_replication_enabled,
        geo_primary_url=rails.geo_registry_replication_primary_api_url,
        directory=str(layout.under(f"{rails.dir}/etc")),
        group=group if facts.groups is not None and group in facts.groups else None,
    )


def _path(settings: Settings, derived: Derived, layout: Layout) -> str | None:
    given = derived.told_directory if derived.registry_enabled else settings.gitlab_rails.registry_path
    return str(layout.under(given)) if given else None


def _api_url(derived: Derived) -> str | None:
    """Where GitLab itself reaches the registry; an address for listening everywhere is no destination."""
    if not derived.registry_enabled and derived.public is None:
        return None
    return f"http://{derived.http_addr.reached}"


def _is_local(url: str | None) -> bool:
    host = urlsplit(url or "").hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def geo_secret(settings: Settings) -> Secret | None:
    """The last Authorization header of the endpoint geo_event, which GitLab knows it by (B24)."""
    for endpoint in settings.registry.notifications or ():
        if endpoint.name == "geo_event":
            merged = {**settings.registry.default_notifications_headers, **endpoint.headers}
            values = merged.get("Authorization") or []
            return Secret(values[-1]) if values else None
    return None
