"""A store of keys is collected as a directory is: the same goes, and the same comes back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctl.storage.engine.progress import silent
from ctl.storage.layout import BASE, TRASH
from ctl.storage.removal import trash
from ctl.storage.store import Store, StoreError
from tests.storage import dying
from tests.storage.dying import Killed
from tests.storage.engine import Marked, marked, undo
from tests.storage.memory import PAGE, Bucket, MemoryStore
from tests.storage.test_differential import drawn
from tests.storage.tree import Tree, files

FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)


def remove_empty_directories(tree: Tree) -> None:
    """A store of keys has none; so it cannot tell either that a repository once had tags."""
    for directory in sorted(tree.base.rglob("*"), reverse=True):
        if directory.is_dir() and not any(directory.iterdir()):
            directory.rmdir()


def in_memory(bucket: Bucket) -> Callable[[str], Store]:
    return lambda _: MemoryStore(bucket)


def content(bucket: Bucket) -> dict[str, bytes]:
    base = f"{BASE}/"
    return {key.removeprefix(base): bucket.objects[key][0] for key in bucket.below(base)}


def choice(collection: Marked) -> tuple[object, ...]:
    codes = collection.codes(), collection.marking.oddities.counts, collection.index.oddities.counts
    return (
        collection.going,
        collection.manifests,
        collection.layer_links,
        collection.tags,
        codes,
        collection.sweep_counts(),
    )


@FAST
@given(st.data())
def test_store_of_keys_is_marked_swept_and_brought_back_as_a_directory_is(data: st.DataObject) -> None:
    with drawn(data) as store:
        tree, untagged = store.tree, data.draw(st.booleans(), "untagged")
        # A bucket without a key is none of a registry.
        tree.image("served", "v1")
        remove_empty_directories(tree)
        bucket, snapshot = Bucket.of(tree), tree.snapshot()
        assert content(bucket) == snapshot
        ours = marked(tree, untagged=untagged)
        theirs = marked(tree, untagged=untagged, store=in_memory(bucket))
        assert choice(theirs) == choice(ours)
        swept, done = ours.sweep(allow_nothing_marked=True), theirs.sweep(allow_nothing_marked=True)
        assert (done.planned, done.moved, done.items) == (swept.planned, swept.moved, swept.items)
        assert (done.vanished, done.left, done.removed, done.finished) == (0, 0, swept.removed, True)
        assert theirs.events == ours.events
        assert content(bucket) == tree.snapshot()
        lies = {str(path.relative_to(tree.root)) for path in files(tree.root / TRASH)}
        assert bucket.below(TRASH) == lies - {f"{TRASH}/lock"}
        if lies > {f"{TRASH}/lock"}:
            assert undo(tree, store=in_memory(bucket)) == undo(tree)
        assert content(bucket) == snapshot == tree.snapshot()
        assert not bucket.below(TRASH)


@pytest.fixture
def tree(root: Path) -> Tree:
    tree = dying.build(root)
    remove_empty_directories(tree)
    # It has lost its only tag, which no store of keys can know.
    shutil.rmtree(tree.repository("empty"))
    return tree


def test_death_at_any_change_of_a_store_of_keys_loses_nothing_and_is_gone_on_with(tree: Tree) -> None:
    whole = Bucket.of(tree)
    snapshot, needed = content(whole), dying.tagged(tree)
    changing, after = True, 0
    while changing:
        bucket = Bucket()
        bucket.objects.update(whole.objects)
        collection = marked(tree, untagged=True, store=lambda _, b=bucket, n=after: Dying(b, n))  # type: ignore[misc]
        try:
            collection.sweep()
            changing = False
        except Killed:
            bucket.locks.clear()
            blobs = {key.split("/")[-2] for key in bucket.objects if key.startswith(f"{BASE}/blobs")}
            assert {digest.partition(":")[2] for digest in needed} <= blobs
            marked(tree, untagged=True, store=in_memory(bucket)).sweep()
        assert content(bucket) != snapshot
        undo(tree, store=in_memory(bucket))
        assert content(bucket) == snapshot
        after += 1
    assert after > 25


class Dying(MemoryStore):
    """Dies at a counted request that changes something."""

    def __init__(self, bucket: Bucket, left: int) -> None:
        super().__init__(Changing(bucket, left))


class Changing(Bucket):
    """The same bucket, with a count of its changes."""

    def __init__(self, bucket: Bucket, left: int) -> None:
        self.objects, self.requests, self.locks = bucket.objects, bucket.requests, bucket.locks
        self._left = left

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def put(self, key: str, content: bytes, *, if_absent: bool = False) -> None:
        self._count()
        super().put(key, content, if_absent=if_absent)

    def copy(self, source: str, target: str) -> None:
        self._count()
        super().copy(source, target)

    def delete(self, keys: list[str]) -> None:
        self._count()
        super().delete(keys)


def test_listing_asks_no_more_of_a_store_of_keys_for_more_repositories(root: Path) -> None:
    asked = []
    for count in (2, 40):
        tree = Tree(root / str(count))
        for number in range(count):
            tree.image(f"group/{number}", "v1")
        bucket = Bucket.of(tree)
        collection = marked(tree, untagged=True, store=in_memory(bucket))
        ranges = len(list((tree.base / "blobs/sha256").iterdir()))
        asked.append(bucket.requests["LIST"] - ranges - len(bucket.objects) // PAGE)
        assert not collection.going
        assert bucket.requests["HEAD"] == 0
    assert asked[0] == asked[1]


def test_many_keys_are_deleted_by_few_requests(tree: Tree) -> None:
    for _ in range(1200):
        tree.blob()
    bucket = Bucket.of(tree)
    collection = marked(tree, untagged=True, store=in_memory(bucket))
    before = bucket.requests["DELETE"]
    swept = collection.sweep()
    assert swept.moved.blobs > 1200
    assert bucket.requests["DELETE"] - before <= 8
    names, files_, size = trash.empty(MemoryStore(bucket), 0, 2**40, silent())
    assert (names, bucket.below(TRASH)) == (["run"], set())
    assert files_ > 1200
    assert size > swept.moved.bytes
    assert bucket.requests["DELETE"] - before <= 12


def test_two_runs_on_a_store_of_keys_at_a_time_are_refused(tree: Tree) -> None:
    bucket = Bucket.of(tree)
    with trash.locked(MemoryStore(bucket)), pytest.raises(StoreError) as refused:
        marked(tree, untagged=True, store=in_memory(bucket)).sweep()
    assert refused.value.code == "locked"
