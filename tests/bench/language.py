"""Measure how long a settings file takes to read, and how that grows with the file.

It is processor time, since nothing is waited for; what else the machine does then counts least.
"""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Limits
from ctl.syntax.parser import parse
from ctl.syntax.source import Source

REPOSITORY = Path(__file__).parents[2]
ROOTS = frozenset((REPOSITORY / "ctl/settings/names.txt").read_text().split())
# Large files are measured, not refused.
LIMITS = Limits(text=1 << 30, iterations=1 << 30, steps=1 << 30)
SECTIONS = ("gitlab_rails", "registry", "nginx", "postgresql", "redis", "puma", "sidekiq", "prometheus")
VALUES = (
    "'/var/opt/gitlab/registry'",
    "true",
    "5000",
    '"smtp.example.com"',
    "nil",
    "['10.0.0.0/8', '::1']",
    "{ 'host' => 'ldap.example.com', 'port' => 389 }",
    "'info'",
)
# The template has 3,774 lines and 1,529 settings; these are the lines around four of them.
PROSE = """
################################################################################
## Section {number}
##! Docs: https://docs.gitlab.com/omnibus/settings/section_{number}
################################################################################
# {section}['remembered_{number}'] = 'the value of another version'
"""
SETTINGS = 1_500
AIM_MILLISECONDS = 100.0
LENGTHS = (1_000, 10_000, 100_000)
ROUNDS = 9
BRIEFLY = "import time\nbegin = time.process_time()\n{}\nprint((time.process_time() - begin) * 1000)"


def settings(count: int) -> str:
    """Write a file of so many settings, between comments as in the template that people start from."""
    lines: list[str] = []
    for number in range(count):
        section = SECTIONS[number // 8 % len(SECTIONS)]
        if number % 4 == 0:
            lines += PROSE.format(number=number, section=section).split("\n")
        lines.append(f"{section}['setting_{number}'] = {VALUES[number % len(VALUES)]}")
    return "\n".join(lines) + "\n"


def code(count: int) -> str:
    """Write a file of so many settings that are computed: variables, conditions, blocks."""
    lines = ["domain = 'example.com'"]
    for number in range(0, count, 3):
        lines.append(f"registry['a_{number}'] = \"host{number}.#{{domain}}\"")
        lines.append(f"registry['b_{number}'] = ENV['SET'] || 'x' if domain == 'example.com'")
        lines.append(f"nginx['c_{number}'] = %w(a b).map {{ |one| one + domain }}")
    return "\n".join(lines) + "\n"


def first_lines(count: int) -> str:
    """Give the first lines of a file that is long enough; no value of it goes over several lines."""
    return "\n".join(settings(count).split("\n")[:count]) + "\n"


def milliseconds(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Give the median of some rounds, after one to warm up."""
    times: list[float] = []
    for round_ in range(rounds + 1):
        begin = time.process_time()
        run()
        if round_:
            times.append((time.process_time() - begin) * 1000)
    return statistics.median(times)


def read(text: str) -> None:
    """Read settings.

    Raises:
        RuntimeError: they are not right.
    """
    context = Context({"SET": "set"}, lambda path: "", {}, ROOTS, LIMITS)
    evaluated = evaluate(text, "gitlab.rb", context)
    if evaluated.diagnostics:
        raise RuntimeError(f"the benchmark's settings are wrong: {evaluated.diagnostics[0]}")


def a_thousand_lines(count: int, rounds: int = ROUNDS) -> float:
    """Give the milliseconds that a thousand lines of a file of so many lines take."""
    return milliseconds(functools.partial(read, first_lines(count)), rounds) * 1000 / count


def importing(statement: str) -> float:
    """Give the milliseconds that an import takes in a fresh interpreter with compiled modules."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", BRIEFLY.format(statement)]
    times = [
        float(
            subprocess.run(
                command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(ROUNDS + 1)
    ]
    return statistics.median(times[1:])


def main() -> None:
    """Measure and print a table."""
    usual, computed = settings(SETTINGS), code(SETTINGS)
    cases = {
        "importing the language": importing("import ctl.syntax.evaluator"),
        "  of that, what any program imports": importing("import dataclasses, enum, re, typing"),
        f"{SETTINGS} settings, parse": milliseconds(lambda: parse(Source("f", usual), LIMITS, ROOTS)),
        f"{SETTINGS} settings, parse and evaluate": milliseconds(lambda: read(usual)),
        f"{SETTINGS} settings, all computed": milliseconds(lambda: read(computed)),
    }
    print(f"{'the settings language, processor time':50}{'median':>10}")
    for name, took in cases.items():
        print(f"{name:50}{took:>7.1f} ms")
    over = cases[f"{SETTINGS} settings, parse and evaluate"] >= AIM_MILLISECONDS
    print(f"{f'  the aim is less than {AIM_MILLISECONDS:.0f} ms':50}{'missed' if over else 'reached':>10}")
    rates = {count: a_thousand_lines(count, 3 if count == LENGTHS[-1] else ROUNDS) for count in LENGTHS}
    for count, rate in rates.items():
        print(f"{f'1,000 lines of {count:,}':50}{rate:>7.1f} ms{rate / rates[LENGTHS[0]]:>9.2f}×")


if __name__ == "__main__":
    main()
