"""The sweep, the trash and the way back, also when they are ended at any moment."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine import plan
from ctl.storage.engine.limit import Limit
from ctl.storage.engine.plan import Item, planned
from ctl.storage.engine.progress import silent
from ctl.storage.events import Kind
from ctl.storage.removal import trash
from ctl.storage.store import StoreError
from tests.storage.dying import Killed, build, changes, dying, tagged, whole
from tests.storage.engine import collect, marked, undo
from tests.storage.tree import Tree, fallback, hexed


@pytest.fixture
def tree(root: Path) -> Tree:
    return build(root)


def test_sweep_at_every_moment_of_death_leaves_whole_images_and_can_be_undone(tree: Tree, root: Path) -> None:
    count, snapshot, needed = changes(tree, root), tree.snapshot(), tagged(tree)
    original = Path(shutil.copytree(tree.root, root / "original"))
    assert count > 25
    expected = None
    for after in range(count):
        collection = marked(tree, untagged=True, store=dying(after))
        with pytest.raises(Killed):
            collection.sweep()
        collection.store.close()
        assert needed <= tree.blobs()
        whole(tree)
        # The next run finishes in the same run's directory, and takes the rest.
        again = collect(tree, untagged=True)
        if expected is None:
            expected = tree.blobs(), tree.links()
        assert (tree.blobs(), tree.links()) == expected
        assert not again.codes()
        if tree.trash():
            undo(tree)
        assert tree.snapshot() == snapshot
        shutil.rmtree(tree.root)
        shutil.copytree(original, tree.root)


def test_undo_at_every_moment_of_death_goes_on(tree: Tree, root: Path) -> None:
    snapshot, needed = tree.snapshot(), tagged(tree)
    collect(tree, untagged=True)
    original = root / "original"
    shutil.copytree(tree.root, original, symlinks=True)
    after = 0
    while True:
        with dying(after)(str(tree.root)) as store:
            try:
                trash.undo(store, "run", silent())
                break
            except Killed:
                pass
        assert needed <= tree.blobs()
        whole(tree)
        try:
            undo(tree)
        except StoreError as error:
            # It was all back, and being unlinked.
            assert error.code == "unlinked"  # noqa: PT017
            with FilesystemStore(str(tree.root)) as whole_store:
                trash.empty(whole_store, 0, int(time.time()), silent())
        assert tree.snapshot() == snapshot
        assert tree.trash() == []
        shutil.rmtree(tree.root)
        shutil.copytree(original, tree.root, symlinks=True)
        after += 1
    assert after > 25


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EACCES])
def test_refusal_by_the_system_stops_and_says_where(tree: Tree, root: Path, number: int) -> None:
    snapshot, needed = tree.snapshot(), tagged(tree)
    for after in range(0, changes(tree, root), 5):
        store = dying(after, lambda path: OSError(number, os.strerror(number), path))
        with pytest.raises(StoreError) as stopped:
            marked(tree, untagged=True, store=store).sweep()
        assert stopped.value.code in ("disk-refused", "io-error")
        assert " at " in stopped.value.message
        assert needed <= tree.blobs()
        whole(tree)
        if tree.trash():
            undo(tree)
        assert tree.snapshot() == snapshot


def test_order_is_links_before_blobs_and_parents_before_children(tree: Tree) -> None:
    collection = collect(tree, untagged=True)
    kinds = [item.kind for item in collection.events]
    ranks = [{Kind.HISTORY: 0, Kind.REVISION: 0, Kind.LAYER: 1, Kind.BLOB: 2}[kind] for kind in kinds]
    assert ranks == sorted(ranks)
    assert set(kinds) == {Kind.HISTORY, Kind.REVISION, Kind.LAYER, Kind.BLOB}
    moved = [item.digest.hex() for item in collection.events if item.kind is Kind.REVISION]
    (plan,) = tree.root.glob("ctl-trash/run/plan-1")
    assert plan.exists()
    for item in collection.events:
        if item.kind is Kind.REVISION:
            blob = tree.root / "ctl-trash/run" / f"docker/registry/v2/blobs/sha256/{item.digest.hex()[:2]}"
            document = json.loads((blob / item.digest.hex() / "data").read_bytes())
            for child in document.get("manifests", []):
                assert moved.index(item.digest.hex()) < moved.index(hexed(child["digest"]))


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (Limit(), True),
        (Limit(manifests=10**6, blobs=10**6, bytes=10**9), True),
        (Limit(blobs=1), False),
        (Limit(bytes=10), False),
        (Limit(manifests=0), False),
    ],
)
def test_more_than_was_confirmed_is_refused(tree: Tree, limit: Limit, allowed: bool) -> None:
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True)
    if allowed:
        assert collection.sweep(limit=limit).moved == collection.sweep_counts()
        return
    with pytest.raises(StoreError) as stopped:
        collection.sweep(limit=limit)
    assert stopped.value.code == "limit-exceeded"
    assert tree.snapshot() == snapshot
    assert tree.trash() == []


def test_what_came_after_the_marking_does_not_go(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    orphan = tree.blob("came later")
    tree.image("a", "v3")
    shutil.rmtree(tree.tag_path("a", "v2"))
    settle(tree)
    collection.sweep()
    assert orphan in tree.blobs()
    whole(tree)
    assert {hexed(blob) for blob in collection.going} >= {item.digest.hex() for item in collection.events}


def test_what_was_tagged_after_the_marking_stays(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    name, manifest = sorted(collection.manifests)[0]
    tree.tag(name, "rescued", manifest)
    settle(tree)
    collection.sweep()
    assert tree.revision_path(name, manifest).exists()
    assert tagged(tree) <= tree.blobs()
    whole(tree)


def settle(tree: Tree) -> None:
    """Let what was just written have been written before the sweep."""
    tree.age(5, now=time.time())


def pushing(when: str, action: Callable[[], object]) -> type[FilesystemStore]:
    """Give a store in which somebody else writes at a moment of the sweep."""

    class Pushing(FilesystemStore):
        moves = 0

        def write(self, path: str, content: bytes) -> None:
            super().write(path, content)
            if when == "before" and path.endswith(".new"):
                later(action)

        def move(self, source: str, target: str) -> None:
            super().move(source, target)
            if not source.endswith(".new"):
                Pushing.moves += 1
                if when == "during" and Pushing.moves == 5:
                    later(action)

    return Pushing


def later(action: Callable[[], object]) -> None:
    """Do something when the clock of the file system has moved on."""
    time.sleep(0.02)
    action()


@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("written", ["push", "blob", "layer", "retag"])
def test_foreign_writer_ends_the_sweep_and_nothing_is_gone(tree: Tree, when: str, written: str) -> None:
    old = sorted(tree.base.glob("repositories/a/_manifests/revisions/sha256/*"))[0].name
    action: dict[str, Callable[[], object]] = {
        "push": lambda: tree.image("a", "pushed"),
        "blob": lambda: tree.blob("foreign"),
        "layer": lambda: tree.layer("a"),
        "retag": lambda: tree.tag("a", "other", f"sha256:{old}"),
    }
    before = tree.snapshot()
    settle(tree)
    collection = marked(tree, untagged=True, store=pushing(when, action[written]))
    with pytest.raises(StoreError) as stopped:
        collection.sweep()
    assert stopped.value.code == "foreign-writer"
    after = tree.snapshot()
    assert {path: after.get(path) for path in before} == before
    assert tree.trash() == []


def test_blob_that_was_written_anew_meanwhile_is_not_moved(tree: Tree) -> None:
    orphan = tree.blob("orphan")
    settle(tree)
    collection = marked(tree, store=pushing("before", lambda: tree.blob("orphan")))
    with pytest.raises(StoreError) as stopped:
        collection.sweep()
    assert stopped.value.code == "foreign-writer"
    assert orphan in tree.blobs()


def test_age_is_counted_by_the_clock_of_the_file_system_where_that_is_behind(tree: Tree) -> None:
    """On a network mount the server writes the times."""
    now, hour = time.time(), 3600

    class Behind(FilesystemStore):
        def write(self, path: str, content: bytes) -> None:
            super().write(path, content)
            os.utime(tree.root / path, (now - 2 * hour,) * 2)

    orphan = tree.blob("orphan")
    tree.age(48 * hour, now=now)
    os.utime(tree.blob_path(orphan), (now - 25 * hour,) * 2)
    collection = marked(tree, untagged=True, min_age=24 * hour, now=now, store=Behind)
    assert orphan in collection.going
    collection.sweep()
    # It was pushed 23 hours ago by the clock that gave it its time.
    assert orphan in tree.blobs()
    assert collection.events


@pytest.mark.parametrize(("age", "stays"), [(3598, True), (3602, False)])
def test_blob_goes_from_its_minimum_age_on(tree: Tree, age: int, stays: bool) -> None:
    now = time.time()
    orphan = tree.blob("orphan")
    os.utime(tree.blob_path(orphan), (now - age,) * 2)
    marked(tree, min_age=3600, now=now).sweep()
    assert (orphan in tree.blobs()) == stays


def test_files_of_the_future_stay(tree: Tree) -> None:
    """A clock that was set back makes everything younger, never older."""
    snapshot = tree.snapshot()
    tree.age(-365 * 24 * 3600, now=time.time())
    collection = marked(tree, untagged=True, min_age=1)
    assert not collection.going
    assert not collection.manifests
    assert tree.snapshot() == snapshot


def test_tag_of_signatures_that_was_pushed_again_after_the_marking_stays(tree: Tree) -> None:
    tree.image("s", "v1")
    image = tree.image("s")
    tree.sign("s", image)
    collection = marked(tree, untagged=True)
    assert collection.tags == {("s", fallback(image))}
    _, listed = tree.sign("s", image)
    tree.age(3600, now=time.time())
    collection.sweep()
    assert (tree.tag_path("s", fallback(image)) / "current/link").read_text() == listed
    assert listed in tree.blobs()


def test_run_that_has_moved_nothing_but_a_tag_can_be_undone(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.image("s", "v1")
    image = tree.image("s")
    tree.sign("s", image)
    snapshot = tree.snapshot()
    collection = marked(tree, untagged=True)

    def tags_alone(*words: Any) -> Iterator[Item]:
        return (item for item in planned(*words) if item.kind is Kind.TAG)

    monkeypatch.setattr(plan, "planned", tags_alone)
    collection.sweep()
    assert not tree.tag_path("s", fallback(image)).exists()
    undo(tree)
    assert tree.snapshot() == snapshot
