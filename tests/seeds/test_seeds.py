"""The settings that GitLab's own documents show come to what the documents say of them."""

from __future__ import annotations

from typing import Any

import pytest

from ctl.diagnostics.model import Severity
from tests.seeds.compiling import BOTH, GITLAB, SNIPPETS, compile_text

CONFIG = "registry/config.yml:"
VHOST = "nginx/service_conf/gitlab-registry.conf"
RAILS = "gitlab/gitlab.yml:production."
STORAGE = CONFIG + "storage."
ENDPOINT = CONFIG + "notifications.endpoints.0."
PATH = "/mnt/registry/storage"
V2, V3, GL = "distribution-2.8", "distribution-3", "gitlab"
S3: dict[str, Any] = {
    STORAGE + "s3.accesskey": "AKIAIOSFODNN7EXAMPLE",
    STORAGE + "s3.secretkey": "wJalrXUtnFEMI",
    STORAGE + "s3.bucket": "images",
    STORAGE + "s3.region": "eu-central-1",
    STORAGE + "filesystem": None,
    STORAGE + "cache.blobdescriptor": "inmemory",
    STORAGE + "delete.enabled": True,
}
EVENTS: dict[str, Any] = {
    ENDPOINT + "name": "test_endpoint",
    ENDPOINT + "timeout": "500ms",
    ENDPOINT + "backoff": "1s",
    ENDPOINT + "headers.Authorization": ["hunter2"],
}

