"""What a collection says it did."""

from __future__ import annotations

import io
import sys

import pytest
from msgspec.structs import fields, replace

from ctl.console.collection import show_emptied, show_report
from ctl.operations.collect.run import Report, Wish
from ctl.operations.collect.windows import Deleted
from ctl.storage.events import Counts, Emptied, Marked

MARKED = Marked(
    **{field.name: 0 for field in fields(Marked)} | {"nothing_marked": False, "percent": 60.0},  # type: ignore[arg-type]
)
MARKED = replace(
    MARKED,
    repositories=1,
    manifests=3,
    tags=1,
    blobs=9,
    bytes=3_000_000,
    live_blobs=3,
    live_bytes=1_200_000,
    going_manifests=2,
    going_layer_links=4,
    going_blobs=6,
    going_bytes=1_800_000,
)
NOTHING = replace(MARKED, going_manifests=0, going_layer_links=0, going_blobs=0, going_bytes=0, percent=0.0)
SWEPT = Deleted("20261121T040500Z", Counts(), Counts(2, 4, 5, 1_700_000))


def shown(report: Report, wish: Wish, *, asked: bool = False) -> list[str]:
    out = io.StringIO()
    kept = sys.stderr
    try:
        sys.stderr = out if asked else kept
        show_report(report, wish, as_json=False, out=out)
    finally:
        sys.stderr = kept
    return out.getvalue().splitlines()


def test_collection_that_deletes_nothing_says_so_and_not_what_would_go() -> None:
    lines = shown(Report("/s", True, NOTHING), Wish())
    assert lines[-1] == "there is nothing to delete"
    assert not any("would go" in line for line in lines)


def test_dry_run_and_question_say_what_would_go() -> None:
    report = Report("/s", True, MARKED)
    going = "would go: 2 manifests, 4 links to layers, 6 blobs, 1.8 MB (60.0 %)"
    assert going in shown(report, Wish(dry_run=True))
    assert going in shown(report, Wish(), asked=True)
    assert "would go: 0 manifests, 0 links to layers, 0 blobs, 0 B (0.0 %)" in shown(
        Report("/s", True, NOTHING), Wish(dry_run=True)
    )


def test_collection_says_what_it_deleted_and_that_it_takes_its_room_for_a_while() -> None:
    report = Report(
        "/s", True, MARKED, swept=SWEPT, windows=1, refused_seconds=2.4, longest_refused_seconds=2.4
    )
    lines = shown(report, Wish())
    # What went, and not what was marked before.
    assert "went: 2 manifests, 4 links to layers, 5 blobs, 1.7 MB" in lines
    assert "deleted 1.7 MB; freed 0 B" in lines
    assert (
        "what was deleted takes its room until the trash is emptied, by a run in 24 h or by --empty-trash"
        " --keep-deleted 0; until then --undo brings it back (20261121T040500Z)"
    ) in lines
    assert lines[-1] == "pushes were refused for 2.4 s"
    several = replace(report, windows=3, refused_seconds=120.0, longest_refused_seconds=58.0)
    assert shown(several, Wish())[-1] == "pushes were refused 3 times, for 58.0 s at most, for 120.0 s in all"


def test_collection_that_keeps_nothing_says_what_is_free() -> None:
    lines = shown(Report("/s", True, MARKED, swept=SWEPT, freed=1_800_000), Wish(keep_deleted=0))
    assert "deleted 1.7 MB; freed 1.8 MB" in lines
    assert not any("--undo" in line for line in lines)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (0, "there is nothing in the trash"),
        (2, "none of 2 runs in the trash is old enough; --keep-deleted 0 takes all"),
    ],
)
def test_trash_of_which_nothing_goes_says_why(
    left: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_emptied(Emptied([], 0, 0, left), as_json=False)
    assert capsys.readouterr().out == f"{said}\n"
