"""YAML as Psych 4 reads it."""

from __future__ import annotations

import math

import pytest

from ctl.syntax.documents import Unreadable, load_json, load_yaml
from ctl.syntax.model import Limits

SAME = [
    "0o10",
    "08",
    "1e3",
    "1.5e3",
    "12:60",
    "y",
    "n",
    "Y",
    "N",
    "1__0",
    "_1",
    "1_",
    "0.1_0",
    "1.2.3",
    "1-2",
    "=",
    "--",
]
READ = [
    ("010", 8),
    ("0x1F", 31),
    ("-0x1F", -31),
    ("0b101", 5),
    ("1_000", 1000),
    ("1,000", 1000),
    ("1:30", 5400),
    ("-1:30", -1800),
    ("1:30:15", 5415),
    ("1:30.5", 5430.0),
    ("1.5e+3", 1500.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("1_0.5", 10.5),
    ("yes", True),
    ("yEs", True),
    ("on", True),
    ("OFF", False),
    ("no", False),
    ("~", None),
    ("nuLL", None),
    ("", None),
    (":a", "a"),
    (':"a b"', "a b"),
    ("'1'", "1"),
    ('"\\x41"', "A"),
    ("2020-13-45", "2020-13-45"),
    ("!!null x", "x"),
    ("!!str 1", "1"),
    ("!!int '1'", 1),
    ("!foo bar", "bar"),
]


@pytest.mark.parametrize(("text", "expected"), [*READ, *((text, text) for text in SAME)])
def test_scalar_without_quotes_means_what_psych_makes_of_it(text: str, expected: object) -> None:
    (scalar,) = load_yaml(f"- {text}", Limits())
    assert (str(scalar) if isinstance(scalar, str) else scalar) == expected
    assert isinstance(scalar, type(expected))


def test_infinity_and_not_a_number_are_read() -> None:
    assert load_yaml("[.inf, -.INF]", Limits()) == [math.inf, -math.inf]
    assert math.isnan(load_yaml(".nan", Limits()))


@pytest.mark.parametrize(
    "text",
    [
        "2001-01-01",
        "2001-01-01T01:02:03Z",
        "2001-02-30",
        "!!set {a, b}",
        "[&x 1, *x]",
        "!ruby/object:Foo {}",
        "!ruby/regexp /a/",
        "[1",
        "a: b: c",
        "\ta: 1",
    ],
)
def test_yaml_that_ruby_refuses_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        load_yaml(text, Limits())


def test_first_document_alone_counts_and_an_empty_text_is_nil() -> None:
    assert load_yaml("--- 1\n--- 2\n", Limits()) == 1
    assert load_yaml("# nothing\n", Limits()) is None


def test_merge_key_takes_over_the_entries() -> None:
    assert load_yaml("<<: {a: 1}\nb: 2\n", Limits()) == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000 + "x"])
def test_yaml_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        load_yaml(text, Limits())


@pytest.mark.parametrize("text", ["", "{", "[1,]", "NaN", "1e999", "[" * 100_000, "'a'", "9" * 5000])
def test_json_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        load_json(text, Limits())
