"""Omnibus's derivation rules that no other test of this room bears the number of."""

from __future__ import annotations

import pytest

from ctl.flavours.table import GITLAB
from ctl.paths import Layout
from ctl.plan.derive import derive
from ctl.render.files.sections import database_section
from tests.plan.making import SYSTEM, gitlab_of, plan_alone, registry_of, vhost_of
from tests.settings.reading import loaded, settings_of

LETS_ENCRYPT = "letsencrypt['enable'] = true\n"
OWN = ("/etc/gitlab/ssl/registry.example.com.crt", "/etc/gitlab/ssl/registry.example.com.key")
GITLABS = ("/etc/gitlab/ssl/gitlab.example.com.crt", "/etc/gitlab/ssl/gitlab.example.com.key")


def refusal(url: str) -> str:
    """Return what is said of a registry's URL that is wrong."""
    result = loaded(f"external_url 'https://g'\nregistry_external_url '{url}'\n")
    assert result.settings is None
    (diagnostic,) = result.diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 23)
    return diagnostic.message


def test_b2_url_that_cannot_be_parsed_is_refused_in_plain_words() -> None:
    assert "must not contain blanks" in refusal("https://regi stry")


@pytest.mark.parametrize(
    "url", ["registry.example.com", "registry.example.com:5050", "https://", "https:///x", "//registry"]
)
def test_b3_url_without_scheme_or_host_is_refused(url: str) -> None:
    assert "must include a scheme and a host" in refusal(url)


def test_b4_url_of_other_scheme_is_refused() -> None:
    assert "unsupported scheme ftp" in refusal("ftp://registry.example.com")


def test_b5_url_with_path_is_refused() -> None:
    assert "unsupported path /reg" in refusal("https://registry.example.com/reg")


def test_b6_host_in_capitals_is_taken_in_small_letters() -> None:
    assert vhost_of("", url="https://Registry.EXAMPLE.com").host == "registry.example.com"


def test_b19_lets_encrypt_redirects_unless_it_is_said() -> None:
    redirect = vhost_of(LETS_ENCRYPT).redirect
    assert redirect is not None
    assert redirect.target == "https://registry.example.com"
    assert vhost_of(LETS_ENCRYPT + "registry['nginx']['redirect_http_to_https'] = false\n").redirect is None
    assert vhost_of("").redirect is None


def test_b19_certificate_of_lets_encrypt_may_lie_under_gitlabs_name() -> None:
    assert derive(settings_of(LETS_ENCRYPT)).certificate_candidates == (OWN, GITLABS)
    assert derive(settings_of("")).certificate_candidates == (OWN,)


def test_b19a_lets_encrypt_looks_for_no_certificate_of_http_registry() -> None:
    result = loaded(
        f"external_url 'https://g'\nregistry_external_url 'http://localhost:5050'\n{LETS_ENCRYPT}"
    )
    assert result.settings is not None
    assert derive(result.settings).certificate_candidates == ()


def test_b27_port_and_host_of_database_are_those_of_gitlabs_postgresql() -> None:
    text = (
        "registry['database'] = { 'enabled' => true }\n"
        "postgresql['listen_address'] = '192.0.2.1,192.0.2.2'\npostgresql['port'] = 5433\n"
    )
    section = database_section(registry_of(text, flavour=GITLAB).database)
    assert section is not None
    assert (section["host"], section["port"], section["enabled"]) == ("192.0.2.1", 5433, True)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("postgresql['listen_address'] = '0.0.0.0'", "127.0.0.1"),
        ("postgresql['listen_address'] = '*'", "127.0.0.1"),
        ("postgresql['dir'] = '/srv/pg'", "/srv/pg"),
        ("postgresql['enable'] = true", "/var/opt/gitlab/postgresql"),
        ("postgresql['enable'] = false\npostgresql['listen_address'] = '192.0.2.1'", None),
        ("", None),
    ],
)
def test_b25_database_is_preferred_where_postgresql_is_known(text: str, host: str | None) -> None:
    section = database_section(registry_of(f"registry['database'] = {{}}\n{text}\n", flavour=GITLAB).database)
    assert section is not None
    assert (section.get("host"), section["enabled"]) == (host, "prefer" if host else False)


def test_database_socket_of_gitlab_lies_below_the_root() -> None:
    text = "registry['database'] = {}\npostgresql['enable'] = true\n"
    section = database_section(
        registry_of(text, flavour=GITLAB, layout=Layout(SYSTEM.root / "srv/one")).database
    )
    assert section is not None
    assert section["host"] == "/srv/one/var/opt/gitlab/postgresql"


def test_b39_redirect_under_gitlabs_own_name_is_left_out() -> None:
    text = "registry['nginx']['redirect_http_to_https'] = true\n"
    assert vhost_of(text, url="https://gitlab.example.com:5005").redirect is None
    # GitLab itself is on another port, so that port 80 is free.
    urls = "external_url 'http://g.example.com:8080'\nregistry_external_url 'https://g.example.com:5005'\n"
    vhost = plan_alone(urls + text).vhost
    assert vhost is not None
    assert vhost.redirect is not None


def test_b40_bundle_given_is_named_and_not_written() -> None:
    registry = registry_of("registry['rootcertbundle'] = '/etc/own.crt'\n")
    assert (registry.bundle_path, registry.bundle) == ("/etc/own.crt", None)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "/var/opt/gitlab/gitlab-rails/shared/registry"),
        ("gitlab_rails['shared_path'] = '/srv/shared'", "/srv/shared/registry"),
        ("gitlab_rails['registry_path'] = '/srv/b'", "/srv/b"),
        ("registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/srv/a' } }", "/srv/a"),
    ],
)
def test_b41_gitlab_is_told_the_directory_that_is_written_to(text: str, path: str) -> None:
    assert gitlab_of(text + "\n").path == path
    assert registry_of(text + "\n").storage.directory == path


def test_key_and_block_lie_in_gitlabs_directory() -> None:
    gitlab = gitlab_of("gitlab_rails['dir'] = '/srv/rails'\n")
    assert (gitlab.directory, gitlab.key_path) == ("/srv/rails/etc", "/srv/rails/etc/gitlab-registry.key")
