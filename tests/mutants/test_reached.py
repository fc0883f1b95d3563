from __future__ import annotations

import ast
from pathlib import Path

from tests.mutants.reached import instrumented, statement_at

SOURCE = '''
"""A module."""
from __future__ import annotations

LIMIT = 3

def put(count: int = LIMIT) -> str:
    if count > LIMIT:
        return "much"
    elif count == LIMIT:
        text = (
            "just"
        )
        return text
    with_all = [lambda: count for _ in range(count)]
    return "little"
'''


def reached(tmp_path: Path, count: int) -> list[int]:
    place = tmp_path / "marks"
    place.write_bytes(bytes(20))
    names: dict[str, object] = {}
    text = instrumented(SOURCE, place)
    assert ast.get_docstring(ast.parse(text)) == "A module."
    exec(compile(text, "module", "exec"), names)  # noqa: S102
    put = names["put"]
    assert callable(put)
    put(count)
    return [line for line, mark in enumerate(place.read_bytes()) if mark]


def test_instrumented_module_marks_the_statements_that_it_comes_to(tmp_path: Path) -> None:
    assert reached(tmp_path, 9) == [8, 9]
    assert reached(tmp_path, 3) == [8, 10, 11, 14]
    assert reached(tmp_path, 1) == [8, 10, 15, 16]


def test_line_belongs_to_the_innermost_statement_of_a_function() -> None:
    assert [statement_at(SOURCE, line) for line in (5, 7, 8, 10, 12, 14)] == [None, None, 8, 10, 11, 14]
