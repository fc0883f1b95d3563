"""nginx's part of a plan; the names of the tests carry the rule (B) or trap (T) that they prove."""

from __future__ import annotations

import pytest

from ctl.plan.derive import derive
from ctl.plan.model import Account, Secret
from tests.plan.making import plan_of, vhost_of, words
from tests.settings.reading import settings_of

NGINX = "registry['nginx'] = {{ {} }}\n"
HTTP = "http://registry.example.com"
CLIENT = "$proxy_protocol_addr"


def headers_of(text: str, url: str = "https://registry.example.com") -> dict[str, str]:
    headers = vhost_of(text, url=url).headers
    assert len(dict(headers)) == len(headers)
    return dict(headers)


# addresses


@pytest.mark.parametrize(
    ("url", "port", "shown", "normal"),
    [
        ("https://r", 443, None, "https://r"),
        ("http://r", 80, None, "http://r"),
        ("https://r:443", 443, None, "https://r"),
        ("http://r:443", 443, None, "http://r:443"),
        ("https://r:80", 80, None, "https://r:80"),
        ("https://r:5050", 5050, 5050, "https://r:5050"),
        ("https://Registry.Example.COM:5050/", 5050, 5050, "https://registry.example.com:5050"),
        ("https://[2001:DB8::1]:5050", 5050, 5050, "https://[2001:db8::1]:5050"),
    ],
)
def test_b9_b18_public_address_is_taken_from_url(url: str, port: int, shown: int | None, normal: str) -> None:
    public = derive(settings_of(f"registry_external_url '{url}'\n")).public
    assert public is not None
    assert (public.port, public.port_shown, public.url) == (port, shown, normal)
    vhost = vhost_of("", url=url)
    assert (vhost.port, vhost.host) == (port, public.host)
    assert words(vhost.listen)[0].split()[0] == f"*:{port}"


def test_b9_listen_port_wins_over_that_of_url() -> None:
    vhost = vhost_of(NGINX.format("'listen_port' => 5678"))
    assert (words(vhost.listen), vhost.port) == (("*:5678 ssl",), 5678)


def test_listen_addresses_each_get_the_port() -> None:
    vhost = vhost_of(NGINX.format("'listen_addresses' => ['127.0.0.1', '::']"))
    assert words(vhost.listen) == ("127.0.0.1:443 ssl", "[::]:443 ssl")


def test_name_given_wins_over_that_of_url() -> None:
    assert vhost_of(NGINX.format("'fqdn' => 'Other.example.com'")).host == "other.example.com"


# headers


def test_b14_http_url_gives_plain_vhost() -> None:
    vhost = vhost_of("", url=HTTP)
    assert (vhost.tls, words(vhost.listen), vhost.hsts) == (None, ("*:80",), None)
    assert dict(vhost.headers) == {
        "Host": "$host$asked_port",
        "X-Real-IP": "$remote_addr",
        "X-Forwarded-For": "$proxy_add_x_forwarded_for",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "$forwarded_host",
        "Forwarded": "",
    }


def test_b15_https_url_gives_tls_vhost() -> None:
    vhost = vhost_of("")
    assert vhost.tls is not None
    assert (vhost.tls.certificate, vhost.tls.key) == ("/etc/gitlab/ssl/r.crt", "/etc/gitlab/ssl/r.key")
    assert vhost.hsts == "max-age=63072000"
    assert [name for name, _ in vhost.headers][-4:] == [
        *("X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Forwarded-Ssl")
    ]
    assert (dict(vhost.headers)["X-Forwarded-Proto"], dict(vhost.headers)["X-Forwarded-Ssl"]) == (
        "https",
        "on",
    )


def test_b15_certificate_is_looked_for_by_host() -> None:
    name = "/etc/gitlab/ssl/registry.example.com"
    assert derive(settings_of("")).certificate_paths == (f"{name}.crt", f"{name}.key")
    given = settings_of(NGINX.format("'ssl_certificate' => '/a.crt'"))
    assert derive(given).certificate_paths == ("/a.crt", f"{name}.key")
    address = settings_of("registry_external_url 'https://[2001:DB8::1]'\n")
    assert derive(address).certificate_paths == (
        "/etc/gitlab/ssl/2001:db8::1.crt",
        "/etc/gitlab/ssl/2001:db8::1.key",
    )


@pytest.mark.parametrize(
    "text",
    [
        "registry_external_url 'http://r'\n",
        "registry['enable'] = false\n",
        "nginx['enable'] = false\n",
        "registry['nginx']['enable'] = false\n",
        "registry['nginx']['listen_https'] = false\n",
    ],
)
def test_b15_certificate_is_not_looked_for_without_tls(text: str) -> None:
    assert derive(settings_of(text)).certificate_paths is None


def test_b16_proxy_protocol_gives_client_address() -> None:
    text = NGINX.format("'proxy_protocol' => true, 'redirect_http_to_https' => true")
    vhost = vhost_of(text)
    assert words(vhost.listen) == ("*:443 proxy_protocol ssl",)
    assert (dict(vhost.headers)["X-Real-IP"], dict(vhost.headers)["X-Forwarded-For"]) == (CLIENT, CLIENT)
    assert vhost.real_ip_header == "proxy_protocol"
    assert vhost.redirect is not None
    assert words(vhost.redirect.listen) == ("*:80 proxy_protocol",)


def test_b16_real_ip_header_given_wins() -> None:
    vhost = vhost_of(NGINX.format("'proxy_protocol' => true, 'real_ip_header' => 'X-Real'"))
    assert vhost.real_ip_header == "X-Real"
    assert vhost_of("").real_ip_header is None


