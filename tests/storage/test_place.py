"""Where a store is: two spellings of one place are the same, and nothing of it is a secret."""

from __future__ import annotations

from typing import Any

import pytest

from ctl.storage.backends.place import place_of, spoken

S3 = {"bucket": "images", "region": "eu"}
OWN = {**S3, "regionendpoint": "http://store:9000"}
AZURE = {"accountname": "ours", "container": "images"}


@pytest.mark.parametrize(
    ("driver", "given", "other"),
    [
        ("filesystem", {"rootdirectory": "/srv/images"}, {"rootdirectory": "/srv//images/"}),
        ("filesystem", {}, {"rootdirectory": "/var/lib/registry"}),
        ("s3", OWN, {**OWN, "regionendpoint": "http://store:9000/"}),
        ("s3", OWN, {**OWN, "accesskey": "a", "secretkey": "b", "encrypt": True, "chunksize": 1}),
        ("s3", OWN, {**OWN, "regionendpoint": "http://u:p@store:9000"}),
        ("s3", {**S3, "rootdirectory": "x"}, {**S3, "rootdirectory": "/x/", "region": "us"}),
        ("azure", AZURE, {**AZURE, "accountkey": "a2V5"}),
    ],
)
def test_spellings_and_credentials_move_nothing(
    driver: str, given: dict[str, Any], other: dict[str, Any]
) -> None:
    assert place_of(driver, given) == place_of(driver, other)


@pytest.mark.parametrize(
    ("driver", "given", "other"),
    [
        ("filesystem", {"rootdirectory": "/srv/images"}, {"rootdirectory": "/srv/image"}),
        ("s3", S3, {**S3, "bucket": "imagse"}),
        ("s3", S3, {**S3, "rootdirectory": "x"}),
        ("s3", S3, OWN),
        ("azure", AZURE, {**AZURE, "realm": "core.chinacloudapi.cn"}),
        ("azure", AZURE, {**AZURE, "trimlegacyrootprefix": True}),
        ("swift", {"container": "a", "authurl": "https://u"}, {"container": "b", "authurl": "https://u"}),
    ],
)
def test_other_place_is_told_from_it(driver: str, given: dict[str, Any], other: dict[str, Any]) -> None:
    assert place_of(driver, given) != place_of(driver, other)


def test_newer_drivers_go_to_the_same_place() -> None:
    assert place_of("s3", S3) == place_of("s3_v2", S3)
    assert place_of("azure", AZURE) == place_of("azure_v2", AZURE)


@pytest.mark.parametrize(
    ("driver", "given", "said"),
    [
        ("filesystem", {"rootdirectory": "/srv"}, "the directory /srv"),
        ("s3", S3, "the s3 bucket images"),
        ("s3", {**OWN, "rootdirectory": "x"}, "the s3 bucket images at http://store:9000, below x/"),
        ("azure", AZURE, "the azure container images at https://ours.blob.core.windows.net"),
        (
            "swift",
            {"container": "a", "authurl": "https://u:s3cret@store/v3?sig=s3cret", "password": "s3cret"},
            "the swift store authurl=https://store/v3 container=a",
        ),
    ],
)
def test_place_is_spoken_without_secrets(driver: str, given: dict[str, Any], said: str) -> None:
    assert spoken(place_of(driver, given)) == said
