from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from tests.settings.reading import findings, loaded, only, pointed_at

REDIRECT = "'redirect_http_to_https' => true"


def of_url(url: str, text: str = "") -> list[Diagnostic]:
    head = f"external_url 'https://gitlab.example.com'\nregistry_external_url '{url}'\n"
    return loaded(head + text).diagnostics


# redirect


@pytest.mark.parametrize("without_tls", ["listen_https", "https"])
def test_redirect_where_a_proxy_ends_tls_is_warned_of(without_tls: str) -> None:
    text = f"registry['nginx'] = {{ '{without_tls}' => false, {REDIRECT} }}\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "redirect-without-tls")
    assert diagnostic.message == (
        "registry['nginx']['redirect_http_to_https'] has no effect: this nginx does not speak TLS"
    )
    assert diagnostic.help == "redirect where TLS ends, in the proxy before this nginx"
    assert pointed_at(text, diagnostic) == "'redirect_http_to_https'"


def test_redirect_of_http_url_is_warned_of_under_its_old_name() -> None:
    diagnostics = of_url("http://localhost:5050", "registry_nginx['redirect_http_to_https'] = true\n")
    (diagnostic,) = [diagnostic for diagnostic in diagnostics if diagnostic.code == "redirect-without-tls"]
    assert diagnostic.message.startswith("registry_nginx['redirect_http_to_https'] has no effect")
    assert diagnostic.help == "write registry_external_url with https://, or remove the redirect"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (3, 16)


@pytest.mark.parametrize(
    "text",
    [
        f"registry['nginx'] = {{ {REDIRECT} }}",
        f"registry['nginx'] = {{ {REDIRECT}, 'https' => false, 'listen_https' => true }}",
        f"registry['nginx'] = {{ {REDIRECT}, 'https' => false, 'enable' => false }}",
        f"registry['nginx'] = {{ {REDIRECT}, 'https' => false }}\nnginx['enable'] = false",
        f"registry['nginx'] = {{ {REDIRECT}, 'https' => false }}\nregistry['enable'] = false",
    ],
)
def test_redirect_with_tls_or_without_vhost_is_accepted(text: str) -> None:
    assert findings(text) == []


# plain http


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://registry.example.com", "registry.example.com"),
        ("http://registry.example.com:5050", "registry.example.com:5050"),
        ("http://192.0.2.1/", "192.0.2.1"),
    ],
)
def test_plain_http_is_noted_with_what_clients_need(url: str, server: str) -> None:
    (diagnostic,) = of_url(url)
    assert (diagnostic.severity, diagnostic.code) == (Severity.NOTE, "plain-http")
    assert diagnostic.message == "registry_external_url is plain http; clients have to be told to trust it"
    assert diagnostic.help == f'for Docker: "insecure-registries": ["{server}"] in /etc/docker/daemon.json'
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 23)


@pytest.mark.parametrize(
    "url", ["https://r", "http://localhost:5050", "http://127.0.0.1:5050", "http://[::1]:5050"]
)
def test_https_and_loopback_are_not_noted(url: str) -> None:
    assert of_url(url) == []


def test_plain_http_of_a_registry_that_does_not_run_is_not_noted() -> None:
    assert of_url("http://r", "registry['enable'] = false\n") == []


# a port in front (E7)


@pytest.mark.parametrize(
    ("url", "told"), [("https://r:5050", True), ("https://r", False), ("https://r:5678", False)]
)
def test_e7_port_that_something_in_front_has_to_lead_to_is_noted(url: str, told: bool) -> None:
    diagnostics = of_url(url, "registry['nginx']['listen_port'] = 5678\n")
    assert [(diagnostic.severity, diagnostic.code) for diagnostic in diagnostics] == (
        [(Severity.NOTE, "port-in-front")] if told else []
    )


def test_automatic_registry_with_redirect_is_told_that_gitlab_has_the_port() -> None:
    text = "external_url 'https://g.example.com'\nletsencrypt['enable'] = true\n"
    (diagnostic,) = loaded(text + "registry['nginx']['redirect_http_to_https'] = true\n").diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "redirect-of-gitlab")
    assert diagnostic.message == (
        "registry['nginx']['redirect_http_to_https'] is left out: port 80 of this name belongs to GitLab"
    )
