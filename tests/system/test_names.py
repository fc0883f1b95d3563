"""nginx answers to the registry's names alone, on every one of its listeners; the real nginx is asked."""

from __future__ import annotations

import socket

import pytest

from tests.ports import free_port
from tests.system.asking import REFUSED, Answer, ask
from tests.system.installation import Installation

pytestmark = pytest.mark.both_registries(soak=True)

EVIL = "evil.example"
UPLOAD = "/v2/group/app/blobs/uploads/"


def has_ipv6() -> bool:
    """Tell whether anybody can listen on the loopback of IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def location(site: Installation, host: str | None, *, inner: bool = False, target: str = UPLOAD) -> Answer:
    """Begin an upload with a valid token under some name, at the vhost or at the registry's own address."""
    port = site.http_port if inner else site.port
    headers = [f"Authorization: Bearer {site.token('repository:group/app:push,pull')}", "Content-Length: 0"]
    return ask(port, host, tls="localhost", plain=inner, target=target, method="POST", headers=headers)


def test_name_of_another_is_refused_before_a_certificate_is_shown(running_site: Installation) -> None:
    site = running_site
    assert ask(site.port, "localhost", tls="localhost").status == 401
    assert ask(site.port, EVIL, tls=EVIL) == REFUSED
    assert ask(site.port, "localhost", tls=EVIL) == REFUSED
    assert ask(site.port, "localhost", tls=None) == REFUSED
    # Two names: the one of the handshake is known, the one of the request is not.
    assert ask(site.port, EVIL, tls="localhost").status == 421


def test_name_of_another_comes_back_in_no_location(running_site: Installation) -> None:
    site = running_site
    public = f"localhost:{site.port}"
    answer = location(site, public)
    assert (answer.status, answer.headers["location"].partition("/v2/")[0]) == (202, f"https://{public}")
    assert [location(site, EVIL).status, location(site, EVIL, inner=True).status] == [421, 421]
    # An absolute URL is what counts, and the Host header is not believed beside it.
    for inner, scheme in ((False, "https"), (True, "http")):
        answer = location(site, EVIL, inner=inner, target=f"{scheme}://{public}{UPLOAD}")
        assert answer.status == 202
        assert EVIL not in answer.headers["location"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "api.internal"]
)
def test_own_address_of_the_registry_answers_to_what_gitlab_calls_it(site: Installation, host: str) -> None:
    site.write(f"gitlab_rails['registry_api_url'] = 'http://api.internal:{site.http_port}'")
    site.reconfigure()
    answer = location(site, f"{host}:{site.http_port}", inner=True)
    assert answer.status == 202
    assert ask(site.http_port, EVIL, plain=True).status == 421


@pytest.mark.parametrize("listen", ["0.0.0.0", "[::]", "[0:0::0]", ""])  # noqa: S104
def test_own_address_everywhere_answers_to_the_address_that_was_connected_to(
    site: Installation, listen: str
) -> None:
    site.write(f"registry['registry_http_addr'] = '{listen}:{site.http_port}'")
    site.reconfigure()
    assert location(site, f"127.0.0.1:{site.http_port}", inner=True).status == 202
    for name in (EVIL, "127.0.0.2", "192.0.2.1", "127.0.0.1.evil.example", f"127.0.0.1 {EVIL}"):
        assert ask(site.http_port, name, plain=True).status in (400, 421), name


@needs_ipv6
@pytest.mark.parametrize("listen", ["'127.0.0.1', '::1'", "'*', '::'"])
def test_listeners_of_either_family_refuse_other_names(site: Installation, listen: str) -> None:
    redirected = free_port()
    site.write(
        f"registry['registry_http_addr'] = '[::1]:{site.http_port}'",
        f"registry['nginx'] = {{ 'listen_addresses' => [{listen}], 'redirect_http_to_https' => true,"
        f" 'redirect_http_to_https_port' => {redirected} }}",
    )
    site.reconfigure()
    assert ask(site.http_port, "localhost", plain=True, address="::1").status == 401
    assert ask(site.http_port, EVIL, plain=True, address="::1").status == 421
    for address in ("127.0.0.1", "::1"):
        assert ask(site.port, "localhost", tls="localhost", address=address).status == 401
        assert ask(site.port, EVIL, tls="localhost", address=address).status == 421
        for name in (None, EVIL):
            assert ask(site.port, "localhost", tls=name, address=address) == REFUSED
        assert ask(redirected, "localhost", plain=True, address=address).status == 301
        assert ask(redirected, EVIL, plain=True, address=address).status == 421


def test_further_names_are_answered_and_an_address_among_them_without_a_name_in_the_handshake(
    site: Installation,
) -> None:
    site.write("registry['nginx']['server_names'] = ['Other.example', '127.0.0.1']")
    site.reconfigure()
    assert ask(site.port, "other.example", tls="other.example").status == 401
    assert ask(site.port, f"127.0.0.1:{site.port}", tls=None).status == 401
    assert ask(site.port, EVIL, tls=None).status == 421


def test_health_check_by_address_is_answered_by_a_setting_of_its_own(site: Installation) -> None:
    site.write("registry['nginx']['health_check_by_address'] = true")
    site.reconfigure()
    for host in ("127.0.0.1", f"127.0.0.1:{site.port}", None):
        statuses = [ask(site.port, host, tls=None, target=target).status for target in ("/", "/v2/")]
        assert statuses == [200, 401], host
    assert location(site, EVIL).status == 421
    assert ask(site.port, EVIL, tls=None, target="/v2/group/app/tags/list").status == 421


def test_plain_listener_refuses_other_names_and_redirects_its_own(site: Installation) -> None:
    port = free_port()
    site.write(
        f"registry['nginx'] = {{ 'listen_addresses' => ['127.0.0.1'], 'redirect_http_to_https' => true,"
        f" 'redirect_http_to_https_port' => {port} }}"
    )
    site.reconfigure()
    answer = ask(port, "localhost", plain=True, target="/v2/x")
    assert (answer.status, answer.headers["location"]) == (301, f"https://localhost:{site.port}/v2/x")
    assert ask(port, EVIL, plain=True).status == 421
    assert ask(port, None, plain=True).status == 421


def test_vhost_without_tls_refuses_other_names(site: Installation) -> None:
    site.write("registry['nginx']['listen_https'] = false")
    site.reconfigure()
    assert ask(site.port, "localhost", plain=True).status == 401
    assert ask(site.port, EVIL, plain=True).status == 421


def test_administrators_own_default_server_stays_the_default(site: Installation) -> None:
    site.write(
        "nginx['custom_nginx_config'] = 'server {"
        f" listen 127.0.0.1:{site.http_port} default_server; return 204; }}'"
    )
    site.reconfigure()
    assert ask(site.http_port, EVIL, plain=True).status == 204
    assert location(site, "localhost", inner=True).status == 202


def test_hsts_goes_along_with_every_answer_of_the_vhost(running_site: Installation) -> None:
    site = running_site
    for target, status in (("/v2/", 401), ("/", 200), ("/none", 404)):
        answer = ask(site.port, "localhost", tls="localhost", target=target)
        assert (answer.status, answer.headers.get("strict-transport-security")) == (
            status,
            "max-age=63072000",
        )
    text = (site.layout.current / "nginx/service_conf/gitlab-registry.conf").read_text()
    headers = [line.strip() for line in text.splitlines() if "add_header" in line]
    assert headers
    assert [line for line in headers if not line.endswith(" always;")] == []
