"""Every rule that code or a test names by its number is said in tests/RULES.md, and no other."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
NUMBER = re.compile(r"(?<![\w#\\.-])[ABCEFT][1-9]\d{0,2}(?![\w.-])")
# What speaks of the rules themselves.
WITHOUT = {"tests/RULES.md", "tests/test_rules.py"}


def said(source: str) -> Iterator[str]:
    """Yield every comment and every docstring."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        # A linter's numbers are its own.
        if token.type == tokenize.COMMENT and "noqa" not in token.string:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def named() -> dict[str, set[str]]:
    """Return where each rule is named."""
    places: dict[str, set[str]] = {}
    for tree in ("ctl", "tests"):
        for path in sorted((REPOSITORY / tree).rglob("*.py")):
            name = str(path.relative_to(REPOSITORY))
            if name in WITHOUT or "__pycache__" in path.parts:
                continue
            for text in said(path.read_text()):
                for number in NUMBER.findall(text):
                    places.setdefault(number, set()).add(name)
    return places


def test_rules_named_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| ([A-Z]\d+) \| (.+) \|$", (REPOSITORY / "tests/RULES.md").read_text(), re.M)
    assert len(rows) > 40
    assert len(dict(rows)) == len(rows)
    used = named()
    assert {number: places for number, places in used.items() if number not in dict(rows)} == {}
    assert [number for number, _ in rows if number not in used] == []
