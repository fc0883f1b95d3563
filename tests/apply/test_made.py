from __future__ import annotations

from pathlib import Path

import pytest

from ctl.apply.made import check, record, record_places, salvage
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state.files import Damaged
from ctl.targets.model import Directory, Link


def recorded(layout: Layout) -> list[str]:
    return (layout.state / "made").read_text().splitlines()


def test_what_is_made_is_recorded_once_and_added_to(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    record(layout, ["user registry"])
    record(layout, ["group registry", "user registry"])
    assert recorded(layout) == ["group registry", "user registry"]
    before = (layout.state / "made").stat().st_ino
    record(layout, ["group registry"])
    assert (layout.state / "made").stat().st_ino == before


def test_directories_that_are_missing_are_recorded_with_their_parents_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "root")
    there = tmp_path / "there"
    there.mkdir()
    record_places(
        layout,
        [Directory(str(there), 0o755), Directory(str(there / "a/b"), 0o755, data=True)],
        [Link(str(there / "link"), "registry/config.yml")],
    )
    assert recorded(layout) == [f"data {there}/a/b", f"directory {there}/a", f"link {there}/link"]


def test_directory_of_images_that_was_there_before_is_recorded_as_such_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "root")
    there = tmp_path / "there"
    there.mkdir()
    record_places(layout, [Directory(str(there), 0o770, "registry", data=True)], [])
    assert recorded(layout) == [f"images registry {there}"]


def test_name_with_a_line_break_is_not_recorded(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    record(layout, ["link /srv/a\nuser root", "link /srv/b"])
    assert recorded(layout) == ["link /srv/b"]


def test_record_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.state.mkdir(parents=True)
    (layout.state / "made").mkdir()
    with pytest.raises(CtlError, match="made cannot be used: a directory"):
        record(layout, ["user registry"])


def test_record_that_is_cut_off_is_damaged_and_half_of_a_path_is_not_taken_over(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    record(layout, ["directory /srv/ab", "directory /srv/abc"])
    path = layout.state / "made"
    check(path)
    path.write_text("directory /srv/ab\ndirectory /srv/a")
    with pytest.raises(Damaged, match="its last line is cut off"):
        check(path)
    path.rename(aside := tmp_path / "aside")
    salvage(layout, aside)
    assert recorded(layout) == ["directory /srv/ab"]
