"""What Omnibus gets wrong, each trap by its number: what is set there, and what becomes of it here."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import yaml

from ctl.credentials.resolution import CredentialsInvalid, resolve
from ctl.credentials.secrets import RegistrySecrets
from ctl.credentials.selfsigned import self_signed
from ctl.diagnostics.model import Severity
from ctl.flavours.table import GITLAB
from ctl.plan.derive import derive
from ctl.render.files.sections import database_section, storage_section
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render
from tests.plan.making import SYSTEM, gitlab_of, plan_alone, plan_of, registry_of, vhost_of
from tests.settings.reading import findings, loaded, only, settings_of

LETS_ENCRYPT = "letsencrypt['enable'] = true\n"
GITLAB_NAME = "https://gitlab.example.com:5005"


def rendered(text: str) -> Rendered:
    return render(plan_of(text), SYSTEM)


def content(text: str, path: str) -> str:
    return next(file.content for file in rendered(text).files if file.path == path)


def codes(text: str) -> list[str]:
    """Return what is said of a text that stands alone."""
    return [diagnostic.code for diagnostic in loaded(text).diagnostics]


def test_t1_misspelt_key_below_a_section_is_an_error_with_the_right_one() -> None:
    diagnostic = only("registry['enabled'] = true\n")
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "unknown-setting")
    assert diagnostic.help == "did you mean registry['enable']?"


def test_t2_value_that_looks_like_yaml_is_itself() -> None:
    issuer = "a: b # c 'd' \"e\""
    config = content(f"gitlab_rails['registry_issuer'] = %q({issuer})\n", "registry/config.yml")
    assert yaml.safe_load(config)["auth"]["token"]["issuer"] == issuer


def test_t3_scheme_of_inner_address_is_taken_off_and_said() -> None:
    text = "registry['registry_http_addr'] = 'http://0.0.0.0:5000'\n"
    assert str(registry_of(text).http_addr) == "0.0.0.0:5000"
    assert [finding.code for finding in findings(text)] == ["reachable-by-all", "scheme-in-address"]


def test_t4_preferred_database_without_postgresql_is_plainly_off() -> None:
    text = "registry['database'] = { 'enabled' => 'prefer' }\n"
    database = database_section(registry_of(text, flavour=GITLAB).database)
    assert database is not None
    assert database["enabled"] is False
    assert not [name for name in database if name.startswith("_")]
    assert [(finding.severity, finding.code) for finding in findings(text)] == [
        (Severity.WARNING, "database-off")
    ]


def test_t5_https_false_on_https_url_counts() -> None:
    assert vhost_of("registry['nginx']['https'] = false\n").tls is None


def test_t6_setting_of_nginx_without_effect_is_said() -> None:
    diagnostic = only("registry['nginx']['client_max_body_size'] = '5m'\n")
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "without-effect")


def test_t7_all_of_nginx_lies_in_one_directory() -> None:
    text = "nginx['dir'] = '/srv/nginx'\nnginx['log_directory'] = '/srv/log'\n"
    vhost = vhost_of(text)
    assert (vhost.directory, vhost.log_directory) == ("/srv/nginx", "/srv/log")
    both = text + "registry['nginx']['dir'] = '/srv/own'\n"
    assert vhost_of(both).directory == "/srv/own"
    diagnostic = only(both)
    assert diagnostic.message == "nginx['dir'] differs from registry['nginx']['dir'], which wins"


def test_t8_key_and_certificate_of_two_pairs_are_refused() -> None:
    first, second = (self_signed("registry", datetime.now(UTC)) for _ in range(2))
    given = RegistrySecrets(internal_key=first[1].decode(), internal_certificate=second[0].decode())
    with pytest.raises(CredentialsInvalid, match="do not belong together"):
        resolve(given, RegistrySecrets(), needs_key=True, needs_certificate=True, makers=None)


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@r",
        "https://r?x=1",
        "https://r#x",
        "https://r:0",
        "https://r:70000",
        "registry.example.com",
    ],
)
def test_t9_sloppy_url_is_refused(url: str) -> None:
    text = f"external_url 'https://g'\nregistry_external_url '{url}'\n"
    assert "wrong-value" in codes(text)
    assert loaded(text).settings is None


def test_t10_read_only_snippet_keeps_the_driver() -> None:
    registry = registry_of(
        "registry['storage'] = { 'maintenance' => { 'readonly' => { 'enabled' => true } } }\n"
    )
    assert "filesystem" in storage_section(registry.storage)
    assert storage_section(registry.storage)["maintenance"]["readonly"] == {"enabled": True}


def test_t11_certificate_path_given_is_never_replaced_under_lets_encrypt() -> None:
    settings = settings_of(LETS_ENCRYPT + "registry['nginx']['ssl_certificate'] = '/etc/own.crt'\n")
    (pair,) = derive(settings).certificate_candidates
    assert pair == ("/etc/own.crt", "/etc/gitlab/ssl/registry.example.com.key")


def test_t12_lets_encrypt_beside_http_registry_works() -> None:
    vhost = vhost_of(LETS_ENCRYPT, url="http://registry.example.com")
    assert (vhost.tls, vhost.redirect, vhost.port) == (None, None, 80)


@pytest.mark.parametrize("headers", ["{}", "{ 'Authorization' => 'x' }"])
def test_t13_geo_event_never_crashes(headers: str) -> None:
    text = "registry['notifications'] = [{ 'name' => 'geo_event', 'url' => 'https://h/', 'headers' => %s }]\n"
    expected = [] if "Authorization" in headers else ["geo-event-without-authorization"]
    assert [finding.code for finding in findings(text % headers)] == expected
    if not expected:
        assert gitlab_of(text % headers).notification_secret == "x"


def test_t14_port_shown_beside_gitlab_is_the_one_that_nginx_listens_on() -> None:
    plan = plan_alone("external_url 'https://g.example.com:8443'\n" + LETS_ENCRYPT)
    assert plan.vhost is not None
    assert (plan.vhost.port, plan.gitlab.port) == (5050, 5050)


def test_t15_registry_without_any_address_is_refused() -> None:
    text = "external_url 'https://g'\nregistry['enable'] = true\n"
    assert codes(text) == ["registry-without-url"]


def test_t16_realm_has_one_slash() -> None:
    text = "external_url 'https://g.example.com/'\nregistry_external_url 'https://r.example.com'\n"
    registry = plan_alone(text).registry
    assert registry is not None
    assert registry.realm == "https://g.example.com/jwt/auth"


@pytest.mark.parametrize("given", ["registry['nginx']['redirect_http_to_https'] = true\n", LETS_ENCRYPT])
def test_t17_no_second_server_of_gitlabs_name_on_port_80(given: str) -> None:
    assert vhost_of(given, url=GITLAB_NAME).redirect is None
    assert vhost_of(given).redirect is not None


def test_t17_redirect_that_is_left_out_is_said() -> None:
    text = f"external_url 'https://gitlab.example.com'\nregistry_external_url '{GITLAB_NAME}'\n"
    given = "registry['nginx']['redirect_http_to_https'] = true\n"
    assert codes(text + given) == ["redirect-of-gitlab"]
    elsewhere = "registry['nginx']['redirect_http_to_https_port'] = 8080\n"
    assert codes(text + given + elsewhere) == []
    assert vhost_of(given + elsewhere, url=GITLAB_NAME).redirect is not None


def test_t18_bundle_of_the_administrators_own_is_left_alone() -> None:
    tree = rendered("registry['rootcertbundle'] = '/etc/own.crt'\n")
    assert not [file.path for file in tree.files if file.path.endswith(".crt")]
    assert "/etc/own.crt" not in {link.path for link in tree.links}


def test_t19_directory_made_is_the_one_that_the_registry_writes_to() -> None:
    own = "registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/srv/a' } }\n"
    plan = plan_of(own)
    assert plan.registry is not None
    assert (plan.registry.storage.directory, plan.gitlab.path) == ("/srv/a", "/srv/a")
    diagnostic = only(own + "gitlab_rails['registry_path'] = '/srv/b'\n")
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "two-directories")


def test_t19_object_store_needs_no_directory() -> None:
    registry = registry_of("registry['storage'] = { 's3' => { 'bucket' => 'bucket', 'region' => 'r' } }\n")
    assert registry.storage.directory is None


def test_t21_no_file_with_a_secret_can_be_read_by_others() -> None:
    tree = rendered("")
    holding = [file for file in tree.files if re.search("http-s3cret|key-s3cret", file.content)]
    assert len(holding) > 2
    assert [file.path for file in holding if file.mode & 0o007] == []
