"""How well single mistakes in real files are found, and where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.syntax.mutation_table import ALL_ROOTS, measure, repository_files
from tests.syntax.mutations import MUTATIONS, Broken
from tests.syntax.reading import read
from tests.syntax.samples import SAMPLES

Best = tuple[float, float, float]
each_kind = pytest.mark.parametrize(
    ("mutate", "best"), [mutation[1:] for mutation in MUTATIONS], ids=[mutation[0] for mutation in MUTATIONS]
)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_sample_unchanged_has_no_findings(name: str) -> None:
    assert read(SAMPLES[name]).diagnostics == ()


@each_kind
def test_mutation_of_samples_is_found_on_its_line(mutate: Callable[[str], Broken], best: Best) -> None:
    row = measure(mutate, SAMPLES.values())
    assert row.cases
    assert row.reaches(best), row


@pytest.mark.soak
def test_mutations_of_all_files_of_the_repository_are_found_on_their_lines() -> None:
    texts = repository_files()
    assert len(texts) >= 10
    rows = {name: (measure(mutate, texts, ALL_ROOTS), best) for name, mutate, best in MUTATIONS}
    assert sum(row.cases for row, _ in rows.values()) > 500
    assert {name: row for name, (row, best) in rows.items() if row.cases and not row.reaches(best)} == {}
