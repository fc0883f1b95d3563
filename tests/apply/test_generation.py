from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from ctl.apply import generation, manifest
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
    assert modes["manifest.json"] == modes["settings.json"] == modes["stamps.json"] == 0o600
    assert modes["runit/svc/fingerprint"] == 0o640
    assert stat.S_IMODE(layout.generations.stat().st_mode) == 0o711
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
    file = staged(layout, "a").path / "manifest.json"
    file.write_text('{"files": {}}')
    with pytest.raises(Damaged, match=r"manifest\.json cannot be used: it is no manifest"):
        generation.load(layout, 1)
    file.unlink()
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


def test_generation_comes_into_force_whatever_has_its_temporary_names(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for name in ("generations/1.partial/inside", "generations/2.partial", "current.new/inside"):
        (layout.home / name).mkdir(parents=True)
    staged(layout, "a"), staged(layout, "b")
    generation.switch(layout, 2)
    (layout.generations / "1.partial").mkdir()
    generation.discard(layout, 1)
    assert generation.current_number(layout) == 2
    assert sorted(entry.name for entry in layout.generations.iterdir()) == ["1.partial.damaged-1", "2"]


def test_directory_in_the_place_of_the_link_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a")
    layout.current.mkdir()
    with pytest.raises(CtlError, match=f"{layout.current} cannot be switched: is a directory"):
        generation.switch(layout, 1)
    assert not (layout.home / "current.new").is_symlink()


def test_generation_that_does_not_say_what_gitlab_knows_is_damaged(tmp_path: Path) -> None:
    made = staged(Layout(tmp_path), "a")
    with pytest.raises(Damaged, match=r"manifest\.json cannot be used: it is no manifest"):
        _ = made.told
    told = manifest.Told(True, None, None, None, "issuer", None)
    assert replace(made, manifest=replace(made.manifest, gitlab=told)).told == told


def test_what_is_in_force_is_loaded_and_before_the_first_run_there_is_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert generation.load_current(layout) is None
    assert generation.intact_current(layout) is None
    made = staged(layout, "a")
    (made.path / "masked.json").write_text("{}")
    generation.switch(layout, 1)
    assert generation.load_current(layout) == made
    assert generation.intact_current(layout) == made


def test_first_generation_is_number_one_whatever_the_link_leads_to(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    layout.current.symlink_to("generations/x")
    assert staged(layout, "a").number == 1


def test_named_pipe_in_place_of_a_file_counts_as_damage_and_holds_nobody_up(tmp_path: Path) -> None:
    made = staged(Layout(tmp_path), "a")
    (made.path / "one/a.txt").unlink()
    os.mkfifo(made.path / "one/a.txt", 0o640)
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    assert generation.damaged(made) == ["one/a.txt"]
    assert len(list(descriptors.iterdir())) == before


def test_stamps_of_a_tree_are_those_of_its_files_and_of_the_directories_in_it(tmp_path: Path) -> None:
    made = staged(Layout(tmp_path), "a")
    stamps = json.loads((made.path / "stamps.json").read_text())
    directories = {f"{path}/" for path in tree(made.path) if (made.path / path).is_dir()}
    assert {path for path in stamps if path.endswith("/")} == directories
    assert stamps["one/a.txt"] == generation.stamp_of(made.path / "one/a.txt")
    assert stamps["one/"] == generation.stamp_of(made.path / "one")


def test_stamp_of_a_directory_changes_with_its_entries_and_not_with_its_mode(tmp_path: Path) -> None:
    before = generation.stamp_of(tmp_path)
    tmp_path.chmod(0o700)
    tmp_path.chmod(0o755)
    assert generation.stamp_of(tmp_path) == before
    os.utime(tmp_path, (1, 1))
    assert generation.stamp_of(tmp_path) != before


def test_stamp_of_a_file_changes_though_its_time_was_put_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a")
    before, status = generation.stamp_of(path), path.stat()
    # Clocks of file systems stand still for some milliseconds.
    while path.stat().st_ctime_ns == status.st_ctime_ns:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert generation.stamp_of(path) != before
    path.unlink()
    assert generation.stamp_of(path) is None


def test_generation_that_does_not_come_to_the_disk_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)

    def fsync(path: Path) -> None:
        if path.name == "b.txt":
            raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("ctl.apply.tree.fsync", fsync)
    with pytest.raises(CtlError, match="a new generation cannot be written"):
        staged(layout, "a")
    assert list(layout.generations.iterdir()) == []


def test_switch_that_cannot_be_done_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a")
    layout.current.mkdir()
    with pytest.raises(CtlError, match="current cannot be switched"):
        generation.switch(layout, 1)
    assert layout.current.is_dir()


def test_only_generation_is_taken_out_of_force_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a")
    generation.switch(layout, 1)
    synced: list[Path] = []
    monkeypatch.setattr(generation, "fsync_directory", synced.append)
    for _ in range(2):
        generation.unset(layout)
        assert generation.current_number(layout) is None
        assert not os.path.lexists(layout.current)
    assert synced == [layout.home, layout.home]
