"""What local variables, branches, blocks and other files do to places, secrets, inputs and limits."""

from __future__ import annotations

import time

import pytest

from ctl.diagnostics.model import Severity, Span
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Limits, ReadRefused
from tests.syntax.reading import FILES, context, errors, places, read


def codes(text: str, limits: Limits | None = None) -> list[str]:
    return [diagnostic.code for diagnostic in read(text, limits=limits).diagnostics]


SECRETS = [
    ("x = ENV['SET']\nregistry['a'] = x", ["a"]),
    ("x = 'plain'\nregistry['a'] = x", []),
    ("x = ENV['SET']\ny = x.strip\nregistry['a'] = \"#{y}!\"", ["a"]),
    ("x = { 'in' => ENV['SET'], 'out' => 'z' }\nregistry['a'] = x['in']\nregistry['b'] = x['out']", ["a"]),
    ("x = ['plain']\nx << ENV['SET']\nregistry['a'] = x[0]", ["a"]),
    ("x = {}\nx['k'] = ENV['SET']\nregistry['a'] = x['k']\nregistry['b'] = x['k'] == 'y'", ["a"]),
    ("registry['a'] = ENV['SET'] == 'y' ? 'on' : 'off'", []),
    ("registry['a'] = 'on' if ENV['SET']", []),
    ("registry['a'] = ENV['NOT_SET'] || 'x'", ["a"]),
    ("[ENV['SET']].each { |x| registry['a'] = x }", ["a"]),
    ("ENV.each { |k, v| registry[k] = v if k == 'SET' }", ["SET"]),
    ("a, b = ENV['SET'].split(' ')\nregistry['a'] = b", ["a"]),
    ("x = ''\nx += File.read('/bare')\nregistry['a'] = x", ["a"]),
    ("x = 'a'\nx << File.read('/bare')\nregistry['a'] = x", ["a"]),
    ("if ENV['SET'] =~ /(o.)/\n  registry['a'] = $1\nend", ["a"]),
    ("case ENV['SET']\nwhen /from/ then registry['a'] = 'x'\nend", []),
    ("case ENV['SET']\nwhen /(from)/ then registry['a'] = $1\nend", ["a"]),
    ("registry['a'] = `hostname`.strip", []),
    ("registry['a'] = 'x'\nregistry['a'] += ENV['SET']", ["a"]),
]


@pytest.mark.parametrize(("text", "expected"), SECRETS)
def test_secret_is_followed_through_variables_branches_and_blocks(text: str, expected: list[str]) -> None:
    evaluated = read(text + "\n")
    assert [
        diagnostic.code for diagnostic in evaluated.diagnostics if diagnostic.severity is Severity.ERROR
    ] == []
    assert sorted(str(path[1]) for path in evaluated.secrets) == expected


def test_secret_put_into_a_part_of_the_settings_is_one() -> None:
    text = "registry['l'] = ['a']\nregistry['l'] << ENV['SET']\n"
    text += "x = { 'h' => [ENV['SET'], 1] }\nregistry['x'] = x\n"
    assert read(text).secrets == {("registry", "l", 1), ("registry", "x", "h", 0)}


def test_place_of_a_value_from_a_variable_is_the_assignment_and_its_entries_keep_theirs() -> None:
    spans = read("x = {\n  'k' => 1\n}\nregistry['a'] = x\nregistry['a']['l'] = 2\n").spans
    assert spans.key(("registry", "a")) == Span("gitlab.rb", 4, 10, 4, 13)
    assert spans.key(("registry", "a", "k")) == Span("gitlab.rb", 2, 3, 2, 6)
    assert spans.key(("registry", "a", "l")) == Span("gitlab.rb", 5, 15, 5, 18)


def test_place_of_an_entry_that_is_set_through_a_variable_is_that_line() -> None:
    evaluated = read("registry['a'] = { 'k' => 1 }\nx = registry['a']\nx['l'] = 2\nx['l2'] = x['k']\n")
    assert evaluated.values == {"registry": {"a": {"k": 1, "l": 2, "l2": 1}}}
    assert evaluated.spans.key(("registry", "a", "l")) == Span("gitlab.rb", 3, 3, 3, 6)


def test_place_of_what_a_block_sets_is_in_the_block() -> None:
    spans = read("%w(a b).each do |x|\n  registry[x] = 1\nend\n").spans
    assert spans.key(("registry", "b")) == Span("gitlab.rb", 2, 12, 2, 13)


def test_from_file_has_its_own_places_variables_and_source() -> None:
    evaluated = read("x = 1\nfrom_file '/etc/gitlab/more.rb'\nregistry['b'] = x\n")
    assert evaluated.diagnostics == ()
    assert evaluated.values == {"registry": {"a": 2, "from_more": "from outside", "b": 1}}
    assert evaluated.spans.key(("registry", "a")) == Span("/etc/gitlab/more.rb", 1, 10, 1, 13)
    assert evaluated.spans.key(("registry", "b")) == Span("gitlab.rb", 3, 10, 3, 13)
    assert evaluated.sources["/etc/gitlab/more.rb"] == FILES["/etc/gitlab/more.rb"]
    assert evaluated.sources["gitlab.rb"].startswith("x = 1")
    assert evaluated.inputs.files == {"/etc/gitlab/more.rb": FILES["/etc/gitlab/more.rb"]}
    assert evaluated.secrets == {("registry", "from_more")}


