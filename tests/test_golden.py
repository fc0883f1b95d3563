"""Golden trees: every example and every case comes to exactly these files, links, modes and bytes.

A case is a directory with a gitlab.rb and, after ``python -m tests.golden_tree``, its expected tree. The
root's own path stands as @ROOT@, and generated secrets as fixed ones that each case starts with.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden_tree import CASES, EXAMPLES, GOLDEN, expected, rendered


def test_golden_cases_exist() -> None:
    assert len(EXAMPLES) >= 5
    assert set(CASES) >= set(EXAMPLES)


@pytest.mark.parametrize("case", sorted(CASES))
def test_tree_rendered_from_settings_is_the_expected_one(case: str, root: Path) -> None:
    found, wanted = rendered(CASES[case], root), expected(GOLDEN / case)
    assert sorted(found) == sorted(wanted)
    for path in sorted(wanted):
        assert found[path] == wanted[path], path


def test_tree_rendered_twice_is_the_same(root: Path) -> None:
    first = rendered(CASES["own-domain"], root)
    assert rendered(CASES["own-domain"], root) == first
