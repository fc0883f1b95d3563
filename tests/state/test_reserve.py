from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.state import readonly, reserve
from ctl.state.readonly import ReadOnly
from tests.system.test_collect_full_disk import FILLING, small

WHY = ReadOnly("now", "root", "the disk is full")


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """On a small file system of its own."""
    made = Layout(tmp_path / "root")
    with small(made.root, 200):
        made.state.mkdir(parents=True)
        yield made


def pieces(layout: Layout) -> list[int]:
    """Return the sizes of the pieces that are there."""
    return [path.lstat().st_size for path in (layout.state / "reserve").glob("*")]


@pytest.mark.parametrize("kind", FILLING)
def test_write_on_a_full_disk_takes_of_the_reserve_which_is_made_anew(layout: Layout, kind: str) -> None:
    reserve.fill(layout)
    assert pieces(layout) == [reserve.PIECE_BYTES] * reserve.PIECES
    with FILLING[kind](layout.state, 0):
        with pytest.raises(OSError, match="No space left"):
            (layout.state / "other").write_text("x")
        readonly.demand(layout, WHY)
        assert readonly.wanted(layout) == WHY
        assert len(pieces(layout)) == reserve.PIECES - 1
        # As much of it as there is room for: what was written has taken some.
        reserve.fill(layout)
        assert set(pieces(layout)) == {reserve.PIECE_BYTES}
    reserve.fill(layout)
    assert pieces(layout) == [reserve.PIECE_BYTES] * reserve.PIECES


@pytest.mark.parametrize("kind", FILLING)
def test_services_get_room_while_they_are_exchanged(layout: Layout, kind: str) -> None:
    reserve.fill(layout)
    with FILLING[kind](layout.state, 0):
        with reserve.shared(layout):
            (layout.state / "other").write_text("x")
            assert len(pieces(layout)) == reserve.PIECES // 2
            (layout.state / "other").unlink()
        assert len(pieces(layout)) == reserve.PIECES
    with reserve.shared(layout):
        assert len(pieces(layout)) == reserve.PIECES


@pytest.mark.parametrize("kind", FILLING)
def test_disk_that_is_full_without_a_reserve_fails_and_names_the_file(layout: Layout, kind: str) -> None:
    with FILLING[kind](layout.state, 0):
        with pytest.raises(OSError, match="No space left") as caught:
            readonly.demand(layout, WHY)
        assert str(caught.value.filename).endswith("read-only.json") or "read-only.json" in str(caught.value)
        reserve.fill(layout)
        assert sum(pieces(layout)) == 0


def test_piece_that_a_killed_run_left_is_made_anew(layout: Layout) -> None:
    reserve.fill(layout)
    os.truncate(layout.state / "reserve/3", 5)
    (layout.state / "reserve/4").unlink()
    reserve.fill(layout)
    assert pieces(layout) == [reserve.PIECE_BYTES] * reserve.PIECES


def test_failure_of_another_kind_leaves_the_reserve_alone(layout: Layout) -> None:
    reserve.fill(layout)

    def refused() -> None:
        raise OSError(errno.EROFS, "read-only file system")

    with pytest.raises(OSError, match="read-only"):
        reserve.with_room(layout, refused)
    assert len(pieces(layout)) == reserve.PIECES


def test_reserve_without_an_installation_is_none(tmp_path: Path) -> None:
    with reserve.shared(Layout(tmp_path / "nothing")):
        pass
    assert not (tmp_path / "nothing").exists()


def test_directory_in_the_place_of_a_piece_hinders_no_other(layout: Layout) -> None:
    (layout.state / "reserve/3/inside").mkdir(parents=True)
    reserve.fill(layout)
    assert pieces(layout).count(reserve.PIECE_BYTES) == reserve.PIECES
