from __future__ import annotations

import csv
import io

import pytest

from ctl.console.usage import COLUMNS, show_usage
from ctl.operations.collect.usage import Measured


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum(a1)", '=hyperlink("x";"y")'])
def test_name_that_a_spreadsheet_would_run_is_made_harmless(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    row = {"repository": name, **{column: 0 for column, _ in COLUMNS}}
    show_usage(Measured([row, {**row, "repository": "group/app-1"}], {}), as_json=False, as_csv=True)
    _, hostile, plain = csv.reader(io.StringIO(capsys.readouterr().out))
    assert hostile[0] == f"'{name}"
    assert plain[0] == "group/app-1"
