from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.sections.vhost import WITHOUT_EFFECT
from tests.settings.reading import URLS, findings, loaded, only, pointed_at


def of_code(code: str, text: str) -> list[Diagnostic]:
    """Return the findings of one code in a text that stands alone."""
    return [diagnostic for diagnostic in loaded(text).diagnostics if diagnostic.code == code]


# enabled without address (T15)


def test_registry_enabled_without_url_is_refused() -> None:
    text = "external_url 'https://g'\nregistry['enable'] = true\n"
    (diagnostic,) = loaded(text).diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "registry-without-url")
    assert diagnostic.message == "the registry is enabled but has no address"
    assert diagnostic.help is not None
    assert "registry_external_url" in diagnostic.help
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 10)


def test_registry_enabled_with_inner_address_alone_is_accepted() -> None:
    text = "registry['enable'] = true\nregistry['registry_http_addr'] = '192.0.2.1:5000'\n"
    assert loaded(text + "registry['token_realm'] = 'https://g'\n").diagnostics == []


def test_registry_without_gitlab_is_refused() -> None:
    (diagnostic,) = loaded("registry_external_url 'https://r'\n").diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "registry-without-realm")
    assert diagnostic.message == "the registry does not know the GitLab whose tokens it accepts"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (1, 1)


def test_registry_enabled_with_nothing_else_is_refused_twice() -> None:
    diagnostics = loaded("registry['enable'] = true\n").diagnostics
    assert [diagnostic.code for diagnostic in diagnostics] == [
        "registry-without-url",
        "registry-without-realm",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "registry['enable'] = false\nregistry_external_url 'https://r'\n", "external_url 'http://g'\n"],
)
def test_registry_that_is_not_enabled_needs_no_address(text: str) -> None:
    assert loaded(text).diagnostics == []


# drivers


def test_two_drivers_are_refused() -> None:
    text = "registry['storage'] = { 'filesystem' => {}, 's3' => { 'bucket' => 'bucket', 'region' => 'r' } }\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "several-drivers")
    assert (
        diagnostic.message == "registry['storage'] names 2 drivers: filesystem, s3; exactly one is expected"
    )
    assert pointed_at(text, diagnostic) == "'s3'"


@pytest.mark.parametrize("given", ["'maintenance' => {}", "'filesystem' => {}", "'redirect' => {}"])
def test_one_driver_or_none_is_accepted(given: str) -> None:
    assert findings(f"registry['storage'] = {{ {given} }}\n") == []


# ports

SAME_PORT = [
    (
        "registry['registry_http_addr'] = '127.0.0.1:443'",
        "nginx and the registry would both listen on port 443",
        "'127.0.0.1:443'",
        "give the registry another port: registry['registry_http_addr'] = '127.0.0.1:5001'",
    ),
    (
        "registry['nginx']['listen_port'] = 5000",
        "nginx and the registry would both listen on port 5000",
        "5000",
        "give the registry another port: registry['registry_http_addr'] = '127.0.0.1:5001'",
    ),
    (
        "registry['debug_addr'] = 'localhost:5000'",
        "the registry and the registry's debug server would both listen on port 5000",
        "'localhost:5000'",
        "give the registry's debug server another port: registry['debug_addr'] = '127.0.0.1:5002'",
    ),
    (
        "registry['debug_addr'] = '192.0.2.1:443'",
        "nginx and the registry's debug server would both listen on port 443",
        "'192.0.2.1:443'",
        "give the registry's debug server another port: registry['debug_addr'] = '127.0.0.1:5002'",
    ),
    (
        "registry['nginx'] = { 'redirect_http_to_https' => true, 'redirect_http_to_https_port' => 443 }",
        "nginx and nginx's redirect would both listen on port 443",
        "443",
        "give nginx's redirect another port: registry['nginx']['redirect_http_to_https_port'] = 8080",
    ),
]


@pytest.mark.parametrize(("text", "message", "place", "help"), SAME_PORT)
def test_same_port_twice_is_refused(text: str, message: str, place: str, help: str) -> None:
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code, diagnostic.message, diagnostic.help) == (
        Severity.ERROR,
        "same-port",
        message,
        help,
    )
    assert pointed_at(text, diagnostic) == place


def test_same_port_in_url_is_pointed_at() -> None:
    (diagnostic,) = loaded("external_url 'https://g'\nregistry_external_url 'https://r:5000'\n").diagnostics
    assert diagnostic.code == "same-port"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 23)


def test_same_port_without_nginx_is_refused_for_debug_server() -> None:
    text = "registry['registry_http_addr'] = ':5000'\nregistry['debug_addr'] = '192.0.2.1:5000'\n"
    diagnostics = findings("nginx['enable'] = false\n" + text)
    assert [diagnostic.code for diagnostic in diagnostics] == ["reachable-by-all", "same-port"]


