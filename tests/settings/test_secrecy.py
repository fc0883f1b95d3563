"""Every setting that may hold a secret gives it away to the masker, and none that does not."""

from __future__ import annotations

import pytest

from ctl.settings.reference import ANY, entries
from ctl.settings.secrecy import is_secret, secret_values
from ctl.syntax.model import SettingPath

BY_TYPE = [entry.path for entry in entries() if entry.kind.secret]


def concrete(path: SettingPath) -> SettingPath:
    return tuple(0 if part == ANY else part for part in path)


def test_settings_that_are_secret_by_type_are_many() -> None:
    assert len(BY_TYPE) > 15


@pytest.mark.parametrize("path", BY_TYPE, ids=[".".join(map(str, path)) for path in BY_TYPE])
def test_setting_of_a_secret_type_is_a_secret(path: SettingPath) -> None:
    assert is_secret(concrete(path), "whatever it is")


NGINX = ("registry", "nginx")
STORAGE = ("registry", "storage")
PLACES: list[tuple[SettingPath, str, set[str]]] = [
    ((*NGINX, "proxy_set_headers", "X-Own"), "canary-one", {"canary-one"}),
    (("registry_nginx", "proxy_set_headers", "Authorization"), "Bearer canary", {"Bearer canary", "canary"}),
    (("registry", "env", "ANY"), "canary-one", {"canary-one"}),
    (("registry", "env", "HTTPS_PROXY"), "http://u:canary@h:1", {"canary", "dTpjYW5hcnk="}),
    ((*STORAGE, "s3", "regionendpoint"), "https://u:canary@h", {"canary", "dTpjYW5hcnk="}),
    ((*STORAGE, "azure", "serviceurl"), "https://h/?sv=2020-08-04&sig=canary", {"canary"}),
    ((*STORAGE, "swift", "authurl"), "https://canary@h/v3", {"canary"}),
    ((*STORAGE, "swift", "trustid"), "canary", {"canary"}),
    ((*STORAGE, "swift", "password"), "canary", {"canary"}),
    ((*STORAGE, "oss", "accesskeysecret"), "canary", {"canary"}),
    ((*STORAGE, "gcs", "credentials", "private_key"), "canary", {"canary"}),
    (("registry", "middleware", "storage", 0, "options", "baseurl"), "https://canary@h", {"canary"}),
    (("registry", "middleware", "storage", 0, "options", "privatekey"), "canary", {"canary"}),
    (("registry", "notifications", 0, "url"), "https://h/?canary", {"canary"}),
    (("registry", "notifications", 0, "headers", "X-Any", 0), "canary", {"canary"}),
    (("registry", "default_notifications_headers", "X-Any", 0), "canary", {"canary"}),
    ((*NGINX, "custom_gitlab_server_config"), 'set $token "canary";', {"canary"}),
    (("nginx", "custom_nginx_config"), "proxy_set_header X-Api-Key canary;", {"canary"}),
    (("gitlab_rails", "smtp_password"), "canary", {"canary"}),
]


@pytest.mark.parametrize(("path", "value", "secrets"), PLACES, ids=[str(row[0][-1]) for row in PLACES])
def test_place_of_a_secret_gives_it_away(path: SettingPath, value: str, secrets: set[str]) -> None:
    assert secret_values(nested(path, value), frozenset()) == secrets


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*NGINX, "ssl_certificate_key"), "/etc/gitlab/ssl/r.key"),
        ((*NGINX, "ssl_password_file"), "/etc/gitlab/ssl/r.pass"),
        ((*NGINX, "proxy_set_headers", "X-Forwarded-Proto"), "https"),
        ((*NGINX, "proxy_set_headers", "X-Client"), "$remote_addr, $http_x_client"),
        ((*NGINX, "custom_gitlab_server_config"), "location /x { proxy_set_header X-Token $http_x; }"),
        (("gitlab_rails", "registry_key_path"), "/etc/gitlab/registry.key"),
        (("registry", "token_realm"), "https://gitlab.example.com"),
        (("registry", "env", "SSL_CERT_DIR"), "/etc/ssl/certs"),
        ((*STORAGE, "gcs", "keyfile"), "/etc/gitlab/gcs.json"),
        ((*STORAGE, "azure", "credentials", "type"), "client_secret"),
        (("registry", "middleware", "storage", 0, "options", "privatekey"), "/etc/gitlab/cloudfront.pem"),
        (
            ("registry", "middleware", "storage", 0, "options", "baseurl"),
            "https://cdn.example.com/?region=eu",
        ),
        (("registry_external_url",), "https://registry.example.com"),
    ],
)
def test_path_name_or_plain_address_is_no_secret(path: SettingPath, value: str) -> None:
    assert secret_values(nested(path, value), frozenset()) == frozenset()


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (("registry", "middleware", "storage", 0, "options", "plain"), True),
        (("registry", "env", "TZ"), True),
        (("registry", "notifications", 0, "url"), True),
        (("registry_external_url",), False),
        (("registry", "log_level"), False),
    ],
)
def test_value_from_elsewhere_is_a_secret_where_names_are_free(path: SettingPath, secret: bool) -> None:
    assert is_secret(path, "value", tainted=True) is secret


def nested(path: SettingPath, value: str) -> dict[str, object]:
    """Return values that hold one string at a path."""
    tree: object = value
    for part in reversed(path):
        tree = {part: tree} if isinstance(part, str) else [tree]
    assert isinstance(tree, dict)
    return tree
