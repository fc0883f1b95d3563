"""The trash: undo, unlinking, and what must not be touched."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.progress import silent
from ctl.storage.removal import trash
from ctl.storage.store import StoreError
from tests.storage.dying import Killed, build, changes, dying
from tests.storage.engine import Marked, collect, marked, undo
from tests.storage.tree import Tree, hexed, write


@pytest.fixture
def tree(root: Path) -> Tree:
    return build(root)


def test_undo_overwrites_nothing_that_is_newer(tree: Tree) -> None:
    orphan = tree.blob("orphan")
    collection = collect(tree, untagged=True)
    name, manifest = sorted(collection.manifests)[0]
    tree.blob("orphan")
    os.utime(tree.blob_path(orphan), (1, 1))
    tree.link_revision(name, manifest)
    done = undo(tree)
    assert done.present == 2
    assert tree.blob_path(orphan).stat().st_mtime == 1
    assert tree.trash() == []


def test_undo_fills_a_directory_that_lacks_its_file(tree: Tree) -> None:
    orphan = tree.blob("orphan")
    collect(tree)
    write(tree.blob_path(orphan).with_name("stray"), b"")
    undo(tree)
    assert tree.blob_path(orphan).read_bytes() == b"orphan"
    assert tree.blob_path(orphan).with_name("stray").exists()


def test_undo_makes_no_tag_that_points_nowhere(tree: Tree) -> None:
    collect(tree, untagged=True)
    shutil.rmtree(tree.tag_path("a", "v1"))
    done = undo(tree)
    assert done.homeless == 1
    assert not tree.tag_path("a", "v1").exists()
    assert tree.trash() == ["run"]


def test_unfinished_run_is_told_and_gone_on_with_and_undone_as_one(tree: Tree) -> None:
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True, store=dying(8))
    with pytest.raises(Killed):
        collection.sweep("first")
    with FilesystemStore(str(tree.root)) as store:
        (run,) = trash.runs(store)
        assert (run.name, run.finished, run.unlinking) == ("first", False, False)
        collect(tree, untagged=True, run="first")
        (run,) = trash.runs(store)
        assert run.finished
        assert trash.plans(store, "ctl-trash/first") == [1, 2]
    with pytest.raises(StoreError) as refused:
        marked(tree, untagged=True).sweep("first")
    assert refused.value.code == "run-finished"
    undo(tree, "first")
    assert tree.snapshot() == snapshot


def test_what_came_back_meanwhile_is_deleted_again_by_the_run_that_goes_on(tree: Tree, root: Path) -> None:
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True, store=dying(changes(tree, root) - 1))
    with pytest.raises(Killed):
        collection.sweep("first")
    assert not collection.going & tree.blobs()
    orphan = tree.blob("orphan")
    (name, manifest), *_ = sorted(collection.manifests)
    tree.link_revision(name, manifest)
    collect(tree, untagged=True, run="first")
    assert orphan not in tree.blobs()
    assert not tree.revision_path(name, manifest).exists()
    undo(tree, "first")
    assert tree.snapshot() == snapshot


def test_damaged_plan_is_refused_and_what_it_moved_lies_there(tree: Tree) -> None:
    collect(tree, untagged=True)
    path = tree.root / "ctl-trash/run/plan-1"
    path.write_bytes(path.read_bytes().replace(b'"blob"', b'"bleb"', 1))
    with pytest.raises(StoreError) as refused:
        undo(tree)
    assert refused.value.code == "bad-plan"
    assert list((tree.root / "ctl-trash/run/docker").rglob("data"))


def test_plan_that_was_never_begun_is_cleared(tree: Tree) -> None:
    collection = marked(tree, untagged=True, store=dying(1))
    with pytest.raises(Killed):
        collection.sweep()
    assert tree.trash() == ["run"]
    collect(tree, untagged=True)
    assert sorted(path.name for path in (tree.root / "ctl-trash/run").iterdir()) == [
        "docker",
        "finished",
        "plan-1",
    ]


def test_trash_is_unlinked_when_it_is_old_enough(tree: Tree) -> None:
    collect(tree, untagged=True)
    with FilesystemStore(str(tree.root)) as store:
        now = int(time.time())
        assert trash.empty(store, 3600, now, silent()) == ([], 0, 0)
        (run,) = trash.runs(store)
        assert run.counts.blobs > 0
        names, files, size = trash.empty(store, 3600, now + 3601, silent())
        assert (names, trash.runs(store)) == (["run"], [])
        assert files > run.counts.blobs
        assert size > run.counts.bytes
    assert tree.trash() == []


def test_unlinking_that_was_interrupted_forbids_undo_and_is_gone_on_with(tree: Tree) -> None:
    blobs = tree.blobs() - set(collect(tree, untagged=True).going)
    store = dying(7)(str(tree.root))
    with pytest.raises(Killed):
        trash.empty(store, 0, int(time.time()) + 1, silent())
    with pytest.raises(StoreError) as refused:
        undo(tree)
    assert refused.value.code == "unlinked"
    with FilesystemStore(str(tree.root)) as whole_store:
        assert [run.unlinking for run in trash.runs(whole_store)] == [True]
        trash.empty(whole_store, 10**6, int(time.time()), silent())
    assert tree.trash() == []
    assert tree.blobs() == blobs


def test_unlinking_crosses_no_link(tree: Tree, root: Path) -> None:
    write(root / "precious/file", b"precious")
    collect(tree, untagged=True)
    (tree.root / "ctl-trash/run/docker/link").symlink_to(root / "precious")
    with FilesystemStore(str(tree.root)) as store:
        trash.empty(store, 0, int(time.time()) + 1, silent())
    assert tree.trash() == []
    assert (root / "precious/file").exists()


@pytest.mark.parametrize("kind", ["link", "dangling", "file"])
def test_what_has_the_name_of_the_trash_is_put_aside(tree: Tree, root: Path, kind: str) -> None:
    (root / "elsewhere").mkdir()
    place = tree.root / "ctl-trash"
    if kind == "file":
        place.write_bytes(b"mine")
    else:
        place.symlink_to(root / ("elsewhere" if kind == "link" else "nowhere"))
    (tree.root / "ctl-trash.aside-1").write_bytes(b"earlier")
    with FilesystemStore(str(tree.root)) as store:
        assert trash.is_obstructed(store)
        assert trash.runs(store) == []
    before = tree.snapshot()
    collection = collect(tree, untagged=True)
    assert collection.manifests
    assert tree.snapshot() != before
    undo(tree)
    assert tree.snapshot() == before
    aside = tree.root / "ctl-trash.aside-2"
    assert aside.is_symlink() if kind != "file" else aside.read_bytes() == b"mine"
    assert list((root / "elsewhere").iterdir()) == []


def test_directory_that_becomes_a_link_is_not_crossed(tree: Tree, root: Path) -> None:
    orphan = tree.blob("orphan")
    prefix = tree.blob_path(orphan).parent.parent

    def swap() -> None:
        prefix.rename(root / "elsewhere")
        prefix.symlink_to(root / "elsewhere")

    class Swapping(FilesystemStore):
        def move(self, source: str, target: str) -> None:
            if source.endswith(hexed(orphan)):
                swap()
                self.forget()
            super().move(source, target)

    with pytest.raises(StoreError):
        marked(tree, store=Swapping).sweep()
    assert (root / "elsewhere" / hexed(orphan) / "data").exists()


def test_two_runs_at_a_time_are_refused(tree: Tree) -> None:
    with FilesystemStore(str(tree.root)) as store, trash.locked(store):
        with pytest.raises(StoreError) as refused:
            marked(tree, untagged=True).sweep()
        assert refused.value.code == "locked"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65, "new\nline"])
def test_name_that_leads_elsewhere_is_refused(tree: Tree, name: str) -> None:
    with pytest.raises(StoreError) as refused:
        collect(tree, untagged=True, run=name)
    assert refused.value.code == "bad-run"


def test_undo_of_an_unknown_run_is_refused(tree: Tree) -> None:
    with pytest.raises(StoreError) as refused:
        undo(tree, "unknown")
    assert refused.value.code == "no-run"


def test_emptied_repository_comes_back_by_undo(tree: Tree) -> None:
    snapshot = tree.snapshot()
    collection: Marked = collect(tree, untagged=True)
    assert not tree.repository("empty").exists()
    assert any(verdict.empties for verdict in collection.marking.verdicts)
    undo(tree)
    assert tree.snapshot() == snapshot
    assert (tree.repository("empty") / "_manifests/tags").is_dir()
