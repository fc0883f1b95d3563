"""Values as Ruby understands them; every expectation was compared with Ruby 3.1."""

from __future__ import annotations

import pytest

from tests.syntax.reading import read, value_of

STRINGS: list[tuple[str, object]] = [
    (r"'a\b'", "a\\b"),
    (r"'a\'b'", "a'b"),
    (r"'a\\b'", "a\\b"),
    ("'a#{1}'", "a#{1}"),
    (r'"a\tb\n"', "a\tb\n"),
    (r'"\x41\101\u0041\u{41 42}"', "AAAAB"),
    (r'"\e\a\b\s\0"', "\x1b\a\b \0"),
    (r'"\q\#{1}"', "q#{1}"),
    (r'"\xC3\xA9"', "é"),
    (r'"\cA\C-a"', "\x01\x01"),
    ('"a#b" "#"', "a#b#"),
    ("%q(a(b)c)", "a(b)c"),
    (r"%q(a\)b\\c\d)", r"a)b\c\d"),
    ("%Q(a#{1+1}b)", "a2b"),
    ("%(x \"y\" 'z')", "x \"y\" 'z'"),
    ("%q|a|", "a"),
    ("'a' 'b'", "ab"),
    ("'a' \"b\" 'c'", "abc"),
    ("'a' \\\n 'b'", "ab"),
    ("'a' +\n 'b'", "ab"),
    ("'a'\n  .upcase\n  # why\n  .strip", "A"),
    ("?a", "a"),
    ("'a\r\nb'", "a\nb"),
    ('"a\\\nb"', "ab"),
    ("'a\\\nb'", "a\\\nb"),
    ('"#{nil}x#{true}#{:a}#{[1, "a", nil]}"', 'xtruea[1, "a", nil]'),
    ("\"#{ {'a'=>1, :b=>2.0} }\"", '{"a"=>1, :b=>2.0}'),
    ('"#{1e15} #{1e-5} #{0.0001} #{1.0} #{100.0}"', "1.0e+15 1.0e-05 0.0001 1.0 100.0"),
    ('"a#{"b#{1 + 1}"}"', "ab2"),
]
TEXT_BLOCKS: list[tuple[str, object]] = [
    ("<<A\nx\n y\nA\n", "x\n y\n"),
    ("<<-A\n  x\n  A\n", "  x\n"),
    ("<<~A\n    x\n      y\n\n    z\n  A\n", "x\n  y\n\nz\n"),
    ("<<~A\n  \ttab\n    x\n  A\n", "\ttab\nx\n"),
    ("<<~'A'\n   a\\n#{x}\n  A\n", "a\\n#{x}\n"),
    ('<<~"A"\n   a\\tb#{1}\n     #{2} c\n  A\n', "a\tb1\n  2 c\n"),
    ("<<~A\n   #{1}\n     a\n  A\n", "1\n  a\n"),
    ("<<~A\n   a\n   \n     b\n      \n   c\n  A\n", "a\n\n  b\n   \nc\n"),
    ("<<A + <<B\na\nA\nb\nB\n", "a\nb\n"),
    ("<<~A.gsub('x', 'y').upcase\n   x\n  A\n", "Y\n"),
    ("<<~A\n  A\n", ""),
    ("<<'A B'\nx\nA B\n", "x\n"),
    ("<<A\r\nx\r\nA\r\n", "x\n"),
]
NUMBERS: list[tuple[str, object]] = [
    ("1_000", 1000),
    ("0x1F", 31),
    ("0644", 420),
    ("0b101", 5),
    ("0o17", 15),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("1_0.2_5", 10.25),
    ("-5", -5),
    ("- 5", -5),
    ("7 / 2", 3),
    ("7/2", 3),
    ("-7 / 2", -4),
    ("-7 % 3", 2),
    ("7 % -3", -2),
    ("-7.5 % 2", 0.5),
    ("2 ** 10", 1024),
    ("-2 ** 2", -4),
    ("2 ** 3 ** 2", 512),
    ("-5.abs", 5),
    ("10 - 3 - 2", 5),
    ("(1 + 2) * 3", 9),
    ("1.0 / 4", 0.25),
    ("4 * 1024 * 1024", 4194304),
    ("'12abc'.to_i", 12),
    ("'x'.to_i", 0),
    ("'1.5x'.to_f", 1.5),
    ("Integer('0x1f')", 31),
]
METHODS: list[tuple[str, object]] = [
    ('" a \\n".strip', "a"),
    ('"a\\n\\n".chomp', "a\n"),
    ('"a\\r\\n".chomp', "a"),
    ("'ab'.chomp('b')", "a"),
    ("'a.b.c'.gsub('.', '-')", "a-b-c"),
    ("'a.b.c'.sub('.', '-')", "a-b.c"),
    (r"'a'.gsub('a', '\0\0')", "aa"),
    (r"'a'.gsub('a', '\1x')", "x"),
    (r"""'a'.gsub('a', "\\\\")""", "\\"),
    (r""""a\nb".gsub("\n", '\n')""", "a\\nb"),
    ("'aBC'.capitalize", "Abc"),
    ("[1, [2, nil]].join('-')", "1-2-"),
    ("nil.to_s", ""),
    ("12.to_s + :a.to_s", "12a"),
    ("File.join('/a/', '/b', 'c')", "/a/b/c"),
    ("ENV['SET'].upcase", "FROM OUTSIDE"),
    ("ENV.fetch('NOT_SET', 'default')", "default"),
    ("ENV['NOT_SET']", None),
    ("ENV['PORT'].to_i + 1", 5051),
    ("node['fqdn']", "host.example.com"),
    ("File.read('/bare')", "s3cret"),
]
COLLECTIONS: list[tuple[str, object]] = [
    ("[1, 2,]", [1, 2]),
    ("[\n 1, # one\n\n 2\n]", [1, 2]),
    ("%w(a b\n c)", ["a", "b", "c"]),
    (r"%w[a\ b c\]d]", ["a b", "c]d"]),
    ("%i(a b)", ["a", "b"]),
    ("{}", {}),
    (
        "{ 'a' => 1, b: 2, 'c': 3, :d => 4, \"e#{1}\" => 5, 6 => 7, }",
        {"a": 1, "b": 2, "c": 3, "d": 4, "e1": 5, "6": 7},
    ),
    ("{'a'=>{'b'=>[1,{'c'=>nil}]}}", {"a": {"b": [1, {"c": None}]}}),
    ("{\n 'a' =>\n 1,\n b:\n 2\n}", {"a": 1, "b": 2}),
    ("['a' => 1, 'b' => 2]", [{"a": 1, "b": 2}]),
    ("[1] + [2]", [1, 2]),
    ("YAML.load(\"a: 1\\nb: [x, ':y']\")", {"a": 1, "b": ["x", ":y"]}),
    ("JSON.parse('{\"a\": [1, 2.5, null]}')", {"a": [1, 2.5, None]}),
    ("YAML.load <<-E\n a:\n   - 1e3\n   - :b\n   - 1:30\n E\n", {"a": ["1e3", "b", 5400]}),
]


