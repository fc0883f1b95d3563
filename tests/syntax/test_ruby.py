"""Real Ruby is the oracle: the same settings, order and types, and nothing accepted that it rejects."""

from __future__ import annotations

import pytest

from tests.syntax.ruby import ask_ctl, ask_ruby, plain, rejected, settings_of
from tests.syntax.ruby_cases import literals, statements, yaml_documents

_CODE = "a settings file holds no code"
_REACHES = "a settings file runs, changes and reaches nothing"
_SLIP = "Ruby accepts it, but it is a slip: nothing is set, or something else than it looks like"
_KEY = "a key of the settings is a string"
_VALUE = "YAML and nginx have no such value"
_FLIP_FLOP = "a range that decides remembers what it decided before"
_LAST_LINE = "a regular expression that decides alone is matched with the line that was read last"
_SELDOM = "seldom, and not supported; the message says what is"

# What Ruby accepts and ctl rejects, each with its reason. The other way round there is nothing.
DIFFERENCES: dict[str, str] = {
    "registry['v'] = 'a'.frozen?": _SELDOM,
    "registry['v'] = 'a'.crypt('ab').length": _SELDOM,
    "registry['v'] = [3, 4].each_index.to_a": _SELDOM,
    "registry['v'] = [1, 2].cycle.first(3)": _SELDOM,
    "registry['v'] = \"abc\".then { |x| x }": _SELDOM,
    "registry['v'] = [1, 2, 3].then { |x| x.sum }": _SELDOM,
    "registry['v'] = \"\\M-a\"": "bytes that are not UTF-8",
    "registry['v'] = 'foo' =~ /o(?=o)/": "looking around takes more than time in proportion to the text",
    "registry['v'] = <<~A\n  #{<<~B.strip}\n    inner\n  B\n  outer\nA": _SELDOM,
    "registry['v'] = File.read('/none') rescue 'default'": _CODE,
    "values = Hash.new('d')\nregistry['v'] = values['x']": _SELDOM,
    "a, (b, *c), d = 1, [2, 3, 4], 5\nregistry['v'] = [a, b, c, d]": _SELDOM,
    "registry['v'] = [1, 2].map { _1 * 2 }": _SELDOM,
    "registry['v'] = { 1 => 'a', 2.0 => 'b', nil => 'c', true => 'd', :e => 'f' }.length": _KEY,
    "if ENV['NONE']...then registry['a'] = 1 else registry['b'] = 2 end": _FLIP_FLOP,
    "registry['v'] = (1..2) ? 1 : 2": _FLIP_FLOP,
    "registry['v'] = 1 unless (1..2) && true": _FLIP_FLOP,
    "registry['v'] =not(1..5).nil?": _FLIP_FLOP,
    "registry['v'] = not(/b+/)": _LAST_LINE,
    "registry['v'] = 1 if /b/": _LAST_LINE,
    "registry['v'] = registry['v'..'v'] == nil": _KEY,
    "registry['v'] = 'abc'.casecmp?('a' => 'ABC')": _SLIP,
    "registry['v'] = [1, 2, 3].group_by(&:odd?)": _KEY,
    "registry[nil] = 1": _KEY,
    "registry[1.5] = 1": _KEY,
    'registry[\'v\'] = { "a" "b" => 1 }': "a key and its value whose => was lost",
    "registry['v'] = YAML.load(<<'EOS')\nk: !!binary YQ==\nEOS": _SELDOM,
    "registry['v'] = %w(a b).map": _VALUE,
    "registry['v'] = %w(a b).each_with_index": _VALUE,
    "registry['v'] = (1..3)": _VALUE,
    "registry['v'] = /a/": _VALUE,
    "[1].each { |x; y| registry['v'] = x }": _SELDOM,
    "[1].each { |x = 5| registry['v'] = x }": _SELDOM,
    'for i in 1..3 do registry["k#{i}"] = i end': _CODE,
    "def foo; 1; end\nregistry['v'] = foo": _CODE,
    "while false do end": _CODE,
    "begin\n  registry['v'] = 1\nend": _CODE,
    "x = lambda { 1 }": _CODE,
    "x = -> { 1 }": _CODE,
    "$x = 1": _CODE,
    "@x = 1": _CODE,
    "puts 'hello'\nprint \"a\", \"b\"\np registry['x'].class": _CODE,
    "system('true')": _REACHES,
    "registry['v'] = Dir.entries('/')": _REACHES,
    "ENV['A'] = 'b'": _REACHES,
    "'string alone'": _SLIP,
    "5": _SLIP,
    "nil": _SLIP,
    "registry": _SLIP,
    "registry['a']": _SLIP,
    "registry['v'] = (1; 2)": _SLIP,
    "registry['v'] = [1, 2].each { |x| x }": _SLIP,
    "registry['v'] = (1..3).each { |x| x }.to_a": _SLIP,
    "registry['v'] = { 'a' => 1 }.each { |k, v| v }": _SLIP,
    "registry['v'] = { 'a' => 1 }.each_pair { |k, v| v }": _SLIP,
    "registry['v'] = [1, 2].each_with_index { |x| x }": _SLIP,
    "registry['v'] = [[1, 2], [3, 4]].each { |a, b| a }": _SLIP,
    "x = nil or 5\nregistry['v'] = x": _SLIP,
    "x = 10\n[1, 2].each { |x| x }\nregistry['v'] = x": _SLIP,
    "x = [3, 1]\nx.sort\nregistry['v'] = x": _SLIP,
    "x = 1\nx\nregistry['v'] = x": _SLIP,
    "external_url": _SLIP,
    "external_url()": _SLIP,
    "external_url\nregistry['v'] = external_url.nil?": _SLIP,
    "git_data_dirs { 'default' => 1 }": _SLIP,
    "registry['a'] = 1, 2": _SLIP,
}


