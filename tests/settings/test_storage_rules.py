from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.settings.reading import findings, only, pointed_at

BUCKET = "'bucket' => 'b', 'region' => 'r'"


def driver(text: str, name: str = "s3") -> str:
    return f"registry['storage'] = {{ '{name}' => {{ {BUCKET}{text} }} }}\n"


def purging(text: str, more: str = "") -> str:
    return f"registry['storage'] = {{ 'maintenance' => {{ 'uploadpurging' => {{ {text} }}{more} }} }}\n"


# keys of S3


@pytest.mark.parametrize("name", ["s3", "s3_v2"])
@pytest.mark.parametrize(("given", "missing"), [("accesskey", "secretkey"), ("secretkey", "accesskey")])
def test_one_key_of_s3_alone_is_refused_at_it(name: str, given: str, missing: str) -> None:
    text = driver(f", '{given}' => 'hunter2'", name)
    found = only(text)
    assert (found.severity, found.code) == (Severity.ERROR, "one-key-alone")
    assert found.message == f"registry['storage']['{name}']['{given}'] is given without {missing}"
    assert found.help == "give both keys, or neither to use the machine's IAM role"
    assert pointed_at(text, found) == f"'{given}'"


@pytest.mark.parametrize("text", ["", ", 'accesskey' => 'a', 'secretkey' => 'b'"])
def test_both_keys_of_s3_or_neither_are_accepted(text: str) -> None:
    assert findings(driver(text)) == []


# path style


@pytest.mark.parametrize("name", ["pathstyle", "forcepathstyle"])
@pytest.mark.parametrize(
    "endpoint", ["http://minio.internal:9000", "minio", "https://amazonaws.com.example.com", "https://[::1"]
)
def test_host_style_for_a_server_that_is_not_of_aws_is_warned_of(name: str, endpoint: str) -> None:
    text = driver(f", 'regionendpoint' => '{endpoint}', '{name}' => false")
    found = only(text)
    assert (found.severity, found.code) == (Severity.WARNING, "path-style")
    assert found.message == (
        f"registry['storage']['s3']['{name}'] is false, but regionendpoint names no server of AWS"
    )
    assert pointed_at(text, found) == f"'{name}'"


@pytest.mark.parametrize(
    "text",
    [
        ", 'pathstyle' => false",
        ", 'regionendpoint' => 'http://minio:9000'",
        ", 'regionendpoint' => 'http://minio:9000', 'pathstyle' => true",
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
    found = only(text)
    assert (found.severity, found.code) == (Severity.ERROR, "no-interval")
    assert found.message == (
        "registry['storage']['maintenance']['uploadpurging']['interval'] is 0: the registry would search"
        " for old uploads without a pause"
    )
    assert pointed_at(text, found) == interval


@pytest.mark.parametrize(
    "text",
    [purging("'interval' => '1ns'"), purging("'interval' => 0, 'enabled' => false"), purging("")],
)
def test_purging_with_a_pause_or_none_at_all_is_accepted(text: str) -> None:
    assert findings(text) == []
