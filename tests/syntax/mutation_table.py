"""Counts how many single mistakes are found, and where: ``python -m tests.syntax.mutation_table``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from tests.syntax.mutations import MUTATIONS, Broken
from tests.syntax.reading import ROOTS, findings, read
from tests.syntax.samples import SAMPLES

REPOSITORY = Path(__file__).parents[2]
ALL_ROOTS = frozenset((REPOSITORY / "ctl/settings/names.txt").read_text().split())


class Row(NamedTuple):
    """How many mutations of one kind there were, were found, on their line, at most one line away."""

    cases: int
    detected: int
    exact: int
    near: int

    @property
    def rates(self) -> tuple[float, float, float]:
        return self.detected / self.cases, self.exact / self.cases, self.near / self.cases

    def reaches(self, best: tuple[float, float, float]) -> bool:
        """Tell whether no rate is below the best one that is known."""
        return all(ours >= theirs for ours, theirs in zip(self.rates, best, strict=True))


def measure(mutate: Callable[[str], Broken], texts: Iterable[str], roots: frozenset[str] = ROOTS) -> Row:
    """Break texts in every place of one kind, and look for the first finding of each."""
    count = detected = exact = near = 0
    for text in texts:
        for line, broken in mutate(text):
            first = findings(broken, roots)[:1]
            count += 1
            detected += bool(first)
            exact += first == [line]
            near += any(abs(said - line) <= 1 for said in first)
    return Row(count, detected, exact, near)


def repository_files() -> list[str]:
    """List the settings files of the examples and of the golden trees in which nothing is found."""
    paths = [*(REPOSITORY / "examples").rglob("*.rb"), *(REPOSITORY / "tests/golden").rglob("gitlab.rb")]
    texts = dict.fromkeys(path.read_text() for path in sorted(paths))
    return [text for text in texts if not read(text, roots=ALL_ROOTS).diagnostics]


def main() -> None:
    """Print a table of every kind: found, on the line, at most one line away, and the best rates known."""
    print(f"{'mutation':34}{'n':>5}{'found':>7}{'line':>6}{'±1':>6}   best known")
    rows = []
    for name, mutate, best in MUTATIONS:
        rows.append(row := measure(mutate, SAMPLES.values()))
        shown = " ".join(f"{share:4.0%}" for share in best)
        below = "" if row.reaches(best) else "   below"
        print(f"{name:34}{row.cases:>5}{row.detected:>7}{row.exact:>6}{row.near:>6}   {shown}{below}")
    total = Row(*(sum(column) for column in zip(*rows, strict=True)))
    print(f"{'all':34}{total.cases:>5}{total.detected:>7}{total.exact:>6}{total.near:>6}")


if __name__ == "__main__":
    main()
