"""How well single mistakes in real files are found, and where."""

from __future__ import annotations

import pytest

from tests.syntax.mutations import MUTATIONS
from tests.syntax.reading import errors, read
from tests.syntax.samples import SAMPLES


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_sample_unchanged_has_no_findings(name: str) -> None:
    assert read(SAMPLES[name]).diagnostics == ()


@pytest.mark.parametrize(("name", "mutate", "least"), MUTATIONS, ids=[one[0] for one in MUTATIONS])
def test_mutation_of_samples_is_found_on_its_line(name, mutate, least) -> None:  # type: ignore[no-untyped-def]
    cases = [case for text in SAMPLES.values() for case in mutate(text)]
    assert cases
    found = near = exact = 0
    for line, text in cases:
        lines = [one.span.line for one in errors(text) if one.span]
        found += bool(lines)
        exact += line in lines[:1]
        near += any(abs(one - line) <= 1 for one in lines[:1])
    count = len(cases)
    assert (found / count, exact / count, near / count) >= (0, 0, 0)
    assert found / count >= least[0]
    assert exact / count >= least[1]
    assert near / count >= least[2]
