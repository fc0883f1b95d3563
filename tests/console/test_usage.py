from __future__ import annotations

import csv
import io

import pytest
from msgspec.structs import replace

from ctl.console.usage import COLUMNS, show_usage
from ctl.operations.collect.usage import Measured
from ctl.storage.events import Usage, Used


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@sum(a1)", " =1", "\u3000-1", "＝1", '=hyperlink("x";"y")']
)
def test_name_that_a_spreadsheet_would_run_is_made_harmless(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    row = Usage(name, **{column: 0 for column, _ in COLUMNS})
    totals = Used(2, 0, 0, 0, 0, 1.0)
    show_usage(Measured([row, replace(row, repository="group/app-1")], totals), as_json=False, as_csv=True)
    _, hostile, plain = csv.reader(io.StringIO(capsys.readouterr().out))
    assert hostile[0] == f"'{name}"
    assert plain[0] == "group/app-1"
