"""Measure how long it takes to read a settings file: to parse it, to evaluate it, and how that grows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Limits
from ctl.syntax.parser import parse
from ctl.syntax.source import Source

ROUNDS = 9
ROOTS = frozenset((Path(__file__).parents[2] / "ctl/settings/names.txt").read_text().split())
SECTIONS = ("gitlab_rails", "registry", "nginx", "postgresql", "redis", "puma", "sidekiq", "prometheus")
VALUES = ("'/var/opt/gitlab/registry'", "true", "5000", '"smtp.example.com"', "nil", "['10.0.0.0/8', '::1']")
LENGTHS = (1_500, 10_000, 100_000)
AIM_MILLISECONDS = 100.0


def settings(count: int) -> str:
    """Write a file of so many settings, among comments as in the template that administrators start from."""
    lines: list[str] = []
    for number in range(count):
        section = SECTIONS[number % len(SECTIONS)]
        value = VALUES[number % len(VALUES)]
        if number % 10 == 0:
            lines.append(f"\n## Setting {number}\n# {section}['another_{number}'] = {value}")
        lines.append(f"{section}['setting_{number}'] = {value}")
    return "\n".join(lines) + "\n"


def code(count: int) -> str:
    """Write a file of so many settings that are computed: variables, conditions, blocks."""
    lines = ["domain = 'example.com'"]
    for number in range(0, count, 3):
        lines.append(f"registry['a_{number}'] = \"host{number}.#{{domain}}\"")
        lines.append(f"registry['b_{number}'] = ENV['SET'] || 'x' if domain == 'example.com'")
        lines.append(f"nginx['c_{number}'] = %w(a b).map {{ |one| one + domain }}")
    return "\n".join(lines) + "\n"


def milliseconds(run: Callable[[], object]) -> float:
    """Give the median of some rounds, after one to warm up."""
    found: list[float] = []
    for round_ in range(ROUNDS + 1):
        begin = time.perf_counter()
        run()
        if round_:
            found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found)


def read(text: str) -> None:
    """Read settings.

    Raises:
        RuntimeError: they are not right.
    """
    limits = Limits(text=1 << 30, iterations=1 << 30, steps=1 << 30)
    context = Context({"SET": "set"}, lambda path: "", {}, ROOTS, limits)
    evaluated = evaluate(text, "gitlab.rb", context)
    if evaluated.diagnostics:
        raise RuntimeError(f"the benchmark's settings are wrong: {evaluated.diagnostics[0]}")


def measure() -> list[tuple[str, int, float]]:
    """Give a name, the number of settings and the milliseconds of each case."""
    found: list[tuple[str, int, float]] = []
    first = settings(LENGTHS[0])
    limits = Limits()
    found.append(("parse", LENGTHS[0], milliseconds(lambda: parse(Source("f", first), limits, ROOTS))))
    for count in LENGTHS:
        text = settings(count)
        found.append(("parse and evaluate", count, milliseconds(lambda text=text: read(text))))  # type: ignore[misc]
    computed = code(LENGTHS[0])
    found.append(("parse and evaluate, all computed", LENGTHS[0], milliseconds(lambda: read(computed))))
    return found


def main() -> None:
    """Measure and print a table."""
    print(f"{'reading settings':40}{'settings':>10}{'median':>13}{'a setting':>14}")
    for name, count, took in measure():
        aim = (
            ""
            if count != LENGTHS[0] or took < AIM_MILLISECONDS
            else f"   more than {AIM_MILLISECONDS:.0f} ms"
        )
        print(f"{name:40}{count:>10}{took:>10.1f} ms{took / count * 1000:>11.1f} µs{aim}")


if __name__ == "__main__":
    main()