@pytest.mark.parametrize(("literal", "expected"), STRINGS + TEXT_BLOCKS + NUMBERS + METHODS + COLLECTIONS)
def test_value_of_a_literal_is_what_ruby_makes_of_it(literal: str, expected: object) -> None:
    value = value_of(literal)
    assert value == expected
    assert type(value) is type(expected)


def test_call_forms_of_top_level_names_are_values_under_their_name() -> None:
    evaluated = read("external_url 'https://a'\nregistry_external_url(\"https://b\")\nroles 'a', 'b'\n")
    assert evaluated.diagnostics == ()
    assert evaluated.values == {
        "external_url": "https://a",
        "registry_external_url": "https://b",
        "roles": ["a", "b"],
    }


def test_hash_in_a_call_without_braces_is_one_value() -> None:
    assert read("git_data_dirs 'default' => { 'path' => '/x' }\n").values == {
        "git_data_dirs": {"default": {"path": "/x"}}
    }


def test_index_on_an_unset_tree_makes_the_way_to_it() -> None:
    evaluated = read("registry['storage']['maintenance']['readonly']['enabled'] = true\n")
    assert evaluated.values == {"registry": {"storage": {"maintenance": {"readonly": {"enabled": True}}}}}


def test_keys_of_either_kind_are_one_key() -> None:
    assert read("registry[:a] = 1\nregistry['b'] = registry['a']\nGitlab['registry']['c'] = 2\n").values == {
        "registry": {"a": 1, "b": 1, "c": 2}
    }


def test_explicit_nil_stays() -> None:
    assert read("registry['a'] = nil\n").values == {"registry": {"a": None}}


def test_order_of_keys_is_that_of_first_mention() -> None:
    values = read("nginx['b'] = 1\nregistry['z'] = 1\nregistry['a'] = 2\nnginx['a'] = 3\n").values
    assert list(values) == ["nginx", "registry"]
    assert list(values["registry"]) == ["z", "a"]  # type: ignore[arg-type]


def test_chained_assignment_sets_both_and_shares_nothing() -> None:
    evaluated = read("registry['a'] = nginx['b'] = { 'k' => 1 }\nregistry['a']['k'] = 2\n")
    assert evaluated.values == {"nginx": {"b": {"k": 1}}, "registry": {"a": {"k": 2}}}


def test_line_ends_tabs_and_byte_order_mark_of_windows_change_nothing() -> None:
    text = "\ufeff# c\r\nregistry['a']\t=\t1\r\nregistry['b'] = {\r\n  'c' => 2\r\n}\r\n"
    evaluated = read(text)
    assert evaluated.diagnostics == ()
    assert evaluated.values == {"registry": {"a": 1, "b": {"c": 2}}}


def test_text_behind_end_and_in_block_comments_counts_for_nothing() -> None:
    text = "=begin\nregistry['x'] = \n=end\nregistry['a'] = 1; registry['b'] = 2\n__END__\nif (\n"
    evaluated = read(text)
    assert evaluated.diagnostics == ()
    assert evaluated.values == {"registry": {"a": 1, "b": 2}}


def test_require_of_a_harmless_library_counts_for_nothing() -> None:
    assert read("require 'yaml'\nregistry['a'] = 1\n").diagnostics == ()
