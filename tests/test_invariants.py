"""The table of invariants in CONTRIBUTING.md names owners and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
ROW = re.compile(r"\| (?P<rule>[^|]+) \| (?P<owners>[^|]+) \| (?P<tests>[^|]+) \|")


def rows() -> list[re.Match[str]]:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text().partition("## Invariants\n")[2].partition("\n## ")[0]
    return [
        row for row in map(ROW.fullmatch, text.splitlines()) if row and row["rule"] != "what always holds"
    ]


def test_invariants_are_found() -> None:
    assert rows()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["rule"])
def test_invariant_names_an_owner_and_a_test_that_exist(row: re.Match[str]) -> None:
    named = re.findall(r"`([^`]+)`", row["owners"] + row["tests"])
    assert re.search("`ctl/|`templates/|`debian/", row["owners"])
    assert "`tests/" in row["tests"]
    for path in named:
        file, _, test = path.partition("::")
        assert (REPOSITORY / file).exists(), path
        assert not test or f"def {test}(" in (REPOSITORY / file).read_text(), path
