"""Which lines of a module each test comes to, in whatever process: a mutant elsewhere it cannot notice."""

from __future__ import annotations

import ast
import mmap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_PREAMBLE = """
import mmap as _mmap, os as _os
_reached = _mmap.mmap(_os.open({place!r}, _os.O_RDWR | _os.O_CLOEXEC), 0)
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one test comes to.

    Args:
        test: its node.
        seconds: how long it takes, with what it needs.
        lines: on which statements of the module's functions that it comes to begin.
        passed: whether it passes.
    """

    test: str
    seconds: float
    lines: frozenset[int]
    passed: bool


def instrumented(source: str, place: Path) -> str:
    """Return a module that marks each statement of its functions that it comes to.

    Args:
        source: the module.
        place: a file with a byte for each line; it is mapped by every process that imports the module.
    """
    tree = ast.parse(source)
    for block in list(_blocks(tree)):
        block[:] = [
            each
            for statement in block
            for each in (*ast.parse(f"_reached[{statement.lineno}] = 1").body, statement)
        ]
    first = next(number for number, statement in enumerate(tree.body) if not _is_opening(statement))
    tree.body[first:first] = ast.parse(_PREAMBLE.format(place=str(place))).body
    return ast.unparse(tree)


def statement_at(source: str, line: int) -> int | None:
    """Return the line on which the innermost statement of a function begins that has a line.

    None where it is outside of functions: whoever imports the module comes to it.
    """
    statements = (statement for block in _blocks(ast.parse(source)) for statement in block)
    around = (each.lineno for each in statements if each.lineno <= line <= (each.end_lineno or line))
    return max(around, default=None)


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield all blocks of statements that are within functions, each once."""
    seen: set[int] = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in (node for function in functions for node in ast.walk(function)):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and id(block) not in seen:
                seen.add(id(block))
                yield block


def _is_opening(statement: ast.stmt) -> bool:
    """Whether nothing may stand before a statement of a module."""
    return isinstance(statement, ast.Expr) or (
        isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    )


class Watch:
    """A plugin of pytest that notes what each test comes to in an instrumented module."""

    def __init__(self, place: Path, lines: int) -> None:
        self.reaches: list[Reach] = []
        self._place, self._size = place, lines + 1
        self._before: set[int] = set()
        self._failed: set[str] = set()
        place.write_bytes(bytes(self._size))
        # For services that run as other accounts.
        place.chmod(0o666)

    def pytest_sessionstart(self) -> None:
        with self._place.open("r+b") as file:
            self._marks = mmap.mmap(file.fileno(), 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        """What a fixture for several tests comes to, each of them may look at."""
        before = self._lines()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._before |= self._lines() - before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._marks[:] = bytes(self._size)
        started = time.monotonic()
        done = yield
        lines = frozenset(self._lines() | self._before)
        seconds = time.monotonic() - started
        self.reaches.append(Reach(item.nodeid, seconds, lines, item.nodeid not in self._failed))
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)

    def _lines(self) -> set[int]:
        return {line for line, mark in enumerate(self._marks) if mark}
