from __future__ import annotations

from pathlib import Path

import pytest

from ctl.apply.links import is_right, make_links, remove_links
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.targets.model import Link


def test_link_is_made_with_its_directory_and_found_right(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    links = [Link(str(tmp_path / "x/y/one"), "a/b"), Link(str(tmp_path / "two"), "/elsewhere")]
    assert not any(is_right(layout, link) for link in links)
    report = make_links(layout, links)
    assert report.made == [tmp_path / "x/y/one", tmp_path / "two"]
    assert (tmp_path / "x/y/one").readlink() == layout.current / "a/b"
    assert (tmp_path / "two").readlink() == Path("/elsewhere")
    assert all(is_right(layout, link) for link in links)
    assert make_links(layout, links).made == []


def test_foreign_file_is_saved_under_a_free_name(tmp_path: Path) -> None:
    layout, path = Layout(tmp_path), tmp_path / "one"
    (tmp_path / "one.saved-1").symlink_to("dangling")
    path.write_text("mine")
    report = make_links(layout, [Link(str(path), "a")])
    assert report.saved == [(path, tmp_path / "one.saved-2")]
    assert (tmp_path / "one.saved-2").read_text() == "mine"
    assert path.is_symlink()


def test_half_made_link_of_a_killed_run_is_in_nobodys_way(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / ".one.ctl-new").symlink_to("half")
    make_links(layout, [Link(str(tmp_path / "one"), "a")])
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_links_that_are_not_kept_vanish_and_foreign_ones_stay(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    links = [Link(str(tmp_path / name), name) for name in ("kept", "gone", "foreign", "file", "missing")]
    make_links(layout, links[:2])
    (tmp_path / "foreign").symlink_to("/elsewhere")
    (tmp_path / "file").write_text("")
    (tmp_path / ".gone.ctl-new").mkdir()
    remove_links(layout, links, keep=links[:1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "foreign", "kept"]


def test_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CtlError, match="file/one cannot be made"):
        make_links(Layout(tmp_path), [Link(str(tmp_path / "file/one"), "a")])


def test_link_is_made_whatever_has_its_temporary_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / ".one.ctl-new/inside").mkdir(parents=True)
    links = [Link(str(tmp_path / "one"), "a")]
    make_links(layout, links)
    assert is_right(layout, links[0])
    assert (tmp_path / ".one.ctl-new.damaged-1/inside").is_dir()
