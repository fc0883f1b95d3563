"""Did you mean."""

from __future__ import annotations

import pytest

from ctl.diagnostics.suggest import closest, closest_all

KNOWN = [
    "enable",
    "registry_http_addr",
    "debug_addr",
    "storage",
    "storage_delete_enabled",
    "log_level",
    "notifications",
    "token_realm",
    "rootcertbundle",
    "http_secret",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("enabled", "enable"),
        ("Enable", "enable"),
        ("loglevel", "log_level"),
        ("log-level", "log_level"),
        ("notification", "notifications"),
        ("tokenrealm", "token_realm"),
        ("root_cert_bundle", "rootcertbundle"),
        ("registry_http_adr", "registry_http_addr"),
        ("http_addr", "registry_http_addr"),
        ("http_secrets", "http_secret"),
        ("stroage", "storage"),
    ],
)
def test_closest_of_a_slip_is_what_was_meant(written: str, meant: str) -> None:
    assert closest(written, KNOWN) == meant


@pytest.mark.parametrize("written", ["", "x", "completely_different", "zzzzzz"])
def test_closest_of_something_else_is_nothing(written: str) -> None:
    assert closest(written, KNOWN) is None


def test_closest_all_lists_the_likeliest_first_and_never_the_word_itself() -> None:
    assert closest_all("addr", ["debug_addr", "addr", "registry_http_addr", "adr"]) == [
        "adr",
        "debug_addr",
        "registry_http_addr",
    ]