def _compare(texts: list[str]) -> tuple[list[str], set[str]]:
    """List what differs without a reason, and the reasons that were used."""
    wrong, used = [], set()
    for text, answer in zip(texts, ask_ruby(texts), strict=True):
        evaluated = ask_ctl(text)
        if any(diagnostic.code == "internal-error" for diagnostic in evaluated.diagnostics):
            wrong.append(f"internal error: {text!r}")
        elif "error" in answer:
            if not rejected(evaluated):
                wrong.append(f"Ruby rejects {text!r}: {answer}")
        elif rejected(evaluated):
            used.add(text.strip())
            if text.strip() not in DIFFERENCES:
                wrong.append(f"only Ruby accepts {text!r}: {evaluated.diagnostics}")
        else:
            theirs = {name: plain(value) for name, value in answer["settings"]}
            if theirs != settings_of(evaluated):
                wrong.append(f"{text!r} is {theirs} to Ruby, and here {settings_of(evaluated)}")
    return wrong, used


@pytest.fixture(scope="module")
def outcome() -> tuple[list[str], set[str]]:
    texts = literals() + yaml_documents() + statements()
    assert len(texts) > 1000
    assert len(set(texts)) > 1000
    return _compare(texts)


def test_settings_mean_what_they_mean_to_ruby(outcome: tuple[list[str], set[str]]) -> None:
    assert outcome[0] == []


def test_every_deliberate_difference_still_is_one(outcome: tuple[list[str], set[str]]) -> None:
    assert set(DIFFERENCES) - outcome[1] == set()


def test_oracle_tells_kinds_of_values_apart_and_keeps_order() -> None:
    (answer,) = ask_ruby(["registry['b'] = [1, 1.0, '1', :a, nil, true]\nregistry['a'] = {}\n"])
    assert answer == {
        "settings": [
            [
                "registry",
                {"h": [["b", [{"i": "1"}, {"f": "1"}, "1", {"s": "a"}, None, True]], ["a", {"h": []}]]},
            ]
        ]
    }


@pytest.mark.parametrize("text", ["foo 'x'\n", "registry['a'] = (\n", "registry['a'] = foo\n", "raise 'x'\n"])
def test_oracle_reports_what_ruby_rejects(text: str) -> None:
    (answer,) = ask_ruby([text])
    assert "error" in answer