@pytest.mark.parametrize(
    "text",
    [
        "registry['nginx'] = { 'listen_addresses' => ['192.0.2.1'], 'listen_port' => 5000 }",
        "registry['nginx']['listen_port'] = 5000\nregistry['nginx']['enable'] = false",
        "registry['nginx']['listen_port'] = 5000\nnginx['enable'] = false",
        "registry['nginx']['listen_port'] = 5000\nregistry['enable'] = false",
        "registry['nginx'] = { 'redirect_http_to_https_port' => 443 }",
        "registry['registry_http_addr'] = '127.0.0.1:5000'\nregistry['debug_addr'] = '192.0.2.1:5000'",
    ],
)
def test_same_port_where_nothing_clashes_is_accepted(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize("without_tls", ["listen_https", "https"])
def test_same_port_as_that_of_a_redirect_that_is_not_there_is_accepted(without_tls: str) -> None:
    text = f"registry['nginx'] = {{ '{without_tls}' => false, 'listen_port' => 80,"
    diagnostics = findings(text + " 'redirect_http_to_https' => true }\n")
    assert [diagnostic.code for diagnostic in diagnostics] == ["redirect-without-tls"]


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "*", "::"])  # noqa: S104 - a value under test
def test_same_port_on_every_address_is_refused(everywhere: str) -> None:
    text = f"registry['nginx'] = {{ 'listen_addresses' => ['{everywhere}'], 'listen_port' => 5000 }}\n"
    assert only(text).code == "same-port"


# scheme (T3)


def test_scheme_in_inner_address_is_warned_of() -> None:
    text = "registry['registry_http_addr'] = 'http://127.0.0.1:5000'\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "scheme-in-address")
    assert (
        diagnostic.message == "registry['registry_http_addr']: host:port is expected; the scheme is ignored"
    )
    assert pointed_at(text, diagnostic) == "'http://127.0.0.1:5000'"
    assert loaded(URLS + text).settings is not None


# without effect (T6)


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_setting_without_effect_is_warned_of(name: str) -> None:
    text = f"registry['nginx']['{name}'] = 'x'\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "without-effect")
    assert diagnostic.message == f"registry['nginx']['{name}'] has no effect on the registry's vhost"
    assert pointed_at(text, diagnostic) == f"'{name}'"


def test_setting_without_effect_is_named_in_its_old_spelling() -> None:
    diagnostics = [
        finding
        for finding in findings("registry_nginx['proxy_cache'] = 'x'\n")
        if finding.code == "without-effect"
    ]
    assert [diagnostic.message for diagnostic in diagnostics] == [
        "registry_nginx['proxy_cache'] has no effect on the registry's vhost"
    ]


# geo_event (T13)


@pytest.mark.parametrize("headers", ["{}", "{ 'Authorization' => [] }", "{ 'X-A' => ['b'] }"])
def test_geo_event_without_authorization_is_refused(headers: str) -> None:
    endpoint = f"{{ 'name' => 'geo_event', 'url' => 'https://h/', 'headers' => {headers} }}"
    text = f"registry['notifications'] = [{endpoint}]\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "geo-event-without-authorization")
    assert (
        diagnostic.message == "the endpoint geo_event needs an Authorization header, which GitLab knows it by"
    )


@pytest.mark.parametrize(
    "text",
    [
        "registry['notifications'] = [{ 'name' => 'geo_event', 'url' => 'https://h/',"
        " 'headers' => { 'Authorization' => 'x' } }]",
        "registry['default_notifications_headers'] = { 'Authorization' => ['x'] }\n"
        "registry['notifications'] = [{ 'name' => 'geo_event', 'url' => 'https://h/' }]",
        "registry['notifications'] = [{ 'name' => 'other', 'url' => 'https://h/' }]",
    ],
)
def test_endpoint_with_authorization_or_other_name_is_accepted(text: str) -> None:
    assert findings(text) == []


# attempts of a notification


def endpoint(text: str) -> str:
    return f"registry['notifications'] = [{{ 'name' => 'a', 'url' => 'https://h/', {text} }}]\n"


def test_attempts_given_under_both_names_differently_are_warned_of() -> None:
    text = endpoint("'threshold' => 3, 'maxretries' => 4")
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "given-twice")
    said = (
        "registry['notifications'][0]['threshold'] differs from maxretries; a registry goes by one of the two"
    )
    assert diagnostic.message == said
    assert pointed_at(text, diagnostic) == "'threshold'"


@pytest.mark.parametrize(
    "text", ["'threshold' => 3, 'maxretries' => 3", "'threshold' => 3", "'maxretries' => 0"]
)
def test_attempts_that_do_not_contradict_are_accepted(text: str) -> None:
    assert findings(endpoint(text)) == []


# ssl_conf_command


@pytest.mark.parametrize("command", ["Options", " Options ", "Options "])
def test_tls_command_without_value_is_refused(command: str) -> None:
    text = f"registry['nginx']['ssl_conf_command'] = ['Options PrioritizeChaCha', '{command}']\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "wrong-value")
    assert diagnostic.message == (
        "registry['nginx']['ssl_conf_command'][1]: a command and a value are expected, such as"
        " 'Options PrioritizeChaCha'"
    )
    assert pointed_at(text, diagnostic) == f"'{command}'"


def test_tls_command_given_as_one_string_is_accepted() -> None:
    assert findings("registry['nginx']['ssl_conf_command'] = 'Options PrioritizeChaCha'\n") == []


def test_rules_are_asked_only_of_settings_that_are_each_right() -> None:
    assert of_code("registry-without-url", "registry['enable'] = true\nregistry['log_level'] = 5\n") == []
