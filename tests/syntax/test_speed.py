"""A long settings file costs as much a line as a short one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from tests.bench.language import code, first_lines, read, settings
from tests.syntax.reading import read as read_anything

SHORT, LONG = 4_000, 40_000


def a_line(make: Callable[[int], str], run: Callable[[str], object], count: int, rounds: int) -> float:
    """Give the least processor time of a line, which other programs lengthen least."""
    text = make(count)
    lines = text.count("\n")
    times: list[float] = []
    for _ in range(rounds):
        begin = time.process_time()
        run(text)
        times.append((time.process_time() - begin) / lines)
    return min(times)


@pytest.mark.parametrize("make", [first_lines, settings, code])
def test_time_of_a_line_does_not_grow_with_the_file(make: Callable[[int], str]) -> None:
    divisor = 1 if make is first_lines else 8
    short = a_line(make, read, SHORT // divisor, 5)
    assert a_line(make, read, LONG // divisor, 2) < 2 * short


BROKEN = [
    "registry['a'] = 'x\n",
    "registry['a'] = [\n",
    "registry['a'] = \"#{\n",
    'x = "#{"#{\n',
    "%w(\n",
    "x = <<A\n#{",
    "if x\n",
    "x = [1,\n",
    "a.map { |x|\n",
    "'a' 'b' ",
    "x ? y : ",
]


@pytest.mark.parametrize("line", BROKEN)
def test_time_of_a_broken_line_does_not_grow_with_the_file(line: str) -> None:
    def make(count: int) -> str:
        return line * count + "\n"

    few, many = (a_line(make, read_anything, count, 3) for count in (400, 4_000))
    # Where all stands on one line, that line is as long as the file.
    growth = 1 if "\n" in line else 10
    assert many < 3 * few * growth


def test_cycle_collector_runs_again_behind_an_evaluation() -> None:
    assert gc.isenabled()
    read("registry['a'] = 1\n")
    assert gc.isenabled()
    gc.disable()
    try:
        read("registry['a'] = 1\n")
        assert not gc.isenabled()
    finally:
        gc.enable()
