"""Rules of what GitLab is told of the registry."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.sections.registry import Endpoint
from ctl.syntax.model import SettingPath, setting_name

RAILS = "gitlab_rails"
_SECRET: SettingPath = (RAILS, "registry_notification_secret")
# Where GitLab itself takes events.
_EVENTS = "/container_registry_event/events"


def check_gitlab(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what GitLab could not do with what it is told of the registry.

    Args:
        settings: validated.
        places: where they were given.
    """
    registry, url = settings.registry, settings.registry_external_url
    here = registry.enable or (registry.enable is None and url is not None)
    if not here and settings.gitlab_rails.registry_enabled:
        if url is None and not settings.letsencrypt.enable:
            yield from _without_address(settings, places)
        yield from _plain_api(settings, places)
    yield from _weak_secret(settings, places)
    yield from _secrets_differ(settings, places)


def _without_address(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """GitLab itself would fill in example.com and localhost."""
    rails = settings.gitlab_rails
    given = {"registry_host": rails.registry_host, "registry_api_url": rails.registry_api_url}
    missing = [setting_name((RAILS, name)) for name, value in given.items() if value is None]
    if missing:
        yield Diagnostic(
            Severity.WARNING,
            "external-registry-without-address",
            f"GitLab uses a registry that does not run here, without {' and '.join(missing)}",
            places.key((RAILS, "registry_enabled")),
            "set registry_host to its name as users see it, registry_api_url to where GitLab reaches it",
        )


def _plain_api(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Between two machines tokens and images would be there for everybody to read (E48)."""
    api = settings.gitlab_rails.registry_api_url
    if api is None or urlsplit(api).scheme == "https" or _is_loopback(urlsplit(api).hostname or ""):
        return
    path: SettingPath = (RAILS, "registry_api_url")
    yield Diagnostic(
        Severity.WARNING,
        "plain-http-api",
        f"{setting_name(path)} is plain http to another machine: tokens and images can be read on the way",
        places.value(path),
        "write https://, with a certificate that GitLab trusts",
    )


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _weak_secret(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """GitLab's documents demand a letter (E54)."""
    secret = settings.gitlab_rails.registry_notification_secret
    if secret is not None and not secret.get_secret_value()[:1].isalpha():
        yield Diagnostic(
            Severity.WARNING,
            "notification-secret",
            f"{setting_name(_SECRET)} does not begin with a letter, which GitLab demands",
            places.value(_SECRET),
            "put a letter in front, here and in the endpoint's Authorization header",
        )


def _secrets_differ(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """GitLab answers 401 to events that do not bring its secret."""
    secret = settings.gitlab_rails.registry_notification_secret
    if secret is None:
        return
    for index, endpoint in enumerate(settings.registry.notifications or ()):
        headers = {**settings.registry.default_notifications_headers, **endpoint.headers}
        if _is_gitlabs(endpoint) and secret.get_secret_value() not in headers.get("Authorization", []):
            yield Diagnostic(
                Severity.WARNING,
                "notification-secret",
                f"the endpoint {endpoint.name} does not send {setting_name(_SECRET)},"
                " which GitLab knows it by",
                places.key(("registry", "notifications", index)),
                "add 'headers' => { 'Authorization' => [the same secret] }",
            )


def _is_gitlabs(endpoint: Endpoint) -> bool:
    return endpoint.name == "geo_event" or urlsplit(endpoint.url).path.rstrip("/").endswith(_EVENTS)
