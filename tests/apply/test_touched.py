from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ctl.apply import generation
from ctl.apply.generation import Staged
from ctl.apply.links import make_links
from ctl.apply.touched import Edit, How, affected, edits, remember_links, well_known
from ctl.paths import Layout
from ctl.state.fingerprint import Due
from tests.apply.rendering import staged


def put_in_force(tmp_path: Path) -> tuple[Layout, Staged]:
    layout = Layout(tmp_path)
    current = staged(layout, "a")
    make_links(layout, current.manifest.links)
    generation.switch(layout, current.number)
    remember_links(layout, current.manifest.links)
    return layout, current


def test_generation_that_nobody_touched_has_no_edits(tmp_path: Path) -> None:
    assert edits(*put_in_force(tmp_path)) == []


def write(path: Path) -> None:
    path.write_text("x")


def write_back(path: Path) -> None:
    text, status = path.read_text(), path.stat()
    path.write_text("x")
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def swap_back(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.write_text("x")
    kept.rename(path)


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("deed", "how"),
    [
        (write, How.CHANGED),
        (Path.unlink, How.REMOVED),
        (write_back, How.TOUCHED),
        (swap_back, How.TOUCHED),
        (make_fifo, How.CHANGED),
        (make_directory, How.CHANGED),
        (lambda path: path.chmod(0o600), How.CHANGED),
    ],
)
def test_whatever_was_done_to_a_file_is_found_and_its_reader_reads_anew(
    tmp_path: Path, deed: Callable[[Path], object], how: How
) -> None:
    layout, current = put_in_force(tmp_path)
    deed(current.path / "one/a.txt")
    seen = edits(layout, current)
    assert Edit("one/a.txt", how, "one/a.txt") in seen
    assert affected(current, seen) == {"svc": Due.RESTART}


def test_file_that_was_added_is_found_and_its_reader_reads_anew(tmp_path: Path) -> None:
    layout, current = put_in_force(tmp_path)
    write(current.path / "two/deep/mine")
    assert edits(layout, current) == [Edit("two/deep/mine", How.ADDED, "two/deep/mine")]
    assert affected(current, edits(layout, current)) == {"svc": Due.RELOAD}
    (current.path / "two/deep/mine").unlink()
    assert edits(layout, current) == [Edit("two/deep/", How.TOUCHED, "two/deep/")]
    assert affected(current, edits(layout, current)) == {"svc": Due.RELOAD}


@pytest.mark.parametrize("deed", [write_back, swap_back, write, Path.unlink])
def test_link_that_was_another_for_a_while_lets_its_reader_read_anew(
    tmp_path: Path, deed: Callable[[Path], object]
) -> None:
    layout, current = put_in_force(tmp_path)
    link = Path(current.manifest.links[0].path)
    if deed in (write, write_back):
        link.unlink()
    if deed is write_back:
        link.write_text("x")
        link.unlink()
        link.symlink_to(layout.current / "one/a.txt")
    else:
        deed(link)
    seen = edits(layout, current)
    assert [edit.path for edit in seen] == [str(link)]
    assert affected(current, seen) == {"svc": Due.RESTART}


def test_edit_without_word_of_who_reads_what_concerns_every_service(tmp_path: Path) -> None:
    layout, current = put_in_force(tmp_path)
    older = replace(current, manifest=replace(current.manifest, reads={}))
    write(current.path / "two/deep/b.txt")
    assert affected(older, edits(layout, older)) == {"svc": Due.RESTART}


@pytest.mark.parametrize("content", ["", "[", "[" * 100_000, "[]", "\0"])
def test_stamps_that_are_damaged_are_found_and_are_no_stamps(tmp_path: Path, content: str) -> None:
    layout, current = put_in_force(tmp_path)
    (current.path / generation.STAMPS).write_text(content)
    (layout.state / "links.json").write_text(content)
    assert edits(layout, current) == [Edit("stamps.json", How.CHANGED, "stamps.json")]
    write(current.path / "one/a.txt")
    assert [edit.path for edit in edits(layout, current)] == ["one/a.txt", "stamps.json"]


def test_well_known_path_of_a_file_is_the_one_that_leads_to_it(tmp_path: Path) -> None:
    layout, current = put_in_force(tmp_path)
    assert well_known(layout, current, "one/a.txt") == f"{tmp_path}/etc/a.txt"
    assert well_known(layout, current, "two/deep/b.txt") == f"{layout.current}/two/deep/b.txt"
