from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.settings.reading import findings, only, pointed_at

BUCKET = "'bucket' => 'bucket', 'region' => 'r'"


def driver(text: str, name: str = "s3") -> str:
    return f"registry['storage'] = {{ '{name}' => {{ {BUCKET}{text} }} }}\n"


def purging(text: str, more: str = "") -> str:
    return f"registry['storage'] = {{ 'maintenance' => {{ 'uploadpurging' => {{ {text} }}{more} }} }}\n"


# keys of S3


@pytest.mark.parametrize("name", ["s3", "s3_v2"])
@pytest.mark.parametrize(("given", "missing"), [("accesskey", "secretkey"), ("secretkey", "accesskey")])
def test_one_key_of_s3_alone_is_refused_at_it(name: str, given: str, missing: str) -> None:
    text = driver(f", '{given}' => 'hunter2'", name)
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "one-key-alone")
    assert diagnostic.message == f"registry['storage']['{name}']['{given}'] is given without {missing}"
    assert diagnostic.help == "give both keys, or neither to use the machine's IAM role"
    assert pointed_at(text, diagnostic) == f"'{given}'"


@pytest.mark.parametrize("text", ["", ", 'accesskey' => 'a', 'secretkey' => 'b'"])
def test_both_keys_of_s3_or_neither_are_accepted(text: str) -> None:
    assert findings(driver(text)) == []


# prefix of keys


@pytest.mark.parametrize("root", ["", "/", "//", "a", "a/", "/a", "/a/b/", "//a", "a.b/..c"])
def test_prefix_with_slashes_at_its_ends_is_accepted(root: str) -> None:
    assert findings(driver(f", 'rootdirectory' => '{root}'")) == []


@pytest.mark.parametrize("name", ["s3", "s3_v2"])
@pytest.mark.parametrize(
    ("root", "help"),
    [
        ("a//b", "write 'a/b'"),
        ("/two//x/", "write 'two/x'"),
        ("./a", "write 'a'"),
        ("a/../b", "write 'b'"),
        (".", "leave it out"),
    ],
)
def test_prefix_that_the_registry_does_not_find_again_is_warned_of(name: str, root: str, help: str) -> None:
    text = driver(f", 'rootdirectory' => '{root}'", name)
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code, diagnostic.help) == (
        Severity.WARNING,
        "unclean-prefix",
        help,
    )
    assert pointed_at(text, diagnostic) == f"'{root}'"


# path style


@pytest.mark.parametrize("name", ["pathstyle", "forcepathstyle"])
@pytest.mark.parametrize(
    "endpoint", ["http://minio.internal:9000", "minio", "https://amazonaws.com.example.com", "https://[::1"]
)
def test_host_style_for_a_server_that_is_not_of_aws_is_warned_of(name: str, endpoint: str) -> None:
    text = driver(f", 'regionendpoint' => '{endpoint}', '{name}' => false")
    (diagnostic,) = [finding for finding in findings(text) if finding.code != "redirect-to-private"]
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "path-style")
    assert diagnostic.message == (
        f"registry['storage']['s3']['{name}'] is false, but regionendpoint names no server of AWS"
    )
    assert pointed_at(text, diagnostic) == f"'{name}'"


@pytest.mark.parametrize(
    "text",
    [
        ", 'pathstyle' => false",
        ", 'regionendpoint' => 'http://minio.example.com:9000'",
        ", 'regionendpoint' => 'http://minio.example.com:9000', 'pathstyle' => true",
        ", 'regionendpoint' => 'https://vpce-1a.s3.eu-central-1.vpce.amazonaws.com', 'pathstyle' => false",
        ", 'regionendpoint' => 's3.cn-north-1.amazonaws.com.cn', 'pathstyle' => false",
    ],
)
def test_path_style_that_fits_its_server_is_accepted(text: str) -> None:
    assert findings(driver(text)) == []


# old uploads


@pytest.mark.parametrize("interval", ["0", "'0'", "'0s'", "'0h0m'"])
def test_purging_without_a_pause_is_refused_at_its_value(interval: str) -> None:
    text = purging(f"'interval' => {interval}")
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "no-interval")
    assert diagnostic.message == (
        "registry['storage']['maintenance']['uploadpurging']['interval'] is 0: the registry would search"
        " for old uploads without a pause"
    )
    assert pointed_at(text, diagnostic) == interval


@pytest.mark.parametrize(
    "text",
    [purging("'interval' => '1ns'"), purging("'interval' => 0, 'enabled' => false"), purging("")],
)
def test_purging_with_a_pause_or_none_at_all_is_accepted(text: str) -> None:
    assert findings(text) == []


