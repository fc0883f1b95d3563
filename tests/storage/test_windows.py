"""A sweep that has to end before it is done, and is gone on with when others have pushed meanwhile."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.limit import Limit
from ctl.storage.engine.listing import list_store
from ctl.storage.engine.progress import STRIDE, silent
from ctl.storage.events import Counts, Swept
from ctl.storage.removal import sweep
from ctl.storage.removal.trash import moved
from ctl.storage.store import StoreError
from tests.storage.dying import tagged, whole
from tests.storage.engine import Marked, marked, undo
from tests.storage.process import worker
from tests.storage.tree import Tree

ORPHANS = 3 * STRIDE


@pytest.fixture
def tree(root: Path) -> Tree:
    tree = Tree(root / "store")
    tree.image("a", "v1")
    for _ in range(5):
        tree.image("a")
    for _ in range(ORPHANS):
        tree.blob()
    tree.age(3600, now=time.time())
    return tree


def window(collection: Marked, already: Counts | None = None, seconds: float = 0.0) -> Swept:
    return collection.sweep(seconds=seconds, already=already or Counts())


def test_sweep_whose_time_is_over_has_made_headway_and_the_next_ones_end_it(tree: Tree) -> None:
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True)
    wanted, total, count = collection.sweep_counts(), Counts(), 0
    finished = False
    while not finished:
        swept = window(collection, total)
        assert swept.moved != Counts()
        total, count, finished = total + swept.moved, count + 1, swept.finished
        whole(tree)
        assert tagged(tree) <= tree.blobs()
        with FilesystemStore(str(tree.root)) as store:
            # Plans overlap; what was moved is counted once.
            assert moved(store, "run", silent()) == total
    assert count == 4
    assert total == wanted
    assert not collection.going & tree.blobs()
    assert (tree.root / "ctl-trash/run/finished").exists()
    undone = undo(tree)
    assert (undone.restored.blobs, undone.restored.manifests) == (wanted.blobs, wanted.manifests)
    assert tree.snapshot() == snapshot


def test_sweep_with_time_enough_is_finished_at_once(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    swept = window(collection, seconds=3600.0)
    assert swept.finished
    assert swept.moved == collection.sweep_counts()
    assert 0 < swept.listing < 60


def test_time_that_listing_has_used_up_still_leaves_some_for_moving(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = marked(tree, untagged=True)

    def listed(*words: object, **more: object) -> object:
        time.sleep(0.3)
        return list_store(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "list_store", listed)
    # An eighth of this is far more than so small a plan takes.
    assert window(collection, seconds=0.3 * 8).finished


def test_manifest_that_is_pushed_between_two_windows_keeps_what_it_needs(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    planned = sorted(collection.going)
    assert not window(collection).finished
    left = sorted(set(planned) & tree.blobs())
    # The client finds the last of them there, and sends the manifest alone.
    image = tree.image("pushed", "v1", layers=left[-2:])
    time.sleep(0.02)
    total = Counts()
    finished = False
    while not finished:
        swept = window(collection, total)
        finished = swept.finished
    assert {*left[-2:], image} <= tree.blobs()
    assert not set(left[:-2]) & tree.blobs()
    whole(tree)


@pytest.mark.parametrize("min_age", [0, 60])
def test_what_was_moved_and_pushed_again_before_the_next_window_stays(tree: Tree, min_age: int) -> None:
    collection = marked(tree, untagged=True, min_age=min_age, now=time.time() - 10)
    planned = sorted(collection.going)
    assert not window(collection).finished
    (again, *_) = [digest for digest in planned if digest not in tree.blobs()]
    lies = tree.root / "ctl-trash/run/docker/registry/v2/blobs/sha256" / again[7:9] / again[7:] / "data"
    path = tree.blob_path(again)
    path.parent.mkdir(parents=True)
    path.write_bytes(lies.read_bytes())
    # By somebody whose manifest is still to come.
    time.sleep(0.02)
    finished = False
    while not finished:
        finished = window(collection).finished
    assert again in tree.blobs()


def test_limit_holds_for_all_windows_together(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    limit = Limit(blobs=collection.sweep_counts().blobs)
    first = collection.sweep(seconds=0.0, limit=limit)
    assert not first.finished
    with pytest.raises(StoreError) as stopped:
        collection.sweep(seconds=0.0, limit=limit, already=first.moved + Counts(blobs=1))
    assert stopped.value.code == "limit-exceeded"
    assert collection.sweep(limit=limit, already=first.moved).finished


def test_worker_goes_on_with_its_marking_until_the_sweep_is_finished(tree: Tree) -> None:
    snapshot = tree.snapshot()
    with worker() as child:
        events = child.ask_all(do="mark", root=str(tree.root), untagged=True)
        (listing,) = [event["seconds"] for event in events if event["event"] == "listing"]
        assert 0 < listing < 60
        limit = {"blobs": events[-1]["going_blobs"]}
        answers = [child.ask(do="sweep", run="r", limit=limit, milliseconds=0)]
        while not answers[-1]["finished"]:
            answers.append(child.ask(do="sweep", run="r", limit=limit, milliseconds=0))
        assert len(answers) == 4
        assert sum(swept["moved"]["blobs"] for swept in answers) == limit["blobs"]
        assert child.ask(do="sweep", run="r")["code"] == "no-mark"
        counted = child.ask(do="moved", root=str(tree.root), run="r")
        assert counted["blobs"] == limit["blobs"]
        assert child.ask(do="undo", root=str(tree.root), run="r")["restored"]["blobs"] == limit["blobs"]
        assert child.end()[0] == 0
    assert tree.snapshot() == snapshot


@pytest.mark.parametrize("is_resumed", [False, True])
def test_repository_that_the_first_window_emptied_leaves_the_catalog_with_the_last(
    tree: Tree, is_resumed: bool
) -> None:
    image = tree.image("gone", "v1")
    shutil.rmtree(tree.tag_path("gone", "v1"))
    tree.age(3600, now=time.time())
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True)
    assert not window(collection).finished
    if is_resumed:
        collection.close()
        assert not tree.revision_path("gone", image).exists()
        collection = marked(tree, untagged=True)
    while not window(collection).finished:
        pass
    assert not tree.repository("gone").exists()
    collection.close()
    undo(tree)
    assert tree.snapshot() == snapshot
