"""The cache of manifests: never believed without reason, never needed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from ctl.storage.engine.cache import VERSION, Cache
from ctl.storage.engine.manifest import Manifest
from tests.storage.engine import marked
from tests.storage.tree import Tree, write

ONE = os.urandom(32)
MANIFEST = Manifest("type", (os.urandom(32), os.urandom(64)), os.urandom(48), True, "a problem")


@pytest.fixture
def tree(root: Path) -> Tree:
    tree = Tree(root / "store")
    tree.image("a", "v1")
    tree.index("a", [tree.image("a")], "multi")
    tree.put("a", {"schemaVersion": 9})
    return tree


def filled(path: Path) -> None:
    cache = Cache(str(path))
    cache.add(ONE, 17, MANIFEST)
    cache.add(os.urandom(32), 1, Manifest("", ()))
    cache.close()


def test_manifest_comes_back_as_it_was(root: Path) -> None:
    filled(root / "cache")
    cache = Cache(str(root / "cache"))
    assert list(cache.known({ONE})) == [(ONE, 17, MANIFEST)]
    cache.forget([ONE])
    assert list(cache.known({ONE})) == []
    assert cache.problem is None


def test_marking_is_the_same_with_a_cold_a_warm_and_no_cache(tree: Tree, root: Path) -> None:
    markings = [marked(tree, untagged=True, cache=path) for path in (None, root / "c", root / "c")]
    assert [marking.references.read for marking in markings] == [4, 4, 0]
    assert len({(frozenset(marking.going), frozenset(marking.manifests)) for marking in markings}) == 1
    assert len({frozenset(marking.codes()) for marking in markings}) == 1


def test_manifest_that_does_not_hash_to_its_digest_is_not_entered(tree: Tree, root: Path) -> None:
    image = tree.image("b", "v1")
    write(tree.blob_path(image), b'{"schemaVersion": 2, "layers": []}')
    for _ in range(2):
        collection = marked(tree, cache=root / "c")
        assert collection.references.read >= 1
        assert "manifest-not-understood" in collection.codes()


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1000, b"SQLite format 3\0" + b"\0" * 4080])
def test_file_that_is_no_cache_is_thrown_away(tree: Tree, root: Path, content: bytes) -> None:
    write(root / "c", content)
    assert marked(tree, cache=root / "c").references.read == 4
    assert marked(tree, cache=root / "c").references.read in (0, 4)
    assert marked(tree, cache=root / "c").references.read == 0


def test_cache_cut_short_or_scribbled_over_is_never_believed(tree: Tree, root: Path) -> None:
    expected = marked(tree, untagged=True)
    for position in range(0, 12_000, 97):
        path = root / f"c{position}"
        marked(tree, untagged=True, cache=path).cache.close()
        with path.open("r+b") as file:
            file.seek(position % path.stat().st_size)
            file.write(b"\xa5\x5a\xff")
        collection = marked(tree, untagged=True, cache=path)
        assert (collection.going, collection.manifests, collection.codes()) == (
            expected.going,
            expected.manifests,
            expected.codes(),
        )


@pytest.mark.parametrize("type_", ["BLOB", "TEXT", "INTEGER"])
def test_row_with_other_contents_throws_the_cache_away(tree: Tree, root: Path, type_: str) -> None:
    path = root / "c"
    marked(tree, cache=path).cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE manifest SET refs = CAST(x'20' || randomblob(32) AS {type_})")  # noqa: S608
    connection.close()
    collection = marked(tree, cache=path)
    assert collection.references.read == 4
    assert collection.cache.problem is not None
    collection.close()
    # Thrown away, and made anew at the latest by the next run.
    marked(tree, cache=path).close()
    assert marked(tree, cache=path).references.read == 0


def test_cache_of_another_version_is_thrown_away(root: Path) -> None:
    path = root / "c"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    assert list(Cache(str(path)).known({ONE})) == []
    filled(path)
    assert len(list(Cache(str(path)).known({ONE}))) == 1


def test_cache_that_is_locked_is_done_without_and_kept(root: Path, tree: Tree) -> None:
    path = root / "c"
    marked(tree, cache=path).cache.close()
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    collection = marked(tree, cache=path)
    assert collection.references.read == 4
    holder.rollback()
    holder.close()
    assert marked(tree, cache=path).references.read == 0


def test_two_may_use_it_at_a_time(root: Path) -> None:
    first, second = Cache(str(root / "c")), Cache(str(root / "c"))
    for number in range(2500):
        for cache in (first, second):
            cache.add(number.to_bytes(32, "big"), 1, MANIFEST)
    first.close()
    second.close()
    wanted = {number.to_bytes(32, "big") for number in range(2500)}
    assert len(list(Cache(str(root / "c")).known(wanted))) == 2500
    assert (first.problem, second.problem) == (None, None)


def test_directory_that_is_missing_is_done_without(tree: Tree, root: Path) -> None:
    collection = marked(tree, cache=root / "missing/c")
    assert collection.references.read == 4
    assert collection.cache.problem is not None


def test_manifest_that_was_cut_short_since_is_not_taken_from_the_cache(tree: Tree, root: Path) -> None:
    image = tree.image("b", "v1")
    marked(tree, cache=root / "c").close()
    write(tree.blob_path(image), tree.blob_path(image).read_bytes()[:-1])
    collection = marked(tree, cache=root / "c")
    assert collection.references.read == 1
    assert any(oddity.path.endswith(image[7:]) for oddity in collection.index.oddities.examples)