# names of buckets (E30)


@pytest.mark.parametrize(
    ("driver", "severity"),
    [
        ("'s3' => { 'region' => 'r', 'bucket' => 'My_Bucket' }", Severity.WARNING),
        ("'s3' => { 'region' => 'r', 'bucket' => 'ab' }", Severity.WARNING),
        ("'gcs' => { 'bucket' => 'bucket/directory' }", Severity.ERROR),
        ("'gcs' => { 'bucket' => 'gs://bucket' }", Severity.ERROR),
        (
            "'azure' => { 'accountname' => 'a', 'accountkey' => 'aa==', 'container' => 'a--b' }",
            Severity.WARNING,
        ),
        ("'azure' => { 'accountname' => 'a', 'accountkey' => 'aa==', 'container' => 'a/b' }", Severity.ERROR),
    ],
)
def test_e30_name_that_the_store_refuses_is_told(driver: str, severity: Severity) -> None:
    diagnostic = only(f"registry['storage'] = {{ {driver} }}\n")
    assert (diagnostic.severity, diagnostic.code) == (severity, "bucket-name")


@pytest.mark.parametrize(
    "driver",
    [
        "'s3' => { 'region' => 'r', 'bucket' => 'my.bucket-1' }",
        "'s3' => { 'region' => 'r', 'bucket' => 'My_Bucket', 'regionendpoint' => 'https://s3.example.com' }",
        "'gcs' => { 'bucket' => 'my_bucket' }",
        "'azure' => { 'accountname' => 'a', 'accountkey' => 'aa==', 'container' => '$root' }",
    ],
)
def test_e30_name_that_the_store_may_take_is_accepted(driver: str) -> None:
    assert findings(f"registry['storage'] = {{ {driver} }}\n") == []


# encryption (E32)


@pytest.mark.parametrize(
    ("more", "told"), [("", True), ("'encrypt' => false, ", True), ("'encrypt' => true, ", False)]
)
def test_e32_key_without_encryption_is_warned_of(more: str, told: bool) -> None:
    given = f"{more}'bucket' => 'bucket', 'region' => 'r', 'keyid' => 'k'"
    text = f"registry['storage'] = {{ 's3' => {{ {given} }} }}\n"
    diagnostics = findings(text)
    assert [diagnostic.code for diagnostic in diagnostics] == (["key-without-encryption"] if told else [])
    assert [pointed_at(text, diagnostic) for diagnostic in diagnostics] == (["'keyid'"] if told else [])


# two directories (T19)


def test_registry_path_beside_an_object_store_is_noted() -> None:
    text = "gitlab_rails['registry_path'] = '/srv/a'\n"
    diagnostic = only(text + "registry['storage'] = { 's3' => { 'bucket' => 'bucket', 'region' => 'r' } }\n")
    assert (diagnostic.severity, diagnostic.code) == (Severity.NOTE, "without-effect")
    assert diagnostic.message == "gitlab_rails['registry_path'] is accepted, without effect: images lie in s3"


def test_registry_path_that_is_the_root_directory_is_accepted() -> None:
    text = "gitlab_rails['registry_path'] = '/srv/a'\n"
    assert (
        findings(text + "registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/srv/a/' } }\n") == []
    )


# redirects to the store


def _redirects(text: str) -> list[str]:
    return [finding.message for finding in findings(text) if finding.code == "redirect-to-private"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://minio:9000",
        "minio:9000",
        "http://127.0.0.1:9000",
        "https://10.0.0.5",
        "http://[::1]:9000",
        "localhost",
    ],
)
def test_store_that_few_clients_reach_is_warned_of_unless_layers_are_passed_on(endpoint: str) -> None:
    text = driver(f", 'regionendpoint' => '{endpoint}'")
    (message,) = _redirects(text)
    assert message.startswith(
        "clients are sent to registry['storage']['s3']['regionendpoint'] for every layer"
    )
    assert _redirects(text + "registry['storage']['redirect'] = { 'disable' => true }\n") == []
    middleware = "registry['middleware'] = { 'storage' => [{ 'name' => 'redirect' }] }\n"
    assert _redirects(text + middleware) == []


@pytest.mark.parametrize(
    "endpoint",
    ["https://s3.example.com", "https://s3.internal", "https://8.8.8.8:9000", "your-s3-endpoint", ""],
)
def test_store_that_clients_may_reach_is_not_warned_of(endpoint: str) -> None:
    assert _redirects(driver(f", 'regionendpoint' => '{endpoint}'")) == []
