"""What a store says against a request, and the words that an administrator gets."""

from __future__ import annotations

import pytest

from ctl.storage.backends.connection import connection
from ctl.storage.backends.refusals import address_of, told

S3 = connection(
    "s3", {"bucket": "images", "region": "us-east-1", "regionendpoint": "https://u:p@store.example"}
)
GCS = connection("gcs", {"bucket": "images"})
AZURE = connection("azure", {"accountname": "ours", "container": "images", "accountkey": "a2V5"})
ASKED = "Generic S3 error: Error performing GET https://u:p@store.example/images?list-type=2 in 1ms - "
ANSWER = ASKED + "Server returned non-2xx status code: "


def xml(status: int, code: str, more: str = "") -> str:
    return f"{ANSWER}{status} Something: <Error><Code>{code}</Code>{more}</Error>"


@pytest.mark.parametrize(
    ("text", "operation", "kind", "code", "message", "help_"),
    [
        (xml(403, "AccessDenied"), "list", S3, "store-denied", "may not s3:ListBucket", "on images"),
        (f"{ASKED}failed (code: AccessDenied)", "delete", S3, "store-denied", "on DeleteObject", "objects"),
        (f"{ANSWER}403 Forbidden: ", "stat", S3, "store-denied", "Forbidden on HeadObject", "right"),
        (xml(404, "NoSuchBucket"), "list", S3, "no-such-bucket", "no bucket images", "name"),
        (xml(404, "ContainerNotFound"), "list", AZURE, "no-such-bucket", "no container images", "name"),
        (xml(403, "SignatureDoesNotMatch"), "list", S3, "wrong-secretkey", "secret key", "secretkey"),
        (
            xml(403, "AuthenticationFailed"),
            "list",
            AZURE,
            "wrong-accountkey",
            "none of the account",
            "accountkey",
        ),
        (
            xml(400, "AuthorizationHeaderMalformed", "<Region>eu-north-7</Region>"),
            "list",
            S3,
            "store-wrong-region",
            "in the region eu-north-7, not in us-east-1",
            "region => 'eu-north-7'",
        ),
        (f"{ASKED}BareRedirect", "list", S3, "store-wrong-region", "another endpoint", "regionendpoint"),
        (xml(403, "RequestTimeTooSkewed"), "list", S3, "clock-skewed", "clocks", "timedatectl"),
        (xml(503, "SlowDown"), "write", S3, "store-refuses", "PutObject with 503 SlowDown", "maxrequests"),
        (f"{ANSWER}500 Oh: ", "read", S3, "store-refuses", "GetObject with 500", "its own log"),
        (f'{ANSWER}403 {{"reason": "forbidden"}}', "write", GCS, "store-denied", "objects.create", "right"),
        (f"{ASKED}HTTP error: dns error", "list", S3, "store-unknown-host", "store.example", "endpoint"),
        (f"{ASKED}HTTP error ConnectionRefused", "list", S3, "store-unreachable", "store.example", "run"),
        (f"{ASKED}HTTP error kind: Timeout", "list", S3, "store-silent", "store.example", "firewall"),
        ("no such thing as this", "list", S3, "store-refuses", "no such thing as this", None),
    ],
)
def test_refusal_names_what_is_missing_and_the_remedy(
    text: str, operation: str, kind: object, code: str, message: str, help_: str | None
) -> None:
    refusal = told(Exception(text), operation, "key", kind)  # type: ignore[arg-type]
    assert refusal.code == code
    assert message in refusal.message
    assert refusal.help is None if help_ is None else help_ in (refusal.help or "")
    assert "u:p" not in refusal.message


def test_bucket_in_front_of_an_unknown_host_asks_for_path_style() -> None:
    given = {"bucket": "images", "region": "r", "regionendpoint": "https://store", "pathstyle": False}
    asked = "Error performing GET https://images.store/ in 1ms - HTTP error: dns error"
    refusal = told(Exception(asked), "list", "", connection("s3", given))
    assert refusal.help == "the server wants the bucket in the path: set pathstyle => true"


def test_address_is_read_without_its_query() -> None:
    assert address_of(Exception(ASKED)) == "https://u:p@store.example/images"