def test_mistake_in_a_file_that_is_read_stands_in_that_file_and_the_rest_is_read() -> None:
    evaluated = read("from_file '/etc/gitlab/broken.rb'\nregistry['c'] = 3\n")
    (diagnostic,) = evaluated.diagnostics
    assert diagnostic.span == Span("/etc/gitlab/broken.rb", 2, 17, 2, 20)
    assert evaluated.values == {"registry": {"a": 2, "c": 3}}


def test_file_that_reads_itself_ends_at_the_limit() -> None:
    (diagnostic,) = errors("from_file '/etc/gitlab/itself.rb'\n")
    assert (diagnostic.code, diagnostic.message) == (
        "limit",
        "settings files read each other more than 3 deep",
    )


def test_settings_in_a_variable_of_the_environment_are_evaluated_with_places_of_their_own() -> None:
    given = {"CONFIG": "registry['a'] = y + 'z'\nexternal_url 'https://e'; registry['b'] = yes\n"}
    text = "y = 'x'\neval ENV['CONFIG'].to_s\n"
    evaluated = evaluate(text, "gitlab.rb", context(environment=given))
    (diagnostic,) = evaluated.diagnostics
    assert diagnostic.span == Span("ENV['CONFIG']", 2, 43, 2, 46)
    assert evaluated.values == {"registry": {"a": "xz"}, "external_url": "https://e"}
    assert evaluated.sources["ENV['CONFIG']"] == given["CONFIG"]
    assert evaluated.inputs.environment == given


def test_existence_of_a_file_is_an_input_whether_it_exists_or_not() -> None:
    text = "registry['a'] = 1 if File.exist?('/none')\nregistry['b'] = File.exist?('/bare')\n"
    evaluated = read(text)
    assert evaluated.values == {"registry": {"b": True}}
    assert sorted(evaluated.inputs.files) == ["/bare", "/none"]


def test_existence_of_a_file_that_may_not_be_looked_at_is_refused() -> None:
    def exists(path: str) -> bool:
        raise ReadRefused(f"a settings file may not read {path}")

    given = context()
    world = type(given)(given.environment, given.read_file, given.node, given.roots, exists=exists)
    diagnostics = evaluate("registry['a'] = File.exist?('/root/x')\n", "gitlab.rb", world).diagnostics
    assert [diagnostic.code for diagnostic in diagnostics] == ["read-refused"]


def test_looking_at_the_whole_environment_makes_all_of_it_an_input() -> None:
    evaluated = read("registry['a'] = ENV.select { |k, v| k == 'PORT' }\n")
    assert evaluated.values == {"registry": {"a": {"PORT": "5050"}}}
    assert evaluated.inputs.environment == {"SET": "from outside", "PORT": "5050"}


LIMITS = [
    "x = 0\n(1..200).each { |a| (1..200).each { |b| x += 1 } }",
    "100000.times { |x| registry['v'] = x }",
    "x = [1]\nx.each { |y| x << y }",
    "x = 'a' * 1000\n(1..9000).each { |y| x += 'b' * 1000 }",
    "x = ['a'] * 100\n3.times { x = [x] * 100 }\nregistry['a'] = x",
    "x = []\nx << x\nregistry['a'] = \"#{x}\"",
    "x = {}\nx['a'] = x\nregistry['a'] = x",
    "x = []\nx << x\nregistry['a'] = x == x",
    "x = []\nx << x\nregistry['a'] = x.flatten",
    "registry['a'] = (1..99999999).to_a",
    "registry['a'] = [1] * 99999999",
    "registry['a'] = 'x' * 99999999",
    "registry['a'] = '%99999d' % 1",
    "registry['a'] = 'x'.rjust(99999999)",
    "registry['a'] = 1 << 99999",
    "registry['a'] = ('a' * 9999).gsub('a', 'b' * 999)",
    "registry['a'] = ('a' * 900000) =~ /(a*)*b/",
    "registry['a'] = 'a' =~ /(((a{99}){99}){99})/",
    "x = ['x']\n40.times { x = [x, x] }\nregistry['a'] = x.to_s",
]


@pytest.mark.parametrize("text", LIMITS)
def test_file_that_asks_for_too_much_ends_soon_and_at_a_limit(text: str) -> None:
    begin = time.monotonic()
    assert "limit" in codes(text + "\n")
    assert time.monotonic() - begin < 15


BOMBS = ["(a*)*b", "(a|a)*b", "(a+)+b", "(.*a){12}b", "(a|aa)+b", "a*a*a*a*a*b", "(x+x+)+y", "([a-z]+)*!"]


@pytest.mark.parametrize("pattern", BOMBS)
def test_regular_expression_that_others_choke_on_takes_no_time(pattern: str) -> None:
    begin = time.monotonic()
    assert codes(f"registry['a'] = ('a' * 5000) =~ /{pattern}/\n") == []
    assert time.monotonic() - begin < 10


def test_plain_file_of_any_length_counts_no_steps() -> None:
    text = "".join(f"registry['k{n}'] = [{n}, 'x' + 'y']\n" for n in range(3000))
    assert codes(text, Limits(steps=10, iterations=10)) == []


def test_limits_are_parameters() -> None:
    text = "[1, 2, 3].each { |x| registry['a'] = x }\n"
    assert codes(text, Limits(iterations=3)) == []
    assert codes(text, Limits(iterations=2)) == ["limit"]
    assert codes("[1].each { |x| registry['a'] = 1 + 1 + 1 }\n", Limits(steps=2)) == ["limit"]
    assert codes("from_file '/etc/gitlab/more.rb'\n", Limits(include_depth=0)) == ["limit"]


def test_variable_of_a_block_is_not_known_behind_it() -> None:
    assert places("[1].each { |x| y = x }\nregistry['a'] = y\n")[-1] == (2, 17, "unquoted-value")