def test_b17_headers_of_settings_win_and_nil_takes_away() -> None:
    given = "'Host' => nil, 'X-Foo' => 'bar', 'X-Forwarded-Ssl' => nil"
    vhost = vhost_of(NGINX.format(f"'proxy_set_headers' => {{ {given} }}"))
    assert vhost.headers == (
        ("X-Real-IP", "$remote_addr"),
        ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "$forwarded_host"),
        ("Forwarded", ""),
        ("X-Foo", "bar"),
    )


def test_b17_header_of_other_case_replaces_the_usual_one() -> None:
    headers = headers_of(NGINX.format("'proxy_set_headers' => { 'host' => 'a', 'x-forwarded-ssl' => nil }"))
    assert [name for name in headers if name.lower() in ("host", "x-forwarded-ssl")] == ["host"]
    assert headers["host"] == "a"


# TLS or not


def test_t5_https_false_on_https_url_counts() -> None:
    vhost = vhost_of(NGINX.format("'https' => false"))
    assert (vhost.tls, words(vhost.listen)) == (None, ("*:443",))
    assert dict(vhost.headers)["X-Forwarded-Proto"] == "https"


def test_https_true_on_http_url_counts() -> None:
    vhost = vhost_of(NGINX.format("'https' => true"), url=HTTP)
    assert vhost.tls is not None
    assert (words(vhost.listen), dict(vhost.headers)["X-Forwarded-Proto"]) == (("*:80 ssl",), "http")


def test_b37_tls_ended_upstream_keeps_headers_of_url() -> None:
    text = NGINX.format("'listen_https' => false, 'redirect_http_to_https' => true, 'listen_port' => 8080")
    vhost = vhost_of(text)
    assert (vhost.tls, words(vhost.listen), vhost.redirect) == (None, ("*:8080",), None)
    assert (dict(vhost.headers)["X-Forwarded-Proto"], dict(vhost.headers)["X-Forwarded-Ssl"]) == (
        "https",
        "on",
    )
    assert vhost.hsts == "max-age=63072000"


@pytest.mark.parametrize(
    ("version", "listen", "directive"),
    [
        ((1, 22, 1), "*:443 ssl http2", False),
        ((1, 25, 0), "*:443 ssl http2", False),
        ((1, 25, 1), "*:443 ssl", True),
    ],
)
def test_http2_is_said_as_the_nginx_installed_has_it(
    version: tuple[int, int, int], listen: str, directive: bool
) -> None:
    vhost = vhost_of(NGINX.format("'http2_enabled' => true"), nginx_version=version)
    assert vhost.tls is not None
    assert (words(vhost.listen), vhost.tls.http2) == ((listen,), directive)
    assert vhost.tls.keepalive_requests == 10_000
    plain = vhost_of(NGINX.format("'http2_enabled' => true"), url=HTTP, nginx_version=version)
    assert words(plain.listen) == ("*:80",)


# redirect


@pytest.mark.parametrize(
    ("url", "text", "target"),
    [
        ("https://r", "", "https://r"),
        ("https://r:5050", "", "https://r:5050"),
        ("https://r", "gitlab_rails['registry_port'] = 5678\n", "https://r:5678"),
        ("https://r", "registry['nginx']['listen_port'] = 5678\n", "https://r"),
        ("https://r", "registry['nginx']['fqdn'] = 'Other'\n", "https://other"),
        ("https://R", "registry['nginx']['redirect_http_to_https_port'] = 8080\n", "https://r"),
        ("https://r:80", "registry['nginx']['redirect_http_to_https_port'] = 8080\n", "https://r:80"),
    ],
)
def test_b38_redirect_leads_to_the_port_that_users_see(url: str, text: str, target: str) -> None:
    redirect = vhost_of("registry['nginx']['redirect_http_to_https'] = true\n" + text, url=url).redirect
    assert redirect is not None
    assert redirect.target == target
    assert words(redirect.listen) == ("*:8080",) if "8080" in text else ("*:80",)


def test_b14_http_url_has_no_redirect() -> None:
    assert vhost_of(NGINX.format("'redirect_http_to_https' => true"), url=HTTP).redirect is None


# the rest


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("'hsts_max_age' => 0", None),
        ("'hsts_max_age' => '31536000'", "max-age=31536000"),
        ("'hsts_include_subdomains' => true", "max-age=63072000; includeSubdomains"),
    ],
)
def test_hsts_is_as_long_as_said(given: str, expected: str | None) -> None:
    assert vhost_of(NGINX.format(given)).hsts == expected


def test_tls_commands_are_taken_apart() -> None:
    tls = vhost_of(NGINX.format("'ssl_conf_command' => ['Options  PrioritizeChaCha', 'Groups A:B C']")).tls
    assert tls is not None
    assert tls.conf_commands == (("Options", "PrioritizeChaCha"), ("Groups", "A:B C"))


@pytest.mark.parametrize(
    "text",
    ["nginx['enable'] = false\n", "registry['nginx']['enable'] = false\n", "registry['enable'] = false\n"],
)
def test_vhost_switched_off_is_not_there(text: str) -> None:
    assert plan_of(text).vhost is None


def test_worker_account_is_named_only_where_it_is_made() -> None:
    text = "web_server['username'] = 'www'\n"
    assert vhost_of(text).account == Account("www", "gitlab-www")
    assert vhost_of(text, groups=None).account == Account(None, None)


@pytest.mark.parametrize("name", ["registry['nginx']", "registry_nginx"])
def test_custom_text_from_elsewhere_is_a_secret(name: str) -> None:
    text = f"{name}['custom_gitlab_server_config'] = ENV['X']\n"
    custom = vhost_of(text, environment={"X": "deny all;"}).custom
    assert isinstance(custom, Secret)
    plain = vhost_of(f"{name}['custom_gitlab_server_config'] = 'deny all;'\n").custom
    assert plain == custom
    assert not isinstance(plain, Secret)
