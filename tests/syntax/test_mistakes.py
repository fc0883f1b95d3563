"""What is said of a mistake, and exactly where."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.syntax.reading import errors, places, read

ONE_LINE = [
    ("external_url = 'x'", 1, "assignment-to-local"),
    ("registy['a'] = 1", 1, "unknown-name"),
    ("grafana_url 'x'", 1, "unknown-name"),
    ("default['a'] = 1", 1, "reserved-name"),
    ("registry['a'] = yes", 17, "unquoted-value"),
    ("registry['a'] = True", 17, "unquoted-value"),
    ("registry['a'] = 172.20.1.1", 17, "unquoted-value"),
    ("registry['a'] = 10.0.0.0/8", 17, "unquoted-value"),
    ("registry['a'] = 5m", 17, "unquoted-value"),
    ("registry['a'] = /var/opt/x", 17, "unquoted-value"),
    ("registry['a'] = https://x.example/y", 17, "unquoted-value"),
    ("registry['a'] = foo bar", 17, "unquoted-value"),
    ("registry[a] = 1", 10, "unquoted-value"),
    ("registry['a'] = <secret>", 17, "placeholder"),
    ("registry['a'] = ...", 17, "elision"),
    ("registry['a'] =", 15, "missing-value"),
    ("registry['a']", 1, "missing-value"),
    ("external_url", 1, "missing-value"),
    ("registry['a'] true", 15, "missing-equals"),
    ("registry['a'] => true", 15, "missing-equals"),
    ("registry['a']: true", 14, "missing-equals"),
    ("external_url: 'x'", 1, "yaml-style"),
    ("registry['a' = 1", 12, "missing-bracket"),
    ("registry'a'] = 1", 9, "missing-bracket"),
    ("registry['a] = 'b'", 10, "missing-quote"),
    ("registry ['a'] = 1", 9, "space-before-bracket"),
    ("registry['a'] = ['b' 'c' => 1", 29, "missing-bracket"),
    ("registry['a'] = { 'b' = 1 }", 23, "missing-arrow"),
    ("registry['a'] = { 'b' > 1 }", 23, "missing-arrow"),
    ("registry['a'] = { 'b' 'c' }", 23, "missing-arrow"),
    ("registry['a'] = { 'b' => }", 23, "missing-value"),
    ("registry['a'] = { b: }", 19, "missing-value"),
    ("registry['a'] = [1,, 2]", 20, "missing-value"),
    ("registry['a'] = 1,", 18, "stray-comma"),
    ("registry['a'] = 1 }", 19, "stray-bracket"),
    ("registry['a'] = 'b' junk", 21, "unexpected"),
    ("// a comment", 1, "unexpected"),
    ("registry['a'] = \u201cb\u201d", 17, "typographic-character"),
    ("registry['a']\u00a0= 1", 14, "typographic-character"),
    ("registry['a'] = \"#$b\"", 18, "forbidden"),
    (r"registry['a'] = '' + " + '"\\xff"', 23, "bad-escape"),
    ("registry['a'] = 'b' + 1", 21, "wrong-type"),
    ("registry['a'] = 1 / 0", 19, "wrong-value"),
    ("registry['a'] = 'b' * 99999999", 21, "limit"),
    ("registry['a'] = 9 ** 99999", 19, "limit"),
    ("registry['a'] = 'b'.shout", 21, "unknown-method"),
    ("registry['a'] = 'b'.strip(1)", 21, "wrong-arguments"),
    ("registry['a'] = File.read('/none')", 17, "read-refused"),
    ("registry['a'] = ENV.fetch('NONE')", 17, "environment-not-set"),
    ("registry['a'] = node['none']", 17, "unknown-name"),
    ("registry['a'] = YAML.load('{')", 17, "unreadable-document"),
    ("registry['a'] = JSON.parse('{')", 17, "unreadable-document"),
    ("registry.enable = true", 1, "unexpected"),
    ("require 'net/http'", 1, "forbidden"),
    ("system 'ls'", 1, "forbidden"),
    ("registry['a'] = `ls`", 17, "forbidden"),
    ("registry['a'] = %x(ls)", 17, "forbidden"),
    ("registry['a'] = SecureRandom.hex(3)", 17, "forbidden"),
    ("ENV['A'] = 'b'", 1, "forbidden"),
    ("File.write('a', 'b')", 1, "forbidden"),
    ("$a = 1", 1, "forbidden"),
    ("registry['a'] = -> { 1 }", 17, "forbidden"),
    ("registry['a'] += 1", 1, "wrong-type"),
    ("registry['a'] = nil.upcase", 21, "unknown-method"),
    ("registry['a'] = 'b' < 1", 21, "wrong-type"),
    ("registry['a'] = 'b' =~ /(b/", 24, "bad-regex"),
    ("registry['a'] = 'b' =~ /(?=b)/", 24, "not-supported"),
    ("registry['a'] = 'b' =~ /#{1}/", 24, "not-supported"),
    ("registry['a'] = '%d' % 'x'", 22, "wrong-type"),
    ("registry['a'] = '%s %s' % 'x'", 25, "wrong-arguments"),
    ("registry['a'] = (1..2)", 1, "wrong-type"),
    ("registry['a'] = [1].map", 1, "wrong-type"),
    ("registry['a'] = [1].shuffle", 21, "unknown-method"),
    ("registry['a'] = ENV['NONE'] ? 1", 31, "unexpected"),
    ("from_file '/none'", 1, "read-refused"),
    ("eval ENV['NONE']", 1, "wrong-type"),
    ("eval '1'", 1, "forbidden"),
    ("eval File.read('/bare')", 1, "forbidden"),
    ("registry['a'] = `hostname -i`", 17, "forbidden"),
    ("registry['a'] = %w(a).map { |x| x + 1 }", 35, "wrong-type"),
    ("registry['a'] = %w(a).map { |x| y }", 33, "unquoted-value"),
    ("git_data_dirs { 'default' => 1 }", 15, "unexpected"),
    ("registry { 'a' }", 10, "unexpected"),
    ("x = lambda { 1 }", 5, "forbidden"),
    ("next", 1, "unexpected"),
    ("registry['v'] = case 1 when Foo then 2 end", 29, "unknown-name"),
    ("registry['a'] = 1\0", 18, "unexpected"),
    ("__ENCODING__ = 2", 1, "forbidden"),
    ("_1 = 2", 1, "reserved-name"),
    ("_9 ||= 2", 1, "reserved-name"),
    ("x, _2 = 1, 2", 4, "reserved-name"),
    ("registry['a'] = [1, 2].map { _1 = 2* 2 }", 30, "reserved-name"),
    ("registry['a'] = [1].map { |_1| 3 }", 28, "reserved-name"),
    ("registry['a'] = [[1, [2]]].map { |x, (_3)| x }", 39, "reserved-name"),
]


@pytest.mark.parametrize(("line", "column", "code"), ONE_LINE)
def test_mistake_on_a_line_is_the_only_finding_and_stands_in_its_place(
    line: str, column: int, code: str
) -> None:
    text = f"registry['before'] = 1\n{line}\nregistry['after'] = 2\n"
    evaluated = read(text)
    assert [
        (diagnostic.code, diagnostic.span and (diagnostic.span.line, diagnostic.span.column))
        for diagnostic in evaluated.diagnostics
    ] == [(code, (2, column))]
    registry = evaluated.values["registry"]
    assert isinstance(registry, dict)
    assert (registry["before"], registry["after"]) == (1, 2)


BLOCKS = [
    ("if ENV['X'] == yes\n  registry['a'] = 1\nelsif false\n  foo 1\nelse\n  x = 2\nend", "unquoted-value"),
    ("if true\n  registry['a'] = foo\nend", "unquoted-value"),
    ("unless x\n  registry['a'] = 1\nend", "unquoted-value"),
    ("%w(a b).each do |x|\n  registry[x] = 1\n  if x\n    foo\n  end\nend", "unknown-name"),
    ("%w(a b).each do |x|\n  registry[x] = 1 2\nend", "unexpected"),
    ("%w(a b).each { |x|\n  registry[x] = 1 2\n}", "unexpected"),
    ("case x\nwhen 1 then 2\nend", "unquoted-value"),
    ("case 1\nend", "unexpected"),
    ("def foo\n  if x\n    1\n  end\nend", "forbidden"),
    ("while x do\n  foo\nend", "forbidden"),
    ("begin\n  1\nrescue\n  2\nend", "forbidden"),
    ("class A\n  def b; end\nend", "forbidden"),
    ("registry['a'] = <<EOS\n  foo 'x\n  {{{\n", "unclosed-heredoc"),
    ("registry['a'] = foo <<EOS\n  } ' {{{\nEOS", "unquoted-value"),
    ("registry['a'] = {\n  'b' => 1,\n  'c' => {\n    'd' => 2\n  }", "missing-bracket"),
    ("registry['a'] = [\n  'b',\n  'c'", "missing-bracket"),
    ("registry['a'] = {\n  'b' => 1\n  'c' => 2\n}", "missing-comma"),
    ("registry['a'] = {\n  'b' => 'x,\n  'c' => 'y'\n}", "unclosed-string"),
    ("registry['a'] = 'x", "unclosed-string"),
    ("registry['a'] = 'x\"", "unclosed-string"),
    ("registry['a'] = \"x #{1", "unclosed-string"),
]


@pytest.mark.parametrize(("block", "code"), BLOCKS)
def test_block_with_a_mistake_gives_one_error_and_reading_goes_on_behind_it(block: str, code: str) -> None:
    evaluated = read(f"registry['before'] = 1\n{block}\nregistry['after'] = 2\nregistry['last'] = 3\n")
    assert [diagnostic.code for diagnostic in evaluated.diagnostics] == [code]
    registry = evaluated.values["registry"]
    assert isinstance(registry, dict)
    assert (registry["before"], registry["after"], registry["last"]) == (1, 2, 3)


def test_mistakes_in_several_statements_are_all_found_in_one_run() -> None:
    text = (
        "registry['a' = 1\nregistry['b'] = yes\nregistry['c'] = {\n  'x' => 1\n  'y' => 2\n}\nfoo 'x'\nif 1\n"
    )
    assert [(line, code) for line, _, code in places(text)] == [
        (1, "missing-bracket"),
        (2, "unquoted-value"),
        (4, "missing-comma"),
        (7, "unknown-name"),
        (8, "missing-end"),
    ]


def test_wrong_values_in_one_hash_are_all_found() -> None:
    text = "registry['a'] = {\n  'b' => yes,\n  'c' => 1,\n  'd' => `ls`\n}\n"
    assert [(line, code) for line, _, code in places(text)] == [(2, "unquoted-value"), (4, "forbidden")]


def test_local_variable_whose_value_is_wrong_is_not_refused_again_where_it_is_used() -> None:
    text = "name = yes\nregistry['a'] = \"#{name}\"\nregistry['b'] = name + 'y'\n"
    assert places(text) == [(1, 8, "unquoted-value")]
    assert read(text).values.get("registry", {}) == {}


def test_local_variable_of_a_branch_that_nobody_knows_is_not_refused_again() -> None:
    text = "if yes\n  name = 'x'\nend\nregistry['a'] = name + 'y'\n"
    assert places(text) == [(1, 4, "unquoted-value")]


def test_mistake_in_a_block_is_reported_once_for_all_rounds() -> None:
    assert places("%w(a b c).each do |x|\n  registry[x] = yes\nend\n") == [(2, 17, "unquoted-value")]


def test_local_variable_that_is_never_used_warns_and_suggests_the_setting() -> None:
    (diagnostic,) = read("registry_external_ur = 'x'\n").diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "unused-local")
    assert diagnostic.help == "did you mean the setting registry_external_url, which is written without =?"


def test_comparison_alone_on_a_line_warns() -> None:
    assert places("registry['a'] = 1\nregistry['a'] == 2\n") == [(2, 15, "no-effect")]


def test_or_assignment_of_an_unset_setting_warns_that_it_never_sets() -> None:
    evaluated = read("registry['a'] ||= 'x'\n")
    assert [diagnostic.code for diagnostic in evaluated.diagnostics] == ["never-set"]
    assert evaluated.values == {"registry": {"a": {}}}


@pytest.mark.parametrize("condition", ["\"#{ENV['SET']}\"", "'false'", '!"#{1}"'])
def test_string_as_a_condition_warns(condition: str) -> None:
    assert [code for _, _, code in places(f"registry['a'] = 1 if {condition}\n")] == ["always-true"]


def test_printing_is_a_note_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    (diagnostic,) = read("puts ENV['SET']\n").diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.NOTE, "prints-nothing")
    assert capsys.readouterr() == ("", "")


GIVEN_TWICE = [
    ("if true\n  registry['a'] = 1\nelse\n  registry['a'] = 2\nend", []),
    ("registry['a'] = 1\nregistry['a'] = 2 if true", []),
    ("registry['a'] = 1 if true\nregistry['a'] = 2", [2]),
    ("if true\n  registry['a'] = 1\n  registry['a'] = 2\nend", [3]),
    ("%w(a b).each do |x|\n  registry['k'] = x\nend", []),
    ("%w(a b).each do |x|\n  registry['k'] = x\n  registry['k'] = 1\nend", [3]),
    ("registry['a'] = 1\nregistry['a'] += 2", []),
    ("registry['a'] = 1\nfrom_file '/etc/gitlab/more.rb'", []),
]


@pytest.mark.parametrize(("text", "lines"), GIVEN_TWICE)
def test_setting_given_twice_warns_where_nothing_but_a_slip_explains_it(text: str, lines: list[int]) -> None:
    warned = [line for line, _, code in places(text + "\n") if code == "given-twice"]
    assert warned[: len(lines)] == lines
    assert bool(warned) == bool(lines)


def test_missing_bracket_names_the_line_that_opened_it() -> None:
    diagnostics = errors("registry['a'] = {\n  'b' => 1\nregistry['c'] = 1\n")
    assert diagnostics[0].span
    assert diagnostics[0].span.line == 2
    assert diagnostics[0].help == "the { of line 1 is not closed"


def test_indented_end_of_a_text_block_is_named_in_the_help() -> None:
    diagnostics = errors("registry['a'] = <<EOS\n  x\n  EOS\n")
    assert diagnostics[0].help == "the EOS of line 3 is indented: write <<~EOS or move it to the line's begin"


def test_broken_yaml_in_a_text_block_is_shown_on_its_own_line() -> None:
    diagnostics = errors("registry['a'] = YAML.load <<-'EOS'\n  a: 1\n  b: [1\n  c: 2\nEOS\n")
    assert diagnostics[0].span
    assert (diagnostics[0].span.line, diagnostics[0].span.column) == (4, 3)


def test_unknown_name_near_a_known_one_suggests_it() -> None:
    assert errors("registry_external_ur 'x'\n")[0].help == "did you mean registry_external_url?"


def test_unknown_name_with_a_foreign_letter_says_so() -> None:
    assert "not Latin" in (errors("r\u0435gistry['a'] = 1\n")[0].help or "")


def test_setting_given_twice_warns_with_both_lines_and_the_last_one_wins() -> None:
    evaluated = read("registry['a'] = 1\n\nregistry['a'] = 2\n")
    (diagnostic,) = evaluated.diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "given-twice")
    assert diagnostic.message == "registry['a'] is set twice, on line 1 and on line 3"
    assert evaluated.values == {"registry": {"a": 2}}


def test_whole_that_replaces_a_part_warns() -> None:
    (diagnostic,) = read("registry['s']['b'] = 1\nregistry['s'] = { 'c' => 2 }\n").diagnostics
    assert (
        diagnostic.message == "registry['s'], set as a whole on line 2, discards registry['s']['b'] of line 1"
    )


def test_part_that_adds_to_a_whole_is_silent_and_one_that_replaces_warns() -> None:
    assert read("registry['s'] = { 'c' => 2 }\nregistry['s']['b'] = 1\n").diagnostics == ()
    assert places("registry['s'] = { 'c' => 2 }\nregistry['s']['c'] = 1\n") == [(2, 15, "given-twice")]


def test_key_that_stands_twice_in_a_hash_warns() -> None:
    assert places("registry['s'] = { 'c' => 2,\n 'c' => 3 }\n") == [(2, 2, "given-twice")]


def test_strings_beside_each_other_warn() -> None:
    assert places("registry['s'] = ['a' 'b']\n") == [(1, 22, "joined-strings")]


def test_file_with_one_line_break_at_its_end_warns_and_a_certificate_does_not() -> None:
    assert places("registry['a'] = File.read('/etc/gitlab/one-line')\n") == [(1, 17, "trailing-line-break")]
    assert places("registry['a'] = File.read('/etc/gitlab/one-line').strip\n") == []
    assert places("registry['a'] = File.read('/etc/gitlab/pem')\n") == []


def test_setting_read_before_it_is_set_warns_and_is_an_empty_hash() -> None:
    evaluated = read("registry['a'] = registry['b']\n")
    assert [diagnostic.code for diagnostic in evaluated.diagnostics] == ["read-before-set"]
    assert evaluated.values == {"registry": {"b": {}, "a": {}}}


def test_key_below_a_string_is_refused_with_the_line_of_the_string() -> None:
    (diagnostic,) = errors("registry['a'] = 'x'\nregistry['a']['b'] = 1\n")
    assert diagnostic.message == "registry['a'] is a string since line 1 and has no keys"


def test_contents_of_strings_never_stand_in_messages() -> None:
    secret = "hunter2"
    lines = [
        f"registry['password'] = '{secret}' junk",
        f"registry['password'] = '{secret}",
        f"registry['password'] = {secret}",
        f"registry['password'] = '{secret}' + 1",
        f"registry['password'] = Integer('{secret}')",
        f"registry['password'] = YAML.load('{{{secret}')",
        f"registry['password'] = YAML.load('*{secret}')",
        f"registry['password'] = JSON.parse('{secret}')",
        f"registry['password'] = File.read('{secret}')",
        f"registry['password'] = '{secret}'.foo",
        f"registry['password'] = '{secret}' =~ /({secret}/",
        f"registry['password'] = '{secret}' < 1",
        f"registry['password'] = '%d' % '{secret}'",
        f"registry['password'] = {{ 'a' => 1 }}.fetch('{secret}')",
        f"raise '{secret}'",
        f"case '{secret}'\nwhen Foo then 1\nend",
    ]
    for line in lines:
        diagnostics = read(line + "\n").diagnostics
        assert diagnostics
        assert all(secret not in f"{diagnostic.message} {diagnostic.help}" for diagnostic in diagnostics)
