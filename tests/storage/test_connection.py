"""The parameters of the registry's drivers in the words of obstore."""

from __future__ import annotations

from typing import Any

import pytest

from ctl.storage.backends.connection import connection
from ctl.storage.store import StoreError

S3 = {"bucket": "images", "region": "eu-west-1"}
GCS = {"bucket": "images"}
AZURE = {"accountname": "ours", "container": "images", "accountkey": "a2V5"}


@pytest.mark.parametrize(
    ("given", "config"),
    [
        ({}, {"region": "eu-west-1", "virtual_hosted_style_request": True}),
        (
            {"accesskey": "a", "secretkey": "b", "sessiontoken": "c"},
            {"access_key_id": "a", "secret_access_key": "b", "session_token": "c"},
        ),
        (
            {"regionendpoint": "http://store:9000/"},
            {"endpoint": "http://store:9000", "virtual_hosted_style_request": False},
        ),
        ({"regionendpoint": "store:9000"}, {"endpoint": "https://store:9000"}),
        ({"regionendpoint": "store:9000", "secure": False}, {"endpoint": "http://store:9000"}),
        (
            {"regionendpoint": "https://store", "pathstyle": False},
            {"endpoint": "https://images.store", "virtual_hosted_style_request": True},
        ),
        ({"regionendpoint": "https://store", "forcepathstyle": True}, {"endpoint": "https://store"}),
        ({"usedualstack": True}, {"endpoint": "https://images.s3.dualstack.eu-west-1.amazonaws.com"}),
        ({"usefipsendpoint": True}, {"endpoint": "https://images.s3-fips.eu-west-1.amazonaws.com"}),
        ({"encrypt": True}, {"aws_server_side_encryption": "AES256"}),
        (
            {"encrypt": True, "keyid": "k"},
            {"aws_server_side_encryption": "aws:kms", "aws_sse_kms_key_id": "k"},
        ),
    ],
)
def test_s3_parameters_become_options_of_the_same_meaning(
    given: dict[str, Any], config: dict[str, Any]
) -> None:
    made = connection("s3", {**S3, **given}).config
    assert {name: made.get(name) for name in config} == config


@pytest.mark.parametrize(
    ("driver", "given", "client"),
    [
        ("s3", {**S3, "skipverify": True}, {"allow_invalid_certificates": True}),
        ("s3", {**S3, "regionendpoint": "http://store"}, {"allow_http": True}),
        ("s3", {**S3, "useragent": "me"}, {"user_agent": "me"}),
        ("azure", {**AZURE, "serviceurl": "http://store/ours"}, {"allow_http": True}),
        ("azure", AZURE, {}),
    ],
)
def test_client_speaks_as_the_parameters_say(
    driver: str, given: dict[str, Any], client: dict[str, Any]
) -> None:
    assert connection(driver, given).client == client


@pytest.mark.parametrize(
    ("root", "prefix"), [(None, ""), ("", ""), ("/", ""), ("/x/", "x/"), ("x/y", "x/y/"), ("//x", "x/")]
)
@pytest.mark.parametrize(("driver", "given"), [("s3", S3), ("gcs", GCS), ("azure", AZURE)])
def test_root_directory_is_what_all_drivers_make_of_it(
    driver: str, given: dict[str, Any], root: str | None, prefix: str
) -> None:
    assert connection(driver, {**given, "rootdirectory": root}).prefix == prefix


def test_google_key_is_a_file_or_the_key_itself() -> None:
    assert connection("gcs", {**GCS, "keyfile": "/k"}).config == {"service_account": "/k"}
    given = {**GCS, "credentials": {"client_email": "e"}}
    assert connection("gcs", given).config == {"service_account_key": '{"client_email": "e"}'}


def test_azure_signs_in_as_each_flavour_says_it() -> None:
    config = connection("azure", AZURE).config
    assert config == {
        "account_name": "ours",
        "account_key": "a2V5",
        "endpoint": "https://ours.blob.core.windows.net",
    }
    own = {"type": "client_secret", "clientid": "c", "tenantid": "t", "secret": "s"}
    as_3 = connection("azure", {**AZURE, "credentials": own}).config
    flat = {"credentials_type": "client_secret", "client_id": "c", "tenant_id": "t", "secret": "s"}
    assert connection("azure_v2", {**AZURE, **flat}).config == as_3
    assert (as_3["client_id"], as_3["tenant_id"], as_3["client_secret"]) == ("c", "t", "s")
    assert "account_key" not in as_3


@pytest.mark.parametrize(
    ("driver", "given", "named"),
    [
        ("swift", {}, "the driver swift"),
        ("s3", {**S3, "v4auth": False}, "v4auth"),
        ("s3", {**S3, "rootdirectory": "x//y"}, "rootdirectory"),
        ("azure", {**AZURE, "serviceurl": "https://store?sig=abc"}, "serviceurl"),
    ],
)
def test_what_obstore_cannot_say_is_left_to_the_registry(
    driver: str, given: dict[str, Any], named: str
) -> None:
    with pytest.raises(StoreError, match="known to the registry alone") as raised:
        connection(driver, given)
    assert raised.value.code == "not-expressible"
    assert named in raised.value.message
    assert "abc" not in raised.value.message
