"""Names say what they name: none leaves a reader asking which one, or found what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
FILLERS = frozenset({"one", "ones", "found"})


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the names of variables, parameters, attributes, functions and imports, with their lines."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield getattr(node, "lineno", 0), name


@pytest.mark.parametrize("tree", ["ctl", "tests", "tools"])
def test_identifiers_are_no_fillers(tree: str) -> None:
    paths = [path for path in (REPOSITORY / tree).rglob("*.py") if "__pycache__" not in path.parts]
    assert len(paths) > (5 if tree == "tools" else 20)
    fillers = [
        f"{path.relative_to(REPOSITORY)}:{line}: {name}"
        for path in paths
        for line, name in identifiers(ast.parse(path.read_text()))
        if name in FILLERS
    ]
    assert fillers == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("for tag in tags:\n    pass", ["tag", "tags"]),
        ("[one for one in tags if one]", ["one", "one", "one", "tags"]),
        ("def found(one, *, ones=None): pass", ["found", "one", "ones"]),
        ("lambda one: one.found", ["found", "one", "one"]),
        ("if (found := tags): self.one = f'{found}'", ["found", "found", "one", "self", "tags"]),
        ("try: pass\nexcept ValueError as found: pass", ["ValueError", "found"]),
        ("from a import b as one", ["b", "one"]),
        ("match tags:\n    case [one, *found]: pass", ["found", "one", "tags"]),
        ("call(one=1)  # one found", ["call", "one"]),
        ("'one found'", []),
    ],
)
def test_identifiers_are_told_wherever_they_stand(source: str, names: list[str]) -> None:
    assert sorted(name for _, name in identifiers(ast.parse(source))) == names
