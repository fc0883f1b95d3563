"""A brace that was lost is missed where it belongs, once, and reading goes on behind what it would hold."""

from __future__ import annotations

import pytest

from tests.syntax.reading import read

# What is broken, the place of the sign that the brace belongs behind, the sign.
LOST = [
    ("registry['a'] =\n  's3' => {\n    'bucket' => 'x'\n  }\n}", (1, 15), "="),
    ("registry['a'] = 's3' => { 'bucket' => 'x' } }", (1, 15), "="),
    ("registry['a'] =\n  'bucket' => 'x',\n  'region' => 'y'", (1, 15), "="),
    ("registry['a'] =\n  s3: {\n    bucket: 'x'\n  }\n}", (1, 15), "="),
    ("x =\n  's3' => 'x'\n}", (1, 3), "="),
    ("registry['a'] = {\n  's3' =>\n    'bucket' => 'x',\n    'region' => 'y'\n  }\n}", (2, 8), "=>"),
    ("registry['a'] = { 'b' => 'c' => 1 }, 'd' => 2 }", (1, 23), "=>"),
    ("registry['a'] = [\n  'name' => 'h',\n  'url' => 'x'\n  }\n]", (1, 17), "["),
    ("registry['a'] = [ 'name' => 'h' }, { 'name' => 'i' }]", (1, 17), "["),
]


@pytest.mark.parametrize(("text", "place", "sign"), LOST)
def test_lost_brace_is_missed_behind_its_sign_and_nothing_else_is_said(
    text: str, place: tuple[int, int], sign: str
) -> None:
    evaluated = read(f"{text}\nregistry['next'] = 1\n")
    (diagnostic,) = evaluated.diagnostics
    assert diagnostic.message == f"{{ is missing behind this {sign}: pairs of a hash follow"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == place
    assert diagnostic.help == "write { before the pairs and } behind"
    assert evaluated.values["registry"] == {"next": 1}


def test_pair_without_a_comma_before_it_is_still_told_so() -> None:
    (diagnostic,) = read("registry['a'] = { 'b' => 'c' 'd' => 1 }\n").diagnostics
    assert diagnostic.code == "missing-comma"
