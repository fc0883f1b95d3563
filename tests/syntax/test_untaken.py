"""What is not evaluated this time is looked at as well, but a mistake there is a warning."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.syntax.reading import places, read

# Each marks with ^ the place where a warning is expected.
NOT_EVALUATED = [
    ("if false\n  registry['a'] = ^yes\nend\n", "unquoted-value"),
    ("registry['a'] = ^yes if ENV['NOT_SET']\n", "unquoted-value"),
    ("unless true\n  registry['a'] = ^debug\nend\n", "unquoted-value"),
    ("if true\n  registry['a'] = 1\nelsif true\n  registry['a'] = ^debug\nend\n", "unquoted-value"),
    ("if true\n  registry['a'] = 1\nelse\n  ^unknown['a'] = 1\nend\n", "unknown-name"),
    ("if true\n  registry['a'] = 1\nelse\n  ^unknown 'x'\nend\n", "unknown-name"),
    ("if false\n  ^external_url = 'x'\nend\n", "assignment-to-local"),
    (
        "case 1\nwhen 1 then registry['a'] = 1\nwhen 2 then registry['a'] = ^True\nend\n",
        "unquoted-value",
    ),
    ("registry['a'] = true ? 1 : ^two\n", "unquoted-value"),
    ("registry['a'] = ENV['SET'] || ^default_value\n", "unquoted-value"),
    ("registry['a'] = ENV['NOT_SET'] && [1, { 'a' => ^word }]\n", "unquoted-value"),
    ("[].each { |one| registry[one] = ^word }\n", "unquoted-value"),
    ("registry['a'] = [].map { |one| one + \"#{^word}\" }\n", "unquoted-value"),
    ("if false\n  registry['a'] = [1].map { |one| one + ^two }\nend\n", "unquoted-value"),
    ("if false\n  registry['a'] = ^warn\nend\n", "unquoted-value"),
    ("if false\n  registry['a'] = ^system('x')\nend\n", "forbidden"),
]

IN_ORDER = [
    "if false\n  x = 1\n  registry['a'] = x\nend\n",
    "if false\n  x, registry['b'] = 1, 2\n  registry['a'] = x\nend\n",
    "if false\n  puts 'x'\n  warn 'y'\n  require 'json'\n  from_file '/etc/gitlab/more.rb'\nend\n",
    "registry['a'] = 1 if ENV['NOT_SET'].is_a?(String)\n",
    "if false\n  registry['a'] = ENV['A'].is_a?(Integer) ? Integer(ENV['A']) : File.read('/x')\nend\n",
    "if false\n  registry['a'] = case 1\n  when Integer, nil then nginx['b']\n  end\nend\n",
    "if false\n  external_url 'https://x'\n  registry['a'] = Gitlab['registry']['b']\nend\n",
    "registry['a'] = [].map { |a, (b, *c)| [a, b, c] }\n",
    "if false\n  registry['a'] = defined?(Foo)\nend\n",
    "[1, 2].each { |one| registry['a'] = one if one == 2 }\n",
]


@pytest.mark.parametrize(("marked", "code"), NOT_EVALUATED)
def test_mistake_that_is_not_evaluated_is_a_warning_at_its_place(marked: str, code: str) -> None:
    before, after = marked.split("^")
    (diagnostic,) = read(before + after).diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, code)
    assert (diagnostic.span.line, diagnostic.span.column) == (
        before.count("\n") + 1,
        len(before.rpartition("\n")[2]) + 1,
    )
    assert diagnostic.message.endswith("(what stands here is not evaluated this time)")


@pytest.mark.parametrize("text", IN_ORDER)
def test_valid_text_that_is_not_evaluated_has_no_findings(text: str) -> None:
    assert places(text) == []


def test_mistakes_of_a_branch_that_is_taken_are_errors_and_those_of_the_other_are_warnings() -> None:
    text = "if true\n  registry['a'] = yes\n  registry['b'] = no\nelse\n  registry['c'] = foo\nend\n"
    said = [
        (diagnostic.span.line, diagnostic.severity)
        for diagnostic in read(text).diagnostics
        if diagnostic.span
    ]
    assert said == [(2, Severity.ERROR), (3, Severity.ERROR), (5, Severity.WARNING)]


def test_branch_that_many_rounds_do_not_take_is_looked_at_once() -> None:
    text = "(1..5000).each { |one| registry['a'] = foo if one == 0 }\n"
    assert [code for _, _, code in places(text)] == ["unquoted-value"]


def test_long_chain_that_is_not_evaluated_is_walked_without_recursion() -> None:
    chain = " + ".join(["1"] * 20_000)
    assert places(f"registry['a'] = {chain} if false\n") == []
