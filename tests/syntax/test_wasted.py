"""A statement that does nothing to Ruby is an error, wherever it stands; one with an effect never is."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from tests.syntax.reading import read

HASH = "{ 's3' => { 'bucket' => 'images' } }"
# Statement, what is said, what is advised.
LOOSE = "this value belongs to no setting", "a comma, = or => may be missing on the line before it"
CHOICE = "x = 1\nx ? (registry['a'] = 1) : registry['a'] == 2"
WASTED = [
    (f"registry['storage'] == {HASH}", "== compares and sets nothing", "write = to set it"),
    (f"registry['storage'] === {HASH}", "=== compares and sets nothing", "write = to set it"),
    ("registry['a'] != 'b'", "!= compares and sets nothing", "write = to set it"),
    ("x = 1\nx < 5", "< compares and sets nothing", "write = to set it"),
    ("x = 'a'\nx !~ /b/", "!~ compares and sets nothing", "write = to set it"),
    ("x = 1\nx == 1 or x == 2", "== compares and sets nothing", "write = to set it"),
    ("x = nil or 5", "= binds more strongly than or: this value is given to nothing", "write || for or"),
    (
        "registry['a'] = 1\nregistry['a'] || 2",
        "|| chooses between two values and sets nothing",
        "write registry['a'] = …",
    ),
    (
        "registry['a'] = 1\nregistry['a'] + 2",
        "+ makes a new value and sets nothing",
        "write registry['a'] += … to change it",
    ),
    ("'a' + 'b'", "+ makes a new value and sets nothing", "give it to a setting, or remove it"),
    ("registry['a']", "registry['a'] is given no value", "write = and the value"),
    ("x = { 'a' => 1 }\nx['a']", "x['a'] is given no value", "write = and the value"),
    ("ENV['A']", "this reads a value that nothing uses", "give it to a setting, or remove it"),
    ("x = 1\nx", "x stands here by itself, which does nothing", "write x = and a value, or remove it"),
    ("'a'", *LOOSE),
    ("'a' 'b'", *LOOSE),
    ('x = 1\n"a#{x}"', *LOOSE),
    ("5", *LOOSE),
    ("['a', 'b']", *LOOSE),
    (":a", "this value belongs to no setting", "remove it"),
    ("(5)", *LOOSE),
    ("<<E\na\nE", *LOOSE),
    ("x = 1\n-x", "this makes a value that nothing uses", "give it to a setting, or remove it"),
    ("x = 1\n!x", "this makes a value that nothing uses", "give it to a setting, or remove it"),
    ("defined?(registry)", "this makes a value that nothing uses", "give it to a setting, or remove it"),
    ("x = 1\nx ? 'a' : 'b'", "neither side of this ? : sets anything", "write the setting and = before it"),
    (CHOICE, "== compares and sets nothing", "write = to set it"),
    (
        f"registry['storage'] = {{}}\nregistry['storage'].merge({HASH})",
        ".merge gives a value that nothing uses; it changes and sets nothing",
        "write registry['storage'].merge! to change it",
    ),
    (
        "x = [2, 1]\nx.sort",
        ".sort gives a value that nothing uses; it changes and sets nothing",
        "write x = x.sort …",
    ),
    (
        "%w(a b).map { |x| x + 'c' }",
        ".map gives a value that nothing uses; it changes and sets nothing",
        "give it to a setting, or remove it",
    ),
    ("[1].each", ".each does nothing here", "write in its block what to set"),
    ("[1].each { |x| registry['a'] == x }", "== compares and sets nothing", "write = to set it"),
    (
        "[1].each { |x| x }",
        "x stands here by itself, which does nothing",
        "write x = and a value, or remove it",
    ),
    (
        "YAML.load_file('/etc/gitlab/values.yml')",
        "YAML.load_file gives a value that nothing uses; it changes and sets nothing",
        "from_file 'PATH' reads a file of settings",
    ),
    ("File.join('a', 'b')", "File.join gives a value that nothing uses; it changes and sets nothing", None),
    ("format('%d', 1)", "format gives a value that nothing uses; it changes and sets nothing", None),
    ("registry['a'] == 1 if true", "== compares and sets nothing", "write = to set it"),
    ("unless false\n  registry['a'] == 1\nend", "== compares and sets nothing", "write = to set it"),
    ("case 1\nwhen 1\n  registry['a'] == 1\nend", "== compares and sets nothing", "write = to set it"),
    ("registry['a'] = if true\n  5\n  6\nend", *LOOSE),
]
EFFECTS = [
    "x = [1]\nx << 2\nregistry['a'] = x",
    "x = { 'a' => 1 }\nx.merge!('b' => 2)\nregistry['a'] = x",
    "x = { 'a' => 1 }\nx['b'] = 2\nregistry['a'] = x",
    "x = [1, 2]\nx.delete(1)\nregistry['a'] = x",
    "x = [1, 2]\nx.push(3).length\nregistry['a'] = x",
    "x = %w(a b).freeze\nx.freeze\nregistry['a'] = x",
    "%w(a b).each { |x| registry[x] = 1 }",
    "%w(a b).map { |x| registry[x] = 1 }",
    '2.times { |i| registry["a#{i}"] = i }',
    "[1].each { |x| next if x == 1 }",
    "ENV.fetch('SET')",
    "ENV['SET'] && registry['a'] = 1",
    "ENV['SET'] and registry['a'] = 1",
    "ENV['SET'] or registry['a'] = 1",
    "ENV['SET'] ? (registry['a'] = 1) : nil",
    "registry['a'] = 1 if ENV['SET'] == 'x'",
    "registry['a'] = %w(a b).map { |x| y = x + 'c'; y }",
    "registry['a'] = if true then 5 else 6 end",
    "registry['a'] = case 1 when 1 then 'x' end",
    "registry['a'] = (1 == 2)",
    "'abc'.match(/(b)/)\nregistry['a'] = $1",
    "'abc' =~ /(b)/\nregistry['a'] = $1",
    "a = b = 1\nregistry['a'] = a + b",
    "a, b = 1, 2\nregistry['a'] = a + b",
    "require 'json'",
    "puts 'a'",
    "puts",
]


def _said(text: str, severity: Severity = Severity.ERROR) -> list[Diagnostic]:
    return [diagnostic for diagnostic in read(text + "\n").diagnostics if diagnostic.severity is severity]


@pytest.mark.parametrize(("text", "message", "help"), WASTED)
def test_statement_without_effect_is_an_error_that_names_what_was_meant(
    text: str, message: str, help: str | None
) -> None:
    diagnostics = _said(text)
    assert [(diagnostic.message, diagnostic.help) for diagnostic in diagnostics] == [(message, help)]


@pytest.mark.parametrize("text", EFFECTS)
def test_statement_with_an_effect_is_accepted(text: str) -> None:
    assert _said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "registry['a'] == 1 if ENV['NONE']",
        "if ENV['NONE']\n  registry['a'] == 1\nend",
        "case ENV['NONE']\nwhen 'x'\n  registry['a'] == 1\nend",
        "[].each { |x| registry['a'] == x }",
    ],
)
def test_statement_without_effect_in_a_branch_that_is_not_taken_is_a_warning(text: str) -> None:
    assert _said(text) == []
    (diagnostic,) = _said(text, Severity.WARNING)
    assert diagnostic.message == "== compares and sets nothing (what stands here is not evaluated this time)"


def test_comparison_in_place_of_an_assignment_is_shown_at_its_sign() -> None:
    (diagnostic,) = _said(f"registry['storage'] == {HASH}")
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.column, diagnostic.span.end_column) == ("no-effect", 21, 23)


def test_statement_with_a_mistake_inside_is_told_that_mistake_alone() -> None:
    (diagnostic,) = _said("registry['a'] == yes")
    assert diagnostic.code == "unquoted-value"