# Snippet, what stands before it, the registry, and what comes of it.
CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "gitlab-domain",
        GITLAB,
        V2,
        {
            RAILS + "registry.enabled": True,
            RAILS + "registry.host": "gitlab.example.com",
            RAILS + "registry.port": 5050,
            RAILS + "registry.api_url": "http://127.0.0.1:5000",
            CONFIG + "http.addr": "/var/opt/gitlab/ctl/sockets/registry/registry",
            CONFIG + "auth.token.realm": "https://gitlab.example.com/jwt/auth",
            CONFIG + "auth.token.service": "container_registry",
            CONFIG + "auth.token.issuer": "omnibus-gitlab-issuer",
        },
    ),
    ("gitlab-domain-certificate", GITLAB, V2, {RAILS + "registry.port": 5050}),
    (
        "own-domain",
        GITLAB,
        V2,
        {RAILS + "registry.host": "registry.gitlab.example.com", RAILS + "registry.port": None},
    ),
    ("wildcard-certificate", GITLAB, V2, {RAILS + "registry.host": "registry.gitlab.example.com"}),
    (
        "load-balancer",
        GITLAB,
        V2,
        {RAILS + "registry.host": "registry-gitlab.example.com", RAILS + "registry.port": None},
    ),
    ("disabled", BOTH, V2, {"registry/config.yml": None, VHOST: None, RAILS + "registry.enabled": False}),
    ("new-projects", BOTH, V2, {RAILS + "default_projects_features.container_registry": False}),
    (
        "storage-path",
        BOTH,
        V2,
        {STORAGE + "filesystem": {"rootdirectory": PATH}, RAILS + "registry.path": PATH},
    ),
    ("s3-compatible", BOTH, GL, S3 | {STORAGE + "s3.regionendpoint": "http://127.0.0.1:9000"}),
    ("s3-compatible", BOTH, V3, {STORAGE + "s3.forcepathstyle": True}),
    ("s3-iam-role", BOTH, V2, {STORAGE + "s3": {"bucket": "images", "region": "eu-central-1"}}),
    ("s3-vpc-endpoint", BOTH, GL, S3 | {STORAGE + "s3.pathstyle": False}),
    ("s3-rate-limit", BOTH, GL, S3 | {STORAGE + "s3.maxrequestspersecond": 100}),
    ("s3-redirect-disabled", BOTH, V2, S3 | {STORAGE + "redirect": {"disable": True}}),
    ("s3-encrypted", BOTH, V2, S3 | {STORAGE + "s3.encrypt": True}),
    ("s3-chunksize", BOTH, V2, {STORAGE + "s3.chunksize": 25000000}),
    (
        "s3-log-level",
        BOTH,
        GL,
        {CONFIG + "log.level": "debug", STORAGE + "s3.loglevel": "logdebugwithhttpbody"},
    ),
    (
        "gcs",
        BOTH,
        GL,
        {STORAGE + "gcs": {"bucket": "images", "keyfile": "/etc/gitlab/gcs.json"}},
    ),
    (
        "azure",
        BOTH,
        GL,
        {
            STORAGE + "azure.accountname": "images",
            STORAGE + "azure.accountkey": "c2VjcmV0",
            STORAGE + "azure.container": "registry",
            STORAGE + "azure.trimlegacyrootprefix": True,
        },
    ),
    (
        "internal-port-5001",
        BOTH,
        V2,
        {CONFIG + "http.net": "unix", RAILS + "registry.api_url": "http://127.0.0.1:5001"},
    ),
    (
        "internal-port-5010",
        BOTH,
        V2,
        {CONFIG + "http.net": "unix", RAILS + "registry.api_url": "http://127.0.0.1:5010"},
    ),
    (
        "external-registry-2020",
        GITLAB,
        V2,
        {
            "registry/config.yml": None,
            RAILS + "registry.enabled": True,
            RAILS + "registry.api_url": "http://localhost:5000",
            RAILS + "registry.issuer": "omnibus-gitlab-issuer",
            RAILS + "registry.key": "/var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key",
        },
    ),
    (
        "external-registry",
        GITLAB,
        V2,
        {
            "registry/config.yml": None,
            "gitlab/gitlab-registry.key": "key-s3cret",
            RAILS + "registry.enabled": True,
            RAILS + "registry.api_url": "https://registry.internal:5000",
            RAILS + "registry.issuer": "gitlab-issuer",
            RAILS + "registry.key": "/srv/keys/registry-key.key",
            RAILS + "registry.host": "registry.gitlab.example.com",
            RAILS + "registry.port": 5005,
        },
    ),
    (
        "notifications-2020",
        BOTH,
        V2,
        EVENTS | {ENDPOINT + "threshold": 5, ENDPOINT + "url": "https://gitlab.example.com/notify"},
    ),
    (
        "notifications",
        BOTH,
        GL,
        EVENTS
        | {
            ENDPOINT + "maxretries": 5,
            ENDPOINT + "threshold": None,
            ENDPOINT + "url": "https://gitlab.example.com/api/v4/container_registry_event/events",
            RAILS + "registry.notification_secret": "hunter2",
        },
    ),
    (
        "read-only-on",
        BOTH,
        V2,
        {
            STORAGE + "filesystem": {"rootdirectory": PATH},
            STORAGE + "maintenance.readonly.enabled": True,
        },
    ),
    (
        "read-only-off",
        BOTH,
        V2,
        {
            STORAGE + "filesystem": {"rootdirectory": PATH},
            STORAGE + "maintenance.readonly.enabled": False,
        },
    ),
    ("schema1", BOTH, V2, {CONFIG + "compatibility.schema1.enabled": True}),
    ("relative-urls", BOTH, V2, {"registry-env/REGISTRY_HTTP_RELATIVEURLS": "true\n"}),
    ("debug-server", BOTH, V2, {CONFIG + "http.debug.addr": "localhost:5001"}),
    (
        "registry-node",
        "",
        V2,
        {
            VHOST: None,
            CONFIG + "http.addr": "0.0.0.0:5000",
            CONFIG + "auth.token.realm": "https://gitlab.example.com/jwt/auth",
            CONFIG + "auth.token.issuer": "gitlab-issuer",
            CONFIG + "auth.token.rootcertbundle": "/srv/keys/registry.crt",
            CONFIG + "health.storagedriver.enabled": False,
        },
    ),
]

