from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ctl.apply import generation
from ctl.apply.manifest import FileEntry, described, fingerprint
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state.files import Damaged
from ctl.targets.model import Service
from tests.apply.rendering import rendered, staged, tree


def test_staged_generation_has_its_files_modes_and_manifest(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    built = staged(layout, "a")
    assert built.number == 1
    assert tree(built.path) == {
        "manifest.json",
        "settings.json",
        "stamps.json",
        *("one", "one/a.txt", "two", "two/deep", "two/deep/b.txt"),
        *("runit", "runit/svc", "runit/svc/run", "runit/svc/fingerprint"),
    }
    modes = {path: stat.S_IMODE((built.path / path).stat().st_mode) for path in tree(built.path)}
    assert stat.S_IMODE(built.path.stat().st_mode) == 0o711
    assert modes["one"] == modes["two/deep"] == 0o750
    assert (modes["one/a.txt"], modes["two/deep/b.txt"], modes["runit/svc/run"]) == (0o640, 0o600, 0o750)
    assert modes["manifest.json"] == modes["settings.json"] == 0o600
    assert generation.load(layout, 1).manifest == built.manifest
    assert generation.damaged(built) == []


@pytest.mark.parametrize("umask", [0, 0o077])
def test_staged_generation_is_the_same_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        built = staged(Layout(tmp_path), "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((built.path / "one").stat().st_mode) == 0o750
    assert stat.S_IMODE((built.path / "one/a.txt").stat().st_mode) == 0o640


def test_damage_of_any_kind_is_found(tmp_path: Path) -> None:
    built = staged(Layout(tmp_path), "a")
    (built.path / "one/a.txt").write_text("A")
    (built.path / "two/deep/b.txt").chmod(0o644)
    (built.path / "runit/svc/run").unlink()
    assert sorted(generation.damaged(built)) == ["one/a.txt", "runit/svc/run", "two/deep/b.txt"]


def test_file_replaced_by_a_link_to_the_same_contents_counts_as_damage(tmp_path: Path) -> None:
    built = staged(Layout(tmp_path), "a")
    file = built.path / "one/a.txt"
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert generation.damaged(built) == ["one/a.txt"]


def test_switch_replaces_the_link_and_clears_what_a_killed_switch_left(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a"), staged(layout, "b")
    assert generation.current_number(layout) is None
    generation.switch(layout, 1)
    (layout.home / "current.new").symlink_to("nowhere")
    generation.switch(layout, 2)
    assert generation.current_number(layout) == 2
    assert (layout.current / "one/a.txt").read_text() == "b"
    assert not (layout.home / "current.new").is_symlink()


def test_number_is_higher_than_any_before_also_of_the_one_that_current_names(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a"), staged(layout, "b")
    generation.switch(layout, 2)
    generation.discard(layout, 2)
    assert staged(layout, "c").number == 3


def test_current_that_is_no_generation_is_named_and_never_taken_for_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    for target in ("generations/x", "/etc", "/etc/9", "generations/1234567890", "generations/9"):
        layout.current.unlink(missing_ok=True)
        layout.current.symlink_to(target)
        why = "is gone" if target == "generations/9" else "is no generation"
        leads = f"it leads to {layout.home / target}, which {why}"
        with pytest.raises(Damaged, match=f"^{layout.current} cannot be used: {leads}"):
            generation.load_current(layout)
        assert generation.intact_current(layout) is None
    layout.current.unlink()
    layout.current.write_text("")
    with pytest.raises(Damaged, match="it is no symlink"):
        generation.current_number(layout)
    layout.current.unlink()
    assert generation.current_number(layout) is None


def test_file_in_place_of_all_generations_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    layout.current.symlink_to("generations/9")
    layout.generations.write_text("")
    with pytest.raises(Damaged, match=rf"^{layout.generations} cannot be used: a directory is expected"):
        generation.current_number(layout)


def test_name_of_nine_digits_is_a_generation_and_a_longer_one_is_none() -> None:
    assert generation.is_number("9" * 9)
    assert not generation.is_number("9" * 10)


def test_manifest_that_is_gone_or_of_another_shape_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    manifest = staged(layout, "a").path / "manifest.json"
    manifest.write_text('{"files": {}}')
    with pytest.raises(Damaged, match=r"manifest\.json cannot be used: it is no manifest"):
        generation.load(layout, 1)
    manifest.unlink()
    with pytest.raises(Damaged, match=r"manifest\.json cannot be used: it is gone"):
        generation.load(layout, 1)


@pytest.mark.parametrize("name", ["settings.json", "masked.json"])
def test_generation_is_whole_only_with_what_lies_beside_it_for_root(tmp_path: Path, name: str) -> None:
    layout = Layout(tmp_path)
    built = staged(layout, "a")
    for other in ("settings.json", "masked.json"):
        (built.path / other).write_text("{}")
    assert generation.load_whole(layout, 1).number == 1
    (built.path / name).unlink()
    with pytest.raises(Damaged, match=rf"{name} cannot be used: it is gone"):
        generation.load_whole(layout, 1)


def test_manifest_that_is_broken_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (staged(layout, "a").path / "manifest.json").write_text("{")
    with pytest.raises(Damaged, match=r"generations/1/manifest\.json cannot be used: not JSON"):
        generation.load(layout, 1)
    with pytest.raises(CtlError, match="there is no generation 2") as caught:
        generation.load(layout, 2)
    assert caught.value.help == "there are: 1"


def test_prune_keeps_the_newest_and_those_that_are_needed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for text in "abcdef":
        staged(layout, text)
    assert generation.prune(layout, 2, [1]) == [2, 3, 4]
    assert generation.numbers(layout) == [1, 5, 6]
    assert generation.prune(layout, 10, []) == []
    assert tree(layout.generations) >= {"1", "5", "6"}
    assert {path.name for path in layout.generations.iterdir()} == {"1", "5", "6"}


def test_fingerprint_differs_in_the_half_that_concerns_it(tmp_path: Path) -> None:
    files = {
        path: FileEntry(digest, 0o640, -1)
        for path, digest in (("one/a", "1"), ("two/b", "2"), ("three/c", "3"))
    }
    service = Service("svc", ("one/",), ("two/",), ("program 1",), ("certificate 1",))
    whole = fingerprint(service, files)
    assert len(whole.start) == len(whole.reload) == 64

    def halves(path: str, facts: str = "program 1") -> tuple[bool, bool]:
        other = Service("svc", ("one/",), ("two/",), (facts,), ("certificate 1",))
        changed = fingerprint(other, {**files, path: FileEntry("x", 0o640, -1)})
        return changed.start == whole.start, changed.reload == whole.reload

    assert halves("one/a") == (False, True)
    assert halves("two/b") == (True, False)
    assert halves("three/c") == (True, True)
    assert halves("three/c", "program 2") == (False, True)


def test_stage_on_a_place_that_is_a_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    layout.generations.write_text("")
    tree_ = rendered(layout, "a")
    with pytest.raises(CtlError, match="a new generation cannot be written"):
        generation.stage(layout, tree_, described(tree_, lambda reader: -1), {})
    assert [path.name for path in layout.home.iterdir()] == ["generations"]
