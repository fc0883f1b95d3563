from __future__ import annotations

from io import StringIO

import pytest

from ctl.console.collection import show_report
from ctl.operations.collect import Report, Wish

COUNTS = ("repositories", "tags", "manifests", "blobs", "bytes", "live_blobs", "live_bytes", "spared_last")
GOING = ("going_manifests", "going_layer_links", "going_blobs", "going_bytes", "percent")


def said(wish: Wish, going: int, *, swept: bool) -> str:
    report = Report("/srv", supervised=True)
    report.marked = {**dict.fromkeys(COUNTS, 0), **dict.fromkeys(GOING, going)}
    report.swept = {"run": "x", "moved": {"bytes": 0}} if swept else None
    out = StringIO()
    show_report(report, wish, as_json=False, out=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("dry_run", "going", "swept", "expected"),
    [
        (False, 0, False, "there was nothing to delete"),
        (False, 3, True, "went: 3 manifests"),
        # Before somebody is asked.
        (False, 3, False, "would go: 3 manifests"),
        (True, 0, False, "would go: 0 manifests"),
    ],
)
def test_report_says_would_go_only_of_what_was_not_done(
    dry_run: bool, going: int, swept: bool, expected: str
) -> None:
    text = said(Wish(dry_run=dry_run), going, swept=swept)
    assert expected in text
    assert ("would go" in text) == ("would go" in expected)
