"""How diagnostics look."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.diagnostics.render import render_json, render_text

FILE = "/etc/gitlab/gitlab.rb"


def at(line: int, column: int, end: int, *, end_line: int | None = None, **more: str) -> Diagnostic:
    place = Span(FILE, line, column, end_line or line, end)
    return Diagnostic(
        Severity.ERROR, more.get("code", "code"), more.get("message", "message"), place, more.get("help")
    )


def excerpt(source: str, column: int, end: int, **more: int) -> list[str]:
    """Give the source line and the line with the caret, without the margin."""
    shown = render_text([at(1, column, end)], {FILE: source}, width=more.get("width"))
    return [line.partition("| ")[2] for line in shown.split("\n")[1:]]


UNKNOWN = Diagnostic(
    Severity.ERROR,
    "unknown-setting",
    "registry['enabled'] is not a setting",
    Span(FILE, 12, 10, 12, 19),
    "did you mean registry['enable']?",
)
WARNING = Diagnostic(
    Severity.WARNING,
    "given-twice",
    "registry['a'] is set twice",
    Span(FILE, 3, 1, 3, 9),
    "one way\nor another",
)
WHOLE = Diagnostic(Severity.NOTE, "empty", "the file holds no settings")
SOURCE = "\n" * 2 + "registry['a'] = 1\n" + "\n" * 8 + "registry['enabled'] = true\n"


def test_text_of_several_diagnostics_is_sorted_and_complete() -> None:
    assert render_text([UNKNOWN, WARNING, WHOLE], {FILE: SOURCE}) == (
        "note[empty]: the file holds no settings\n"
        "\n"
        "/etc/gitlab/gitlab.rb:3:1: warning[given-twice]: registry['a'] is set twice\n"
        "    3 | registry['a'] = 1\n"
        "      | ^^^^^^^^\n"
        "      = help: one way\n"
        "              or another\n"
        "\n"
        "/etc/gitlab/gitlab.rb:12:10: error[unknown-setting]: registry['enabled'] is not a setting\n"
        "   12 | registry['enabled'] = true\n"
        "      |          ^^^^^^^^^\n"
        "      = help: did you mean registry['enable']?"
    )


def test_text_in_colour_has_the_same_words() -> None:
    shown = render_text([UNKNOWN, WARNING], {FILE: SOURCE}, color=True)
    assert "\x1b[1;31merror[unknown-setting]\x1b[0m" in shown
    assert "\x1b[1;33mwarning[given-twice]\x1b[0m" in shown
    assert "\x1b[1;31m^^^^^^^^^\x1b[0m" in shown


def test_json_of_several_diagnostics_is_sorted_and_complete() -> None:
    assert json.loads(render_json([UNKNOWN, WHOLE])) == [
        {
            "file": None,
            "line": None,
            "column": None,
            "end_line": None,
            "end_column": None,
            "severity": "note",
            "code": "empty",
            "message": "the file holds no settings",
            "help": None,
        },
        {
            "file": FILE,
            "line": 12,
            "column": 10,
            "end_line": 12,
            "end_column": 19,
            "severity": "error",
            "code": "unknown-setting",
            "message": "registry['enabled'] is not a setting",
            "help": "did you mean registry['enable']?",
        },
    ]


def test_no_diagnostics_are_no_text_and_an_empty_array() -> None:
    assert render_text([], {}) == ""
    assert render_json([]) == "[]"


def test_source_that_is_not_given_is_left_out() -> None:
    assert render_text([at(1, 1, 2)], {}) == f"{FILE}:1:1: error[code]: message"
    assert render_text([at(9, 1, 2)], {FILE: "a\n"}) == f"{FILE}:9:1: error[code]: message"


@pytest.mark.parametrize(
    ("source", "column", "end", "shown", "caret"),
    [
        ("a = b", 5, 6, "a = b", "    ^"),
        ("\ta\tb", 4, 5, "    a   b", "        ^"),
        ("\u65e5\u672c = x", 6, 7, "\u65e5\u672c = x", "       ^"),
        ("\u65e5\u672c", 2, 3, "\u65e5\u672c", "  ^^"),
        ("e\u0301 = x", 6, 7, "e\u0301 = x", "    ^"),
        ("a\x1b[31mb", 7, 8, "a\\x1b[31mb", "         ^"),
        ("a\u202eb", 2, 3, "a\\u202eb", " ^^^^^^"),
        ("a\x00b", 3, 4, "a\\x00b", "     ^"),
        ("a\ud800b", 2, 3, "a\\ud800b", " ^^^^^^"),
        ("a = \r", 5, 6, "a =", "    ^"),
        ("abc", 4, 5, "abc", "   ^"),
        ("\ufeffabc", 1, 2, "abc", "^"),
        ("", 1, 2, "", "^"),
    ],
)
def test_caret_stands_below_its_characters(
    source: str, column: int, end: int, shown: str, caret: str
) -> None:
    text, *carets = render_text([at(1, column, end)], {FILE: source}).split("\n")[1:]
    assert text == f"    1 | {shown}".rstrip()
    assert carets == [f"      | {caret}"]


def test_range_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    shown = render_text([at(1, 5, 2, end_line=3)], {FILE: "a = {\n  1\n}\n"})
    assert shown.split("\n")[1:] == ["    1 | a = {", "      |     ^"]


@pytest.mark.parametrize("column", [1, 50, 500, 999, 1000])
def test_long_line_is_cut_around_the_caret(column: int) -> None:
    source = "".join(chr(ord("a") + number % 26) for number in range(1000))
    text, caret = excerpt(source, column, column + 1, width=60)
    assert len(text) <= 60 - 8
    assert text[caret.index("^")] == source[column - 1]
    assert text.startswith("…") == (column > 50)
    assert text.endswith("…") == (column < 980)


def test_long_range_is_cut_with_its_line() -> None:
    text, caret = excerpt("a" * 1000, 3, 900, width=60)
    assert len(caret) <= len(text) == 52


def test_line_of_a_million_characters_is_rendered_two_hundred_times_without_looking_at_all_of_it() -> None:
    diagnostics = [at(1, 5000 * number + 1, 5000 * number + 3) for number in range(200)]
    shown = render_text(diagnostics, {FILE: "x" * 1_000_000})
    assert max(map(len, shown.split("\n"))) <= 120


def test_control_characters_of_messages_and_names_never_reach_the_terminal() -> None:
    diagnostic = Diagnostic(Severity.ERROR, "code", "a\x1b[2Jb\nc", Span("x\x1b]0;y", 1, 1, 1, 2), "h\x9bz")
    shown = render_text([diagnostic], {})
    assert shown == "x\\x1b]0;y:1:1: error[code]: a\\x1b[2Jb\\x0ac\n      = help: h\\u009bz"


SECRETS = [
    ("registry['http_secret'] = 'hunter2' junk", "registry['http_secret'] = '…………………' …………"),
    ('gitlab_rails["smtp_password"] = "hunter2', 'gitlab_rails["smtp_password"] = "…………………'),
    ("registry['token'] = hunter2", "registry['token'] = …………………"),
    ("registry['password] = 'hunter2'", None),
    ("registry['s'] = { 'a' => 'hunter2', 'secretkey' => 'hunter2' 'b' => 'c' }", None),
    ("  password: hunter2", "  password: …………………"),
    ("  secretkey: 'hunter2',", "  secretkey: '…………………',"),
    ("# smtp_password = hunter2", None),
    ("registry['x_key'] = ENV['hunter2'] + 'b'", "registry['x_key'] = ENV['…………………'] + '…'"),
    ("registry['x_key'] = File.read('hunter2').strip", "registry['x_key'] = File.read('…………………').strip"),
    ("x['salt'] = YAML.load('a: hunter2') # hunter2", None),
    ("x['password'] = 'a' => 'hunter2'", None),
    ("smtp_password hunter2", None),
    ("smtp_password 'hunter2'", None),
    ("registry['storage']['s3']['secretkey'] 'hunter2'", None),
    ("registry['password'] = 'it''hunter2'", None),
    ("registry['password'] = 'a\\'hunter2'", None),
    ("registry['password'] = %q(hunter2)", None),
    ("'password' => hunter2", None),
    ("registry[:password] = 12345 + hunter2", None),
    ("registry['dsn'] = 'https://key:hunter2@host/1'", None),
]


@pytest.mark.parametrize(("source", "expected"), SECRETS)
def test_line_with_a_secret_shows_its_setting_and_not_its_value(source: str, expected: str | None) -> None:
    shown = render_text([at(1, 1, 2)], {FILE: source}).split("\n")[1].removeprefix("    1 | ")
    assert "hunter2" not in shown
    assert len(shown) == len(source)
    if expected is not None:
        assert shown == expected


def test_line_named_as_secret_is_hidden_wholly() -> None:
    source = "registry['x'] = <<EOS\nhunter2 'a' = true\nEOS\n"
    shown = render_text([at(2, 1, 2)], {FILE: source}, secret_lines={(FILE, 2)})
    assert shown.split("\n")[1] == "    2 | " + "…" * 18


def test_wide_secret_is_hidden_in_its_width() -> None:
    text, caret = excerpt("a['password'] = '\u65e5\u672c' x", 22, 23)
    assert text == "a['password'] = '…………' …"
    assert text[caret.index("^")] == "…"


@given(
    st.text(max_size=200).filter(lambda text: "\n" not in text),
    st.integers(1, 250),
    st.integers(0, 40),
    st.integers(1, 130),
)
def test_any_line_is_shown_within_the_width_and_without_control_characters(
    source: str, column: int, length: int, width: int
) -> None:
    shown = render_text([at(1, column, column + length)], {FILE: source}, width=width)
    _, text, caret = shown.split("\n")
    columns = sum(
        0
        if unicodedata.category(character) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
    assert columns <= max(width, 30)
    assert "^" in caret
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in text)


def test_deprecation_takes_one_line() -> None:
    diagnostic = Diagnostic(
        Severity.DEPRECATION, "old-name", "a is old", Span("gitlab.rb", 1, 1, 1, 2), "write b"
    )
    text = render_text([diagnostic], {"gitlab.rb": "a = 1\n"})
    assert text == "gitlab.rb:1:1: deprecation[old-name]: a is old; write b"
