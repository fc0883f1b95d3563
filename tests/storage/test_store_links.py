"""Links in a store: what lies behind them is read, within the bounds of the store, and never deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.summary import totals_of
from ctl.storage.events import Consequence
from ctl.storage.store import StoreError
from tests.storage.engine import collect, marked
from tests.storage.tree import Tree


def test_linked_directories_are_followed_and_nothing_behind_them_goes(tree: Tree, root: Path) -> None:
    image = tree.image("a", "v1")
    tree.image("a")
    orphan = tree.blob()
    for path in (tree.repository("a"), tree.blob_path(orphan).parent.parent):
        shutil.move(path, root / path.name)
        path.symlink_to(root / path.name)
    before = tree.snapshot()
    collection = collect(tree, untagged=True, store=lambda top: FilesystemStore(top, [str(root)]))
    assert not collection.codes()
    assert image not in collection.going
    assert orphan not in collection.going
    assert tree.snapshot() == before
    totals = totals_of(collection.marking)
    assert totals.linked_blobs == 1
    assert (root / "a").is_dir()


@pytest.mark.parametrize("untagged", [False, True])
def test_link_out_of_the_store_is_named_once_and_not_followed(tree: Tree, root: Path, untagged: bool) -> None:
    outside = Tree(root / "other")
    outside.image("x/y", "v1")
    image = tree.image("a", "v1")
    orphan = tree.blob()
    (tree.repository("a/b")).symlink_to("/")
    (tree.repository("c")).symlink_to(outside.repository("x"))
    before = outside.snapshot()
    collection = collect(tree, untagged=untagged)
    assert collection.going == {orphan}
    assert image in tree.blobs()
    assert [repository.name for repository in collection.index.repositories] == ["a"]
    oddities = {
        oddity.path.rpartition("repositories/")[2]: oddity for oddity in collection.index.oddities.examples
    }
    assert {path: (oddity.code, oddity.consequence) for path, oddity in oddities.items()} == dict.fromkeys(
        ("a/b", "c"), ("outside-link", Consequence.NOTED)
    )
    assert oddities["a/b"].message.startswith("leads out of the store, to /, ")
    assert outside.snapshot() == before


@pytest.mark.parametrize(
    "part",
    ["_layers", "_layers/sha256", "_manifests", "_manifests/tags", "_manifests/revisions/sha256", "_uploads"],
)
def test_part_of_a_repository_that_lies_outside_keeps_what_is_left_of_it(
    tree: Tree, root: Path, part: str
) -> None:
    tree.image("a", "v1")
    image = tree.image("a")
    orphan = tree.blob()
    shutil.move(tree.repository("a") / part, root / "moved")
    (tree.repository("a") / part).symlink_to(root / "moved")
    before = {path: content for path, content in tree.snapshot().items() if path.startswith("repositories/")}
    collection = collect(tree, untagged=True)
    after = tree.snapshot()
    assert {path: after.get(path) for path in before} == before
    assert orphan not in tree.blobs()
    assert image in tree.blobs() or part == "_manifests" or part.endswith("revisions/sha256")
    assert ("outside-link" in collection.codes()) == (part != "_uploads")


@pytest.mark.parametrize("path", ["", "blobs", "repositories"])
def test_root_of_blobs_or_repositories_that_lies_outside_stops_before_the_sweep(
    tree: Tree, root: Path, path: str
) -> None:
    tree.image("a", "v1")
    tree.blob()
    target = tree.base / path
    shutil.move(target, root / "moved")
    target.parent.joinpath(target.name).symlink_to(root / "moved")
    before = tree.blobs()
    with pytest.raises(StoreError) as stopped:
        collect(tree, untagged=True)
    assert stopped.value.code == "hidden"
    assert tree.blobs() == before
    collect(tree, store=lambda top: FilesystemStore(top, [str(root / "moved")]))


def test_registry_directory_that_lies_outside_is_refused_with_the_setting_that_helps(
    tree: Tree, root: Path
) -> None:
    shutil.move(tree.root / "docker", root / "moved")
    (tree.root / "docker").symlink_to(root / "moved")
    with pytest.raises(StoreError) as refused:
        marked(tree)
    assert "ctl['storage_directories']" in str(refused.value.help)
    marked(tree, store=lambda top: FilesystemStore(top, ["/nowhere", str(root / "moved")]))


@pytest.mark.parametrize("depth", [0, 1])
def test_blobs_that_lie_outside_are_neither_counted_nor_deleted(tree: Tree, root: Path, depth: int) -> None:
    image = tree.image("a", "v1")
    orphan = tree.blob()
    for digest in (image, orphan):
        target = [*tree.blob_path(digest).parents][depth]
        shutil.move(target, root / f"moved-{digest}")
        target.symlink_to(root / f"moved-{digest}")
    before = tree.snapshot()
    collection = collect(tree, untagged=True)
    assert tree.snapshot() == before
    assert not {image, orphan} & collection.going
    assert "manifest-missing" in collection.codes(Consequence.KEPT)


def test_linked_registry_root_is_no_obstacle(tree: Tree, root: Path) -> None:
    orphan = tree.blob()
    (root / "link").symlink_to(tree.root)
    linked = Tree(root / "link")
    assert collect(linked).going == {orphan}
    assert tree.blobs() == set()


@pytest.mark.parametrize(
    "path",
    [
        "repositories/gone",
        "repositories/a/_manifests",
        "repositories/b/_manifests/revisions/sha256",
        "repositories",
        "blobs/sha256/00/" + "0" * 64,
    ],
)
def test_link_that_leads_nowhere_stops_before_the_sweep(tree: Tree, path: str) -> None:
    tree.blob()
    tree.repository("b").mkdir()
    target = tree.base / path
    if path == "repositories":
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to("/does/not/exist")
    before = tree.blobs()
    with pytest.raises(StoreError) as stopped:
        collect(tree)
    assert stopped.value.code == "hidden"
    assert tree.blobs() == before
    assert tree.trash() == []


def test_circles_of_links_end(tree: Tree) -> None:
    image = tree.image("a/b", "v1")
    orphan = tree.blob()
    (tree.repository("a") / "up").symlink_to(tree.repository(""))
    (tree.repository("a/b") / "self").symlink_to(".")
    collection = collect(tree, untagged=True)
    assert collection.going == {orphan}
    assert "link-circle" in collection.codes()
    assert image in tree.blobs()


def test_tangle_of_links_ends(tree: Tree) -> None:
    names = [f"d{number}" for number in range(9)]
    for name in names:
        (tree.repository(name)).mkdir()
        for other in names:
            (tree.repository(name) / f"to-{other}").symlink_to(tree.repository(other))
    assert "endless-links" in marked(tree).codes(Consequence.STOPS)
