"""Input that no person writes: one clear error, soon, and never an exception."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.syntax.model import Limits, Value
from tests.syntax.reading import ROOTS, read, value_of
from tests.syntax.samples import SAMPLES

PIECES = [
    "'",
    '"',
    "`",
    "%w(",
    "%q{",
    "<<A\n",
    "<<~A\n",
    "#{",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    ",",
    "=>",
    "=",
    "==",
    ":",
    "::",
    ";",
    "\\",
    "/",
    "?",
    "!",
    ".",
    "..",
    "...",
    "->",
    "&",
    "|",
    "*",
    "**",
    "+",
    "-",
    "%",
    "<",
    ">",
    "@a",
    "$a",
    "\n",
    "\r\n",
    "\t",
    "a:",
    "'a':",
    "registry['a']",
    "registry",
    "external_url",
    "ENV['X']",
    "File.read",
    "YAML.load",
    "if",
    "unless",
    "else",
    "elsif",
    "end",
    "do",
    "while",
    "def",
    "case",
    "begin",
    "true",
    "nil",
    "1",
    "1.5",
    "0x",
    "0644",
    "1e9",
    "'x'",
    '"y"',
    "#",
    "=begin\n",
    "=end\n",
    "__END__\n",
    "“",
    "\xa0",
    "\x00",
    "�",
    "é",
    "A\n",
    "not",
    "and",
    "or",
    "",
]

ENDLESS = [
    "'",
    '"',
    "`",
    "%w(",
    "<<A\n",
    "<<~A ",
    '"#{',
    "=begin\n",
    "/",
    "[",
    "{",
    "(",
    "a[",
    "{a:",
    "- ",
    "!",
    "not ",
    "1+",
]
ENDLESS += [
    "a=",
    "if a\n",
    "do ",
    "def ",
    "x do\n",
    "registry['a'] = '",
    "registry['a'] = {\n",
    ".b",
    "a.b",
    "\n.",
    "#\n",
    "end\n",
]
ENDLESS += [
    "}",
    "'a' => ",
    "registry['a']['b']",
    "YAML.load ",
    "registry['a'] = 'x' if ",
    "unless x\nelse\n",
    "\0",
    "\\",
    "\u201c",
    'x = "#{\n',
    '"#{"#{\n',
    '"#{a(\n',
    "`#{\n",
    "%W(#{\n",
    "x = <<A\n#{",
    "<<~A\n#{<<~B}\n",
    "x = case 1\nwhen 2 then ",
]


def codes(text: str, limits: Limits | None = None) -> list[str]:
    return [diagnostic.code for diagnostic in read(text, limits=limits).diagnostics]


@settings(max_examples=400, deadline=None)
@given(st.text())
def test_any_text_is_read_without_an_internal_error(text: str) -> None:
    assert "internal-error" not in codes(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_any_heap_of_pieces_is_read_without_an_internal_error(pieces: list[str], between: str) -> None:
    assert "internal-error" not in codes(between.join(pieces))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2000), st.integers(0, 60), st.sampled_from(PIECES))
def test_any_damage_to_a_sample_is_read_without_an_internal_error(
    name: str, at: int, cut: int, piece: str
) -> None:
    text = SAMPLES[name]
    assert "internal-error" not in codes(text[:at] + piece + text[at + cut :])


@pytest.mark.parametrize("piece", ENDLESS)
def test_piece_repeated_without_end_is_read_in_time(piece: str) -> None:
    begin = time.monotonic()
    seen = codes(piece * (100_000 // len(piece)))
    assert time.monotonic() - begin < 20
    assert "internal-error" not in seen
    assert len(seen) <= Limits().errors + 1


@pytest.mark.parametrize("opener", ["[", "{", "(", "registry['a'] = [", "a[", "{ a: ", '"#{', "x("])
def test_ten_thousand_open_brackets_are_one_error(opener: str) -> None:
    assert len(codes(opener * 10_000)) == 1


def test_file_of_fifty_megabytes_is_one_error() -> None:
    assert codes("registry['a'] = 1\n" * 2_800_000) == ["limit"]


def test_byte_that_is_not_utf8_is_one_error_in_its_place() -> None:
    text = b"registry['a'] = 1\nregistry['b'] = 'caf\xe9'\n".decode(errors="surrogateescape")
    (diagnostic,) = read(text).diagnostics
    assert (diagnostic.code, diagnostic.span and (diagnostic.span.line, diagnostic.span.column)) == (
        "not-utf-8",
        (2, 21),
    )


def test_values_that_double_at_each_line_end_at_the_limit() -> None:
    lines = ["registry['v0'] = ['x']"]
    lines += [f"registry['v{n}'] = [registry['v{n - 1}'], registry['v{n - 1}']]" for n in range(1, 60)]
    assert codes("\n".join(lines)) == ["limit"]


def test_strings_that_double_at_each_line_end_at_the_limit() -> None:
    lines = ["registry['v0'] = 'x' * 1000"]
    lines += [f"registry['v{n}'] = registry['v{n - 1}'] + registry['v{n - 1}']" for n in range(1, 12)]
    assert "limit" in codes("\n".join(lines))


def test_errors_beyond_the_limit_are_counted_not_listed() -> None:
    seen = codes("registry['a'] = yes\n" * 30, Limits(errors=10))
    assert seen == ["unquoted-value"] * 10 + ["too-many-errors"]


def test_empty_text_has_no_settings_and_no_findings() -> None:
    for text in ("", "\n", "# nothing", "\ufeff", "__END__"):
        assert read(text).values == {}
        assert codes(text) == []


def test_import_of_the_evaluator_loads_nothing_heavy() -> None:
    program = (
        "import sys; import ctl.syntax.evaluator, ctl.diagnostics.render;"
        "print(*sorted({'yaml', 'pydantic', 'jinja2', 'difflib', 'subprocess'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def _escaped(text: str) -> str:
    return "".join(
        f"\\u{{{ord(character):x}}}" if character in '\\"#\0\r' else character for character in text
    )


def _literal(value: Value, style: int) -> str:
    if isinstance(value, str):
        if style % 2 and "\r" not in value:
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return f'"{_escaped(value)}"'
    if isinstance(value, list):
        return (
            "["
            + ", ".join(_literal(item, style) for item in value)
            + ("," if style % 3 == 1 and value else "")
            + "]"
        )
    if isinstance(value, dict):
        pairs = (f"{_literal(key, style)} => {_literal(item, style)}" for key, item in value.items())
        return "{ " + ",\n  ".join(pairs) + " }"
    return "nil" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: "e" not in repr(number)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.integers(0, 5))
def test_value_written_as_a_literal_is_read_back(value: Value, style: int) -> None:
    assert "registry" in ROOTS
    assert value_of(_literal(value, style)) == value