# Lines that the vhost of a snippet must hold.
LINES: list[tuple[str, list[str]]] = [
    (
        "gitlab-domain",
        [
            "listen *:5050 ssl;",
            'server_name "gitlab.example.com";',
            'ssl_certificate "/etc/gitlab/ssl/gitlab.example.com.crt";',
            'ssl_certificate_key "/etc/gitlab/ssl/gitlab.example.com.key";',
            "listen 127.0.0.1:5000;",
            'server "unix:/var/opt/gitlab/ctl/sockets/active" max_fails=0;',
        ],
    ),
    (
        "gitlab-domain-certificate",
        [
            'ssl_certificate "/etc/ssl/private/gitlab.pem";',
            'ssl_certificate_key "/etc/ssl/private/gitlab.key";',
        ],
    ),
    (
        "own-domain",
        [
            "listen *:443 ssl;",
            'server_name "registry.gitlab.example.com";',
            'ssl_certificate "/etc/gitlab/ssl/registry.gitlab.example.com.crt";',
            'ssl_certificate_key "/etc/gitlab/ssl/registry.gitlab.example.com.key";',
        ],
    ),
    (
        "wildcard-certificate",
        [
            'ssl_certificate "/etc/gitlab/ssl/certificate.pem";',
            'ssl_certificate_key "/etc/gitlab/ssl/certificate.key";',
        ],
    ),
    (
        "load-balancer",
        [
            "listen *:5678 ssl;",
            "listen *:80;",
            'server_name "registry-gitlab.example.com";',
            'return 301 "https://registry-gitlab.example.com$request_uri";',
        ],
    ),
]

# What is said of snippets that work: nothing, but of these.
REMARKS: dict[str, list[tuple[Severity, str, int]]] = {
    "s3-compatible": [(Severity.WARNING, "redirect-to-private", 7)],
    "s3-chunksize": [(Severity.WARNING, "bucket-name", 5)],
    "external-registry-2020": [(Severity.WARNING, "external-registry-without-address", 1)],
    "gitlab-domain-certificate": [(Severity.DEPRECATION, "old-name", 2)],
    "wildcard-certificate": [(Severity.DEPRECATION, "old-name", 2)],
    "load-balancer": [(Severity.DEPRECATION, "old-name", 2)],
    "notifications": [(Severity.DEPRECATION, "old-name", 6)],
    "registry-node": [(Severity.WARNING, "reachable-by-all", 2)],
}


def text_of(name: str) -> str:
    return SNIPPETS[name].read_text()


def test_snippets_are_found_and_each_has_a_case() -> None:
    assert len(SNIPPETS) > 25
    assert {name for name, *_ in CASES} == set(SNIPPETS)
    assert set(REMARKS) < set(SNIPPETS)


@pytest.mark.parametrize(("name", "head", "flavour", "expected"), CASES)
def test_snippet_compiled_comes_to_what_document_says(
    name: str, head: str, flavour: str, expected: dict[str, Any]
) -> None:
    made = compile_text(head + text_of(name), flavour)
    assert made.settings is not None, made.diagnostics
    assert made.files
    assert {fact: made.fact(fact) for fact in expected} == expected
    before = head.count("\n")
    said = [
        (diagnostic.severity, diagnostic.code, diagnostic.span.line - before)
        for diagnostic in made.diagnostics
        if diagnostic.span
    ]
    assert said == REMARKS.get(name, [])


@pytest.mark.parametrize(("name", "lines"), LINES)
def test_snippet_of_vhost_compiled_holds_its_lines(name: str, lines: list[str]) -> None:
    vhost = compile_text(GITLAB + text_of(name), V2).fact(VHOST)
    present = [line.strip() for line in vhost.splitlines()]
    assert [line for line in lines if line not in present] == []


def test_key_of_external_registry_keeps_its_line_breaks() -> None:
    settings = compile_text(GITLAB + text_of("external-registry"), V2).settings
    assert settings is not None
    assert settings.registry.internal_key is not None
    assert settings.registry.internal_key.get_secret_value().splitlines() == [
        "-----BEGIN RSA PRIVATE KEY-----",
        "MIIEpQIBAA",
        "-----END RSA PRIVATE KEY-----",
    ]
