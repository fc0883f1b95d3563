from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.apply.directories import make_directories
from ctl.apply.links import make_links, remove_links
from ctl.apply.safety import unsafe_ancestor
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.targets.model import Directory, Link

NOBODY = 65534


def given_away(path: Path) -> None:
    os.chown(path, NOBODY, -1)


def open_to_all(path: Path) -> None:
    path.chmod(0o777)


def open_to_a_group(path: Path) -> None:
    os.chown(path, -1, NOBODY)
    path.chmod(0o770)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "a/b").mkdir(parents=True)
    return Layout(tmp_path)


@pytest.mark.parametrize("spoil", [given_away, open_to_all, open_to_a_group])
def test_directory_that_another_account_can_write_is_named(
    layout: Layout, spoil: Callable[[Path], object]
) -> None:
    place = layout.root / "a/b/file"
    assert unsafe_ancestor(place, layout) is None
    spoil(layout.root / "a")
    assert unsafe_ancestor(place, layout) == layout.root / "a"
    assert unsafe_ancestor(layout.root / "a", layout) is None


def test_sticky_directory_of_root_is_safe(layout: Layout) -> None:
    (layout.root / "a").chmod(0o1777)
    assert unsafe_ancestor(layout.root / "a/b/file", layout) is None


def test_link_on_the_way_counts_by_its_owner_and_its_target(layout: Layout) -> None:
    link = layout.root / "link"
    link.symlink_to(layout.root / "a")
    assert unsafe_ancestor(link / "file", layout) is None
    (layout.root / "a").chmod(0o777)
    assert unsafe_ancestor(link / "file", layout) == link
    (layout.root / "a").chmod(0o755)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    assert unsafe_ancestor(link / "file", layout) == link


def test_link_that_leads_nowhere_or_in_a_circle_on_the_way_is_unsafe(layout: Layout) -> None:
    for name, target in (("gone", "nowhere"), ("circle", "circle")):
        link = layout.root / name
        link.symlink_to(target)
        assert unsafe_ancestor(link / "file", layout) == link


def test_path_outside_of_the_root_is_judged_from_the_top(layout: Layout, tmp_path: Path) -> None:
    inner = Layout(tmp_path / "a")
    outside = tmp_path / "b/c"
    outside.mkdir(parents=True)
    assert unsafe_ancestor(outside / "file", inner) is None
    os.chown(outside, NOBODY, NOBODY)
    assert unsafe_ancestor(outside / "file", inner) == outside


def test_required_link_in_an_unsafe_place_is_refused_and_an_optional_one_skipped(layout: Layout) -> None:
    place = layout.root / "a/b"
    os.chown(place, NOBODY, NOBODY)
    report = make_links(layout, [Link(str(place / "one"), "x", optional=True)])
    assert report.skipped == [(place / "one", place)]
    with pytest.raises(CtlError, match="another account can write") as caught:
        make_links(layout, [Link(str(place / "one"), "x")])
    assert caught.value.help is not None
    # Whose directory it is may need it: it is not to be taken away.
    assert "chown" not in caught.value.help
    assert f"ls -ld {place}" in caught.value.help
    assert list(place.iterdir()) == []


def test_link_in_an_unsafe_place_is_not_removed(layout: Layout) -> None:
    place = layout.root / "a/b"
    link = Link(str(place / "one"), "x")
    make_links(layout, [link])
    os.chown(place, NOBODY, NOBODY)
    remove_links(layout, [link], keep=())
    assert (place / "one").is_symlink()


def test_directory_of_a_service_is_not_made_in_an_unsafe_place(layout: Layout) -> None:
    place = layout.root / "a/b"
    os.chown(place, NOBODY, NOBODY)
    with pytest.raises(CtlError, match="root must not make it") as caught:
        make_directories(layout, [Directory(str(place / "data"), 0o770, data=True)])
    assert caught.value.help is not None
    assert "install -d -m 0770" in caught.value.help
    (place / "data").mkdir(mode=0o700)
    make_directories(layout, [Directory(str(place / "data"), 0o770, data=True)])
    assert (place / "data").stat().st_mode & 0o777 == 0o700


def test_directory_of_root_gets_its_mode_back(layout: Layout) -> None:
    place = layout.root / "a/b/c"
    make_directories(layout, [Directory(str(place), 0o750)])
    place.chmod(0o777)
    make_directories(layout, [Directory(str(place), 0o750)])
    assert place.stat().st_mode & 0o777 == 0o750


def test_directory_of_root_may_be_a_link_of_root_to_a_safe_place(layout: Layout, tmp_path: Path) -> None:
    place, disk = layout.root / "a/logs", tmp_path / "disk"
    disk.mkdir()
    place.symlink_to(disk)
    make_directories(layout, [Directory(str(place), 0o750)])
    assert disk.stat().st_mode & 0o777 == 0o750
    os.chown(place, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(CtlError, match="is a symlink to where another account can write"):
        make_directories(layout, [Directory(str(place), 0o700)])
    place.unlink()
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open/disk").mkdir()
    place.symlink_to(tmp_path / "open/disk")
    with pytest.raises(CtlError, match="is a symlink to where another account can write"):
        make_directories(layout, [Directory(str(place), 0o700)])
    assert (tmp_path / "open/disk").stat().st_mode & 0o777 == 0o755
