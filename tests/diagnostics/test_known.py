"""One value, many spellings: all of them are masked, and nothing that only looks alike."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.console.text import json_text
from ctl.diagnostics.cells import printable
from ctl.diagnostics.known import DISTINCT, MASK, Masker, mask_urls
from ctl.diagnostics.secrecy import secrets_of_nginx, secrets_of_url, secrets_within
from ctl.render.quoting import nginx_string, shell_word, yaml_value


def _go(text: str) -> str:
    """Quote as Go's %q does, in which the registry's log has its texts."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(
        character if character.isprintable() else _go_escape(ord(character)) for character in quoted
    )


def _go_json(text: str) -> str:
    """Write JSON as Go does, in which the registry's log may be."""
    return re.sub("[<>&\u2028\u2029]", lambda match: _go_escape(ord(match[0])), json.dumps(text))


def _go_escape(point: int) -> str:
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


ODD = "pa ss'w\"ö\\rd/+&=%"


@pytest.mark.parametrize(
    "spelling",
    [
        ODD,
        json.dumps(ODD)[1:-1],
        json.dumps(ODD, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(ODD)[1:-1])[1:-1],
        quote(ODD),
        quote(ODD, safe=""),
        quote_plus(ODD),
        ODD.replace("'", "''"),
        ODD.replace("\\", "\\\\").replace("'", "\\'"),
    ],
)
def test_secret_is_masked_in_every_spelling(spelling: str) -> None:
    assert Masker([ODD]).mask(f"<{spelling}>") == f"<{MASK}>"


# Blanks and marks that nobody sees, private and unassigned characters: every writer escapes others of them.
UNSEEN = "pä\u00ad\u00a0\u200b\u3000\ufeff\ue000\u0378\U000e0001ß\U0001f600'\"\\<&>x"


@pytest.mark.parametrize(
    "write",
    [
        printable,
        yaml_value,
        nginx_string,
        json_text,
        repr,
        shell_word,
        _go,
        _go_json,
        lambda text: printable(_go(text)),
        lambda text: printable(nginx_string(text)),
        lambda text: printable(yaml_value(text)),
        lambda text: json_text(_go(text)),
        lambda text: printable(json.dumps(_go(text), ensure_ascii=False)),
        lambda text: json_text({"log": printable(text)}),
    ],
)
def test_secret_is_masked_however_a_writer_shows_what_nobody_sees(write: Callable[[str], str]) -> None:
    assert UNSEEN[-1] in write(UNSEEN)
    shown = Masker([UNSEEN]).mask(write(UNSEEN))
    assert MASK in shown, write(UNSEEN)
    assert "p" not in shown.replace(MASK, "")


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("\\" * 40 + "long-secret", "\\" * 5000 + " long-secret"),
        ("'" * 40 + "long-secret", "'" * 5000 + " long-secret"),
        ("\\'" * 20 + "long-secret", "\\" * 5000 + "' long-secret"),
        ('\\"' * 20 + "long-secret", '\\"' * 5000 + " long-secret"),
    ],
)
def test_line_that_is_made_to_look_alike_takes_no_time(secret: str, line: str) -> None:
    before = time.process_time()
    assert Masker([secret]).mask(line) == line
    assert time.process_time() - before < 5


def test_longest_secret_is_masked_first() -> None:
    assert Masker(["hunter-two", "hunter-two-three", "two-three"]).mask("hunter-two-three") == MASK


@pytest.mark.parametrize("value", ["", "a", "abc", "registry", "Gitlab", "https"])
def test_what_is_too_short_or_too_common_leaves_texts_readable(value: str) -> None:
    text = "the registry of Gitlab at https://abc answers"
    assert Masker([value]).mask(text) == text


def test_short_secret_is_masked_as_a_word_alone() -> None:
    assert len("tiger") < DISTINCT
    assert Masker(["tiger"]).mask("tiger=tiger, tigers, 'tiger'") == f"{MASK}={MASK}, tigers, '{MASK}'"


@given(st.lists(st.text(min_size=DISTINCT), max_size=4), st.text())
def test_masked_text_holds_no_secret(values: list[str], text: str) -> None:
    told = [value for value in values if value not in MASK and Masker([value]).mask(value) == MASK]
    masked = Masker(told).mask("|".join([text, *told, text]))
    assert [value for value in told if value in masked.replace(MASK, "\0")] == []
    assert Masker(told).mask("|".join([text, *told, text])) == masked


def test_ranges_are_those_of_the_secrets() -> None:
    assert Masker(["hunter-two"]).ranges("a hunter-two b hunter-two") == [(2, 12), (15, 25)]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see https://u:p@h/a?b=c", "see https://<masked>@h/a?b=c"),
        ("https://token@h", "https://<masked>@h"),
        ("https://h/?sv=1&sig=abc&x=y", "https://h/?sv=1&sig=<masked>&x=y"),
        ("https://h/?X-Amz-Signature=ab&X-Amz-Date=1", "https://h/?X-Amz-Signature=<masked>&X-Amz-Date=1"),
        ("https://h/?access_token=a", "https://h/?access_token=<masked>"),
        ("https://h/a@b", "https://h/a@b"),
        ("user@host:path", "user@host:path"),
    ],
)
def test_url_of_others_is_shown_without_what_opens_a_door(text: str, masked: str) -> None:
    assert mask_urls(text) == masked


def test_url_of_a_setting_is_shown_without_any_parameter_that_may() -> None:
    url = "https://h/?sv=2020-08-04&region=r&any=thing"
    assert mask_urls(url, own=True) == "https://h/?sv=2020-08-04&region=r&any=<masked>"
    assert mask_urls("https://h/?thing", own=True) == "https://h/?<masked>"


def test_secrets_of_a_url_are_its_password_as_it_is_and_as_it_travels() -> None:
    assert set(secrets_of_url("https://user:p%40ss@h/?code=thing&sv=1")) == {
        *("p%40ss", "p@ss", "thing"),
        base64.b64encode(b"user:p@ss").decode(),
    }


def test_secrets_within_a_header_are_its_credentials_too() -> None:
    travelling = base64.b64encode(b"user:pass-word").decode()
    assert {travelling, "user:pass-word", "pass-word"} < set(secrets_within(f"Basic {travelling}"))
    assert "abc-def" in set(secrets_within("Bearer abc-def"))
    assert "key-of-account" in set(secrets_within("AccountName=a;AccountKey=key-of-account;Suffix=b"))


def test_secrets_of_nginx_text_are_values_under_names_that_say_so() -> None:
    text = """
      proxy_set_header Authorization "Basic abc=";
      set $api_token 'one';
      proxy_set_header X-Token $http_x_token;
      proxy_set_header Host $host;
      add_header X-Any "Bearer two";
    """
    assert set(secrets_of_nginx(text)) == {"Basic abc=", "abc=", "one", "Bearer two", "two"}
