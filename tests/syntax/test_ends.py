"""A missing or superfluous end is reported in its place; a broken line does not cost its branch."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.syntax.reading import places, read, value_of

# Each marks with ^ the place of the only error.
MARKED = [
    ("if true\n  [1].each ^do |x|\n    registry['a'] = x\nelse\n  registry['b'] = 1\nend\n", "missing-end"),
    ("if true\n  ^if true\n    registry['a'] = 1\nend\nregistry['b'] = 1\n", "missing-end"),
    ("^if true\n  registry['a'] = 1\nregistry['b'] = 1\n", "missing-end"),
    (
        "if true\n  registry['a'] = 1\n^else if true\n  registry['b'] = 1\nend\n",
        "missing-end",
    ),
    ("if true\n  registry['a'] = 1\n  ^end\nelse\n  registry['b'] = 1\nend\n", "unexpected"),
    ("if 1 == ^'a\n  registry['a'] = 1\nelse\n  registry['b'] = 1\nend\n", "unclosed-string"),
    ("if 1 ^==\n  registry['a'] = 1\nend\nregistry['b'] = 1\n", "missing-value"),
    ("if true\n  registry['a'] = [1, 2^,\nend\nregistry['b'] = 1\n", "missing-bracket"),
    ("if true\n  registry['a' ^= 1\nelse\n  registry['b'] = 1\nend\n", "missing-bracket"),
    ("if true\n  registry['a'] = [1].map { |x| ^x\nelse\n  registry['b'] = 1\nend\n", "missing-bracket"),
    ("registry['a'] = {\n  'b' => format^('%s', 'c',\n  'd' => 1,\n}\n", "missing-bracket"),
    ("registry['a'] = {\n  'b' => 10 ^*\n  'c' => 1,\n}\n", "missing-value"),
    ("registry['a'] ^=\nwhen 1\n", "missing-value"),
    ("registry^ ['a'] << 'b'\n", "space-before-bracket"),
    ("registry^ ['a'], nginx['b'] = 1, 2\n", "space-before-bracket"),
]


@pytest.mark.parametrize(("marked", "code"), MARKED)
def test_mistake_is_the_first_error_and_at_its_place(marked: str, code: str) -> None:
    before, after = marked.split("^", 1)
    diagnostics = [
        diagnostic for diagnostic in read(before + after).diagnostics if diagnostic.severity is Severity.ERROR
    ]
    assert diagnostics[0].span is not None
    assert (diagnostics[0].span.line, diagnostics[0].code) == (before.count("\n") + 1, code)


@pytest.mark.parametrize(
    "text",
    [
        "if true\nregistry['a'] = 1\n  end\nregistry['b'] = 2\n",
        "x = if true\n      1\n    end\nregistry['a'] = x\n",
        "if true\n  registry['a'] = 1\nelse if true\n  registry['b'] = 1\nend end\n",
        "  if true\n registry['a'] = 1\nend\nif true\n  registry['b'] = 1\nend\n",
    ],
)
def test_indent_of_an_end_that_is_there_does_not_matter(text: str) -> None:
    assert places(text) == []


def test_hash_of_pairs_is_made_as_by_to_h() -> None:
    assert value_of("Hash[[['a', 1], [:b, 2]]]") == {"a": 1, "b": 2}
    assert value_of("Hash[{ 'a' => 1 }]") == {"a": 1}
