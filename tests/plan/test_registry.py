"""The registry's part of a plan; the names of the tests carry the rule (B) or trap (T) that they prove."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS, GITLAB, Flavour
from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.plan.model import Account, CredentialFacts, Secret
from ctl.render.files.sections import endpoint_section, storage_section
from tests.plan.making import CREDENTIALS, plan_alone, plan_of, registry_of, services_of, words

CACHE = {"blobdescriptor": "inmemory"}
ELSEWHERE = Layout(Path("/srv/one"))


def test_b1_without_url_registry_is_off() -> None:
    plan = plan_alone("external_url 'http://gitlab.example.com'\n")
    assert (plan.registry, plan.vhost, plan.registry_url, services_of(plan)) == (None, None, None, ())
    gitlab = plan.gitlab
    assert (gitlab.enabled, gitlab.host, gitlab.port, gitlab.api_url, gitlab.path) == (False, *[None] * 4)
    assert gitlab.issuer == "omnibus-gitlab-issuer"
    assert gitlab.key_path == "/var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key"
    assert gitlab.key is None


def test_b7_url_enables_registry() -> None:
    plan = plan_of("")
    assert plan.registry is not None
    assert plan.gitlab.enabled is True
    assert services_of(plan) == (REGISTRY, STANDBY, "nginx", "logrotate", GUARD)


def test_b8_registry_switched_off_stays_off() -> None:
    plan = plan_of("registry['enable'] = false\n")
    assert (plan.registry, plan.vhost, services_of(plan), plan.registry_url) == (None, None, (), None)


def test_b9_inner_address_is_loopback() -> None:
    plan = plan_of("")
    assert plan.registry is not None
    assert plan.vhost is not None
    assert str(plan.registry.http_addr) == "127.0.0.1:5000"
    assert words(plan.vhost.internal) == ("127.0.0.1:5000",)
    assert plan.gitlab.api_url == "http://127.0.0.1:5000"


def test_t3_b36_scheme_of_inner_address_goes_nowhere() -> None:
    plan = plan_of("registry['registry_http_addr'] = 'http://0.0.0.0:5000'\n")
    assert plan.registry is not None
    assert plan.vhost is not None
    assert str(plan.registry.http_addr) == "0.0.0.0:5000"
    assert words(plan.vhost.internal) == ("*:5000",)
    assert plan.gitlab.api_url == "http://127.0.0.1:5000"


ADDRESSES = [
    ("localhost:5000", "127.0.0.1:5000", "127.0.0.1:5000"),
    (":5000", "127.0.0.1:5000", "*:5000"),
    ("[::]:5000", "[::1]:5000", "[::]:5000"),
    ("[2001:db8::1]:5000", "[2001:db8::1]:5000", "[2001:db8::1]:5000"),
    ("192.0.2.1:5001", "192.0.2.1:5001", "192.0.2.1:5001"),
]


@pytest.mark.parametrize(("address", "reached", "listen"), ADDRESSES)
def test_inner_address_for_listening_is_reached_where_it_can_be(
    address: str, reached: str, listen: str
) -> None:
    plan = plan_of(f"registry['registry_http_addr'] = '{address}'\n")
    assert plan.vhost is not None
    assert (words(plan.vhost.internal), plan.gitlab.api_url) == ((listen,), f"http://{reached}")
    assert plan.vhost.socket == "/var/opt/gitlab/ctl/sockets/active"


@pytest.mark.parametrize(("address", "reached"), [case[:2] for case in ADDRESSES])
def test_root_too_long_for_a_socket_is_done_without(address: str, reached: str) -> None:
    layout = Layout(Path("/" + "a" * 60))
    plan = plan_of(f"registry['registry_http_addr'] = '{address}'\n", layout=layout)
    assert plan.vhost is not None
    assert plan.registry is not None
    assert (plan.registry.sockets, plan.vhost.socket, words(plan.vhost.internal)) == (None, None, ())
    assert str(plan.vhost.upstream) == reached


# storage


def test_b10_b11_storage_without_settings_is_file_system_on_registry_path() -> None:
    directory = "/var/opt/gitlab/gitlab-rails/shared/registry"
    registry = registry_of("")
    assert storage_section(registry.storage) == {
        "filesystem": {"rootdirectory": directory},
        "cache": CACHE,
        "delete": {"enabled": True},
    }
    assert list(storage_section(registry.storage)) == ["filesystem", "cache", "delete"]
    assert (registry.storage.directory, registry.health) == (directory, True)


def test_b11_registry_path_is_root_directory() -> None:
    plan = plan_of("gitlab_rails['registry_path'] = '/mnt/r'\n")
    assert plan.registry is not None
    assert storage_section(plan.registry.storage)["filesystem"] == {"rootdirectory": "/mnt/r"}
    assert plan.registry.storage.directory == "/mnt/r"
    assert plan.gitlab.path == "/mnt/r"


def test_t10_b12_read_only_snippet_keeps_driver() -> None:
    registry = registry_of(
        "gitlab_rails['registry_path'] = '/mnt/r'\n"
        "registry['storage'] = { 'maintenance' => { 'readonly' => { 'enabled' => true } } }\n"
    )
    assert storage_section(registry.storage)["filesystem"] == {"rootdirectory": "/mnt/r"}
    assert storage_section(registry.storage)["maintenance"] == {
        "readonly": {"enabled": True},
        "uploadpurging": {"enabled": False, "age": "168h", "interval": "24h", "dryrun": False},
    }


def test_b13_storage_section_is_completed_from_defaults() -> None:
    registry = registry_of("registry['storage'] = { 's3' => { 'bucket' => 'bucket', 'region' => 'r' } }\n")
    assert storage_section(registry.storage) == {
        "s3": {"bucket": "bucket", "region": "r"},
        "cache": CACHE,
        "delete": {"enabled": True},
    }
    assert registry.storage.directory is None


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ("registry['storage_delete_enabled'] = false\n", False),
        ("registry['storage'] = { 'delete' => { 'enabled' => false } }\n", False),
        (
            "registry['storage_delete_enabled'] = false\n"
            "registry['storage'] = { 'delete' => { 'enabled' => true } }\n",
            True,
        ),
    ],
)
def test_b13_delete_of_storage_wins_over_its_own_setting(text: str, enabled: bool) -> None:
    assert storage_section(registry_of(text).storage)["delete"] == {"enabled": enabled}


def test_t19_directory_that_is_made_is_where_registry_writes() -> None:
    registry = registry_of(
        "gitlab_rails['registry_path'] = '/mnt/r'\n"
        "registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/mnt/other', 'maxthreads' => 50 } }\n"
    )
    assert storage_section(registry.storage)["filesystem"] == {
        "rootdirectory": "/mnt/other",
        "maxthreads": 50,
    }
    assert registry.storage.directory == "/mnt/other"


def test_upload_purging_given_in_part_is_completed() -> None:
    text = "registry['storage'] = { 'maintenance' => { 'uploadpurging' => { 'age' => '1h' } } }\n"
    assert storage_section(registry_of(text).storage)["maintenance"] == {
        "uploadpurging": {"enabled": True, "age": "1h", "interval": "24h", "dryrun": False}
    }


@pytest.mark.parametrize(
    "given",
    [
        "",
        "'maintenance' => { 'uploadpurging' => { 'age' => '1h' } }, ",
        "'delete' => { 'enabled' => false }, ",
    ],
)
def test_read_only_form_is_the_same_store_without_a_cache_and_without_purging(given: str) -> None:
    text = f"registry['storage'] = {{ {given}'filesystem' => {{ 'maxthreads' => 50 }} }}\n"
    storage = registry_of(text).storage
    usual, read_only = storage_section(storage), storage_section(storage.read_only)
    assert read_only["maintenance"] == {
        "uploadpurging": {"enabled": False, "age": "168h", "interval": "24h", "dryrun": False},
        "readonly": {"enabled": True},
    }
    assert {*usual} - {*read_only} == {"cache"}
    assert [read_only[name] for name in ("filesystem", "delete")] == [
        usual[name] for name in ("filesystem", "delete")
    ]
    assert storage_section(storage) == usual


S3 = "registry['storage']['s3'] = {{ 'bucket' => 'bucket', 'region' => 'r', {} }}\n"


@pytest.mark.parametrize(
    ("flavour", "given", "expected"),
    [
        (DISTRIBUTION_2_8, "'pathstyle' => true", {}),
        (DISTRIBUTION_3, "'pathstyle' => true", {"forcepathstyle": True}),
        (GITLAB, "'pathstyle' => false", {"pathstyle": False}),
        (DISTRIBUTION_2_8, "'regionendpoint' => 'https://m'", {}),
        (DISTRIBUTION_3, "'regionendpoint' => 'https://m'", {"forcepathstyle": True}),
        (DISTRIBUTION_3, "'regionendpoint' => 'https://m', 'pathstyle' => false", {"forcepathstyle": False}),
        (DISTRIBUTION_3, "'encrypt' => true", {}),
    ],
)
def test_path_style_is_named_as_the_flavour_has_it(
    flavour: Flavour, given: str, expected: dict[str, Any]
) -> None:
    section = storage_section(registry_of(S3.format(given), flavour=flavour).storage)["s3"]
    assert {name: value for name, value in section.items() if name.endswith("pathstyle")} == expected


@pytest.mark.parametrize(
    ("flavour", "given", "expected"),
    [
        (DISTRIBUTION_3, "'accountkey' => 'aHVudGVyMg=='", {"type": "shared_key"}),
        (
            DISTRIBUTION_3,
            "'credentials' => { 'type' => 'default_credentials' }",
            {"type": "default_credentials"},
        ),
        (DISTRIBUTION_2_8, "'accountkey' => 'aHVudGVyMg=='", None),
        (GITLAB, "'accountkey' => 'aHVudGVyMg=='", None),
    ],
)
def test_distribution_3_is_told_how_to_sign_in_to_azure(
    flavour: Flavour, given: str, expected: dict[str, str] | None
) -> None:
    text = f"registry['storage']['azure'] = {{ 'accountname' => 'a', 'container' => 'images', {given} }}\n"
    section = storage_section(registry_of(text, flavour=flavour).storage)["azure"]
    assert section.get("credentials") == expected


# realm


def test_b35_realm_keeps_path_of_external_url() -> None:
    text = "external_url 'https://g/gitlab'\nregistry_external_url 'https://r'\n"
    registry = plan_alone(text).registry
    assert registry is not None
    assert registry.realm == "https://g/gitlab/jwt/auth"


@pytest.mark.parametrize("url", ["https://g/", "https://g//"])
def test_t16_b34_realm_has_no_double_slash(url: str) -> None:
    registry = plan_alone(f"external_url '{url}'\nregistry_external_url 'https://r'\n").registry
    assert registry is not None
    assert registry.realm == "https://g/jwt/auth"


def test_realm_given_wins_over_external_url() -> None:
    assert registry_of("registry['token_realm'] = 'https://other/'\n").realm == "https://other/jwt/auth"


def test_b33_t15_registry_without_url_behind_other_nginx_is_complete() -> None:
    plan = plan_alone(
        "registry['enable'] = true\nregistry['registry_http_addr'] = '0.0.0.0:5000'\n"
        "registry['token_realm'] = 'https://g'\n"
    )
    assert plan.registry is not None
    assert (str(plan.registry.http_addr), plan.registry.realm) == ("0.0.0.0:5000", "https://g/jwt/auth")
    assert (plan.vhost, plan.registry_url, services_of(plan)) == (None, None, (REGISTRY, GUARD))
    assert plan.gitlab.api_url == "http://127.0.0.1:5000"


# credentials and flavours


def test_t18_bundle_of_administrator_is_left_alone() -> None:
    registry = registry_of("registry['rootcertbundle'] = '/etc/own.crt'\n")
    assert (registry.bundle_path, registry.bundle) == ("/etc/own.crt", None)
    own = registry_of("")
    assert own.bundle_path == "/var/opt/gitlab/registry/gitlab-registry.crt"
    assert own.bundle == "PUBLIC CERTIFICATE"


def test_keys_are_given_as_jwks_to_the_flavour_that_needs_them() -> None:
    for flavour in FLAVOURS.values():
        registry = registry_of("", flavour=flavour)
        wanted = flavour is DISTRIBUTION_3
        assert (registry.jwks == '{"keys": []}') is wanted, flavour
        assert (registry.jwks_path == "/var/opt/gitlab/registry/gitlab-registry.jwks") is wanted
    without = CredentialFacts(CREDENTIALS.http_secret, None, None)
    assert registry_of("", flavour=DISTRIBUTION_3, credentials=without).jwks_path is None


ENDPOINT = "registry['notifications'] = [{{ 'name' => 'a', 'url' => 'https://h/'{} }}]\n"


def endpoint_of(more: str, flavour: Flavour = GITLAB, text: str = "") -> dict[str, Any]:
    endpoints = registry_of(ENDPOINT.format(more) + text, flavour=flavour).notifications
    assert endpoints is not None
    return endpoint_section(endpoints[0])


def test_b20_notifications_left_out_are_not_there_and_empty_ones_are() -> None:
    assert registry_of("").notifications is None
    assert registry_of("registry['notifications'] = []\n").notifications == ()


def test_b21_b22_b23_endpoint_is_completed_from_defaults() -> None:
    assert endpoint_of("") == {
        "name": "a",
        "url": "https://h/",
        "timeout": "500ms",
        "maxretries": 5,
        "backoff": "1s",
        "headers": {},
    }
    defaults = (
        "registry['default_notifications_timeout'] = '2s'\nregistry['default_notifications_maxretries'] = 7\n"
        "registry['default_notifications_backoff'] = '3s'\n"
        "registry['default_notifications_headers'] = { 'X-A' => ['1'], 'X-B' => '2' }\n"
    )
    endpoint = endpoint_of(", 'headers' => { 'X-B' => ['3'] }, 'disabled' => true", text=defaults)
    assert (endpoint["timeout"], endpoint["maxretries"], endpoint["backoff"]) == ("2s", 7, "3s")
    assert endpoint["headers"] == {"X-A": ["1"], "X-B": ["3"]}
    assert endpoint["disabled"] is True


@pytest.mark.parametrize(
    ("flavour", "given", "expected"),
    [
        (GITLAB, "", ("maxretries", 5)),
        (GITLAB, ", 'threshold' => 3", ("maxretries", 3)),
        (GITLAB, ", 'maxretries' => 0", ("maxretries", 0)),
        (DISTRIBUTION_2_8, "", ("threshold", 5)),
        (GITLAB, ", 'threshold' => 3, 'maxretries' => 4", ("maxretries", 4)),
        (DISTRIBUTION_2_8, ", 'threshold' => 3, 'maxretries' => 4", ("threshold", 3)),
        (DISTRIBUTION_3, ", 'maxretries' => 4", ("threshold", 5)),
    ],
)
def test_retries_are_named_as_the_flavour_has_them(
    flavour: Flavour, given: str, expected: tuple[str, int]
) -> None:
    endpoint = endpoint_of(given, flavour)
    assert {name: endpoint[name] for name in ("maxretries", "threshold") if name in endpoint} == dict(
        [expected]
    )


# service


def test_environment_is_sorted_and_knows_the_flavour() -> None:
    text = "registry['env'] = { 'ZED' => 1, 'ALPHA' => true, 'SSL_CERT_DIR' => '/own' }\n"
    assert registry_of(text).environment == (("ALPHA", "true"), ("SSL_CERT_DIR", "/own"), ("ZED", "1"))
    for flavour in FLAVOURS.values():
        expected = sorted([("SSL_CERT_DIR", "/etc/ssl/certs"), *flavour.environment])
        assert registry_of("", flavour=flavour).environment == tuple(expected)


def test_drain_timeout_is_that_of_registry_then_of_ctl() -> None:
    assert registry_of("").drain_timeout == "30s"
    assert registry_of("ctl['drain_timeout'] = '5s'\n").drain_timeout == "5s"
    both = "ctl['drain_timeout'] = '5s'\nregistry['http_draintimeout'] = 0\n"
    assert registry_of(both).drain_timeout == "0"


def test_log_of_json_has_no_second_time_stamp() -> None:
    assert registry_of("").log.timestamps is True
    assert registry_of("registry['log_formatter'] = 'json'\n").log.timestamps is False


def test_log_compression_is_switched_off_by_empty_string() -> None:
    assert registry_of("").log.filter == "gzip"
    assert registry_of("registry['svlogd_filter'] = ''\n").log.filter is None


def test_accounts_are_named_only_where_they_are_made() -> None:
    text = "registry['username'] = 'images'\nregistry['log_group'] = 'adm'\n"
    named, unnamed = registry_of(text), registry_of(text, groups=None)
    assert (named.account, named.log.group) == (Account("images", "registry"), "adm")
    assert (unnamed.account, unnamed.log.group) == (Account(None, None), None)


def test_paths_all_lie_below_the_root() -> None:
    text = (
        "registry['dir'] = '/a/dir'\nregistry['log_directory'] = '/a/log'\n"
        "registry['env_directory'] = '/a/env'\n"
        "registry['rootcertbundle'] = '/a/b.crt'\ngitlab_rails['registry_path'] = '/a/images'\n"
        "gitlab_rails['registry_key_path'] = '/a/key'\nregistry['nginx'] = { 'dir' => '/a/nginx',"
        " 'log_directory' => '/a/nlog', 'ssl_dhparam' => '/a/dh', 'ssl_password_file' => '/a/pw',"
        " 'ssl_client_certificate' => '/a/ca' }\n"
    )
    plan = plan_of(text, layout=ELSEWHERE)
    shown = repr(plan)
    assert shown.count("'/srv/one/a/") >= 11
    assert "'/a/" not in shown
    assert (plan.home, plan.log_root) == ("/srv/one/var/opt/gitlab/ctl", "/srv/one/var/log/gitlab")


def test_secret_key_of_s3_is_a_secret() -> None:
    section = storage_section(registry_of(S3.format("'accesskey' => 'a', 'secretkey' => 'b'")).storage)["s3"]
    assert isinstance(section["accesskey"], Secret)
    assert isinstance(section["secretkey"], Secret)
    assert not isinstance(section["bucket"], Secret)
