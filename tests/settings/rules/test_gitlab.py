from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from tests.settings.reading import findings, loaded, only, pointed_at

ENABLED = "gitlab_rails['registry_enabled'] = true\n"
HOST = "gitlab_rails['registry_host'] = 'registry.example.com'\n"
GITLAB = "external_url 'https://gitlab.example.com'\n"
SECRET = "gitlab_rails['registry_notification_secret'] = 'abc'\n"
EVENTS = "https://gitlab.example.com/api/v4/container_registry_event/events"


def of_gitlab(text: str) -> list[Diagnostic]:
    """Return what is said of a machine that has GitLab alone."""
    return loaded(GITLAB + text).diagnostics


def endpoint(name: str, url: str, value: str) -> str:
    headers = f"'headers' => {{ 'Authorization' => ['{value}'] }}"
    return f"registry['notifications'] = [{{ 'name' => '{name}', 'url' => '{url}', {headers} }}]\n"


# a registry elsewhere (E48)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "gitlab_rails['registry_host'] and gitlab_rails['registry_api_url']"),
        (HOST, "gitlab_rails['registry_api_url']"),
    ],
)
def test_e48_registry_elsewhere_without_address_is_warned_of(text: str, missing: str) -> None:
    (diagnostic,) = of_gitlab(ENABLED + text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "external-registry-without-address")
    assert diagnostic.message == f"GitLab uses a registry that does not run here, without {missing}"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 14)


@pytest.mark.parametrize(
    ("api", "told"),
    [
        ("http://registry.example.com:5000", True),
        ("https://registry.example.com:5000", False),
        ("http://localhost:5000", False),
        ("http://127.0.0.1:5000", False),
    ],
)
def test_e48_plain_http_to_a_registry_elsewhere_is_warned_of(api: str, told: bool) -> None:
    diagnostics = of_gitlab(ENABLED + HOST + f"gitlab_rails['registry_api_url'] = '{api}'\n")
    assert [diagnostic.code for diagnostic in diagnostics] == (["plain-http-api"] if told else [])


def test_e48_plain_http_to_a_registry_of_this_machine_is_accepted() -> None:
    assert findings(f"{ENABLED}gitlab_rails['registry_api_url'] = 'http://192.0.2.1:5000'\n") == []


# the secret of notifications (E54)


@pytest.mark.parametrize(("secret", "told"), [("1abc", True), ("-a", True), ("a1", False)])
def test_e54_secret_of_notifications_begins_with_a_letter(secret: str, told: bool) -> None:
    text = f"gitlab_rails['registry_notification_secret'] = '{secret}'\n"
    diagnostics = findings(text)
    assert [diagnostic.code for diagnostic in diagnostics] == (["notification-secret"] if told else [])
    for diagnostic in diagnostics:
        assert secret not in diagnostic.message
        assert pointed_at(text, diagnostic) == f"'{secret}'"


@pytest.mark.parametrize(("name", "url"), [("geo_event", "https://h/"), ("gitlab", EVENTS)])
def test_e54_endpoint_of_gitlab_sends_its_secret(name: str, url: str) -> None:
    assert findings(SECRET + endpoint(name, url, "abc")) == []
    diagnostic = only(SECRET + endpoint(name, url, "other"))
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "notification-secret")
    assert "other" not in diagnostic.message


def test_e54_endpoint_of_somebody_else_needs_no_secret_of_gitlab() -> None:
    assert findings(SECRET + endpoint("mirror", "https://mirror.example.com/", "other")) == []
