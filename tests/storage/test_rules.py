"""The rules that no scenario of other collectors names: ages, links, what is odd in the tree."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.digests import Digests
from ctl.storage.engine.listing import list_store
from ctl.storage.engine.mark import mark
from ctl.storage.engine.progress import Progress, silent
from ctl.storage.engine.summary import going_of, totals_of
from ctl.storage.events import Consequence
from ctl.storage.store import StoreError
from tests.storage.engine import collect, marked
from tests.storage.tree import Tree, hexed, write

NOW = 1_700_000_000
DAY = 86_400


def touch(path: Path, age: float) -> None:
    os.utime(path, (NOW - age, NOW - age))


# Ages.


def aged(tree: Tree) -> tuple[str, str]:
    """Make a store that is ten days old, with an untagged image."""
    tree.image("a", "v1")
    image = tree.image("a")
    tree.age(10 * DAY, now=NOW)
    return image, next(iter(tree.references(image)))


@pytest.mark.parametrize("untagged", [False, True])
def test_old_blobs_go(tree: Tree, untagged: bool) -> None:
    image, _ = aged(tree)
    orphan = tree.blob()
    touch(tree.blob_path(orphan), DAY + 5)
    collection = marked(tree, untagged=untagged, min_age=DAY, now=NOW)
    assert orphan in collection.going
    assert (image in collection.going) == untagged
    assert totals_of(collection.marking).spared_blobs == collection.marking.spared_last == 0


@pytest.mark.parametrize("part", ["data", "link"])
def test_young_manifest_stays_with_all_it_needs(tree: Tree, part: str) -> None:
    image, _ = aged(tree)
    touch(tree.blob_path(image) if part == "data" else tree.revision_path("a", image), DAY - 100)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert (collection.going, collection.manifests, collection.layer_links) == (set(), set(), set())
    totals = totals_of(collection.marking)
    assert (totals.spared_manifests, totals.spared_blobs) == (1, 3)
    assert totals.spared_first == totals.spared_last
    assert totals.spared_first - NOW in (100, 101)


def test_young_index_keeps_old_children(tree: Tree) -> None:
    children = [tree.image("a") for _ in range(2)]
    tree.image("a", "v1")
    tree.age(10 * DAY, now=NOW)
    tree.index("a", children)
    before = tree.blobs()
    collect(tree, untagged=True, min_age=DAY, now=NOW)
    assert tree.blobs() == before


def test_young_layer_link_in_any_repository_spares_a_blob(tree: Tree) -> None:
    _, layer = aged(tree)
    tree.link_layer("other", layer)
    touch(tree.layer_path("other", layer), 60)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert layer not in collection.going
    assert ("a", layer) not in collection.layer_links
    assert ("other", layer) not in collection.layer_links
    assert len(collection.going) == 2


def test_young_layer_link_stays_though_its_blob_lives_elsewhere(tree: Tree) -> None:
    image = tree.image("a", "v1")
    layer = next(iter(tree.references(image)))
    tree.image("b", "v1")
    tree.link_layer("b", layer)
    tree.age(10 * DAY, now=NOW)
    assert marked(tree, untagged=True, min_age=DAY, now=NOW).layer_links == {("b", layer)}
    touch(tree.layer_path("b", layer), 60)
    assert marked(tree, untagged=True, min_age=DAY, now=NOW).layer_links == set()


def test_time_from_the_future_spares(tree: Tree) -> None:
    aged(tree)
    orphan = tree.blob()
    touch(tree.blob_path(orphan), -1000 * DAY)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert orphan not in collection.going
    assert totals_of(collection.marking).spared_last > NOW + 1000 * DAY


def test_age_of_exactly_the_limit_is_not_yet_old_enough(tree: Tree) -> None:
    orphan = tree.blob()
    touch(tree.blob_path(orphan), DAY)
    assert marked(tree, min_age=DAY, now=NOW).going == set()
    assert marked(tree, min_age=DAY, now=NOW + 1).going == {orphan}


@pytest.mark.parametrize("modified", [-5.0, 2.0**33])
def test_impossible_time_does_no_harm(tree: Tree, modified: float) -> None:
    orphan = tree.blob()
    os.utime(tree.blob_path(orphan), (modified, modified))
    going = marked(tree, min_age=DAY, now=NOW).going
    assert going == (set() if modified > NOW else {orphan})


def test_young_manifest_that_was_pushed_as_a_blob_stays_with_all_it_needs(tree: Tree) -> None:
    tree.image("a", "v1")
    child = tree.as_blob("a", tree.image("a"))
    tree.index("a", [child])
    tree.age(10 * DAY, now=NOW)
    touch(tree.layer_path("a", child), DAY - 100)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert not collection.going & {child, *tree.references(child)}
    assert len(collection.going) == 1


def test_young_link_by_another_algorithm_spares_the_blob_that_it_stands_for(tree: Tree) -> None:
    _, layer = aged(tree)
    touch(tree.layer_path("other", tree.alias("other", layer)), 60)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert layer not in collection.going
    assert {name for name, _ in collection.layer_links} == {"a"}


# What is served.


def test_link_by_another_algorithm_that_is_damaged_keeps_the_repository(tree: Tree) -> None:
    layer = tree.layer("a")
    tree.image("a", "v1", layers=[tree.alias("a", layer)])
    tree.image("a")
    write(next(tree.repository("a").glob("_layers/sha512/*/link")), b"")
    before = tree.blobs()
    assert "damaged-link" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.blobs() == before


def test_child_that_was_pushed_as_a_blob_and_is_missing_keeps_the_repository(tree: Tree) -> None:
    child = tree.as_blob("a", tree.image("a"))
    tree.index("a", [child], "v1")
    tree.image("a")
    tree.blob_path(child).unlink()
    before = tree.blobs()
    for untagged in (False, True):
        collection = collect(tree, untagged=untagged, run=f"run-{untagged}")
        assert "manifest-missing" in collection.codes(Consequence.KEPT)
        assert tree.blobs() == before


def test_child_that_is_no_manifest_is_a_blob(tree: Tree) -> None:
    entries = [tree.layer("a", "{"), tree.layer("a", "[]"), tree.layer("a", '{"schemaVersion": "2"}')]
    tree.index("a", [*entries, tree.layer("a", '{"records": []}')], "cache")
    untagged = tree.image("a")
    collection = marked(tree, untagged=True)
    assert collection.going == {untagged, *tree.references(untagged)}
    assert not collection.codes()


def test_child_of_an_unknown_kind_that_was_pushed_as_a_blob_keeps_the_repository(tree: Tree) -> None:
    tree.index("a", [tree.layer("a", '{"schemaVersion": 2, "mediaType": "application/new"}')], "v1")
    tree.image("a")
    collection = marked(tree, untagged=True)
    assert not collection.going
    assert "manifest-not-understood" in collection.codes(Consequence.KEPT)


def test_repository_that_never_had_a_tag_loses_with_untagged_what_it_loses_without(tree: Tree) -> None:
    tree.image("a")
    pushed = tree.blobs()
    orphans = {tree.layer("a") for _ in range(5)}
    assert marked(tree).going == orphans
    collect(tree, untagged=True)
    assert tree.blobs() == pushed
    assert len(list(tree.repository("a").glob("_layers/sha256/*"))) == 2


def test_repository_from_which_nothing_goes_is_not_emptied(tree: Tree) -> None:
    (tree.repository("a") / "_layers").mkdir(parents=True)
    tree.image("b", "v1")
    collection = collect(tree, untagged=True)
    assert not any(verdict.empties for verdict in collection.marking.verdicts)
    assert tree.repository("a").is_dir()


@pytest.mark.parametrize("left", ["upload", "extra", "tag", "fixed", "kept"])
def test_repository_in_which_something_is_left_is_not_emptied(tree: Tree, root: Path, left: str) -> None:
    image = tree.image("a", "v1")
    shutil.rmtree(tree.tag_path("a", "v1"))
    if left == "upload":
        write(tree.repository("a") / "_uploads/1/startedat", b"")
    elif left == "extra":
        write(tree.repository("a") / "_layers/tarsum/v1/sha256" / ("0" * 64) / "link", image.encode())
    elif left == "tag":
        tree.tag("a", "gone", f"sha256:{'0' * 64}")
    elif left == "fixed":
        shutil.move(tree.repository("a"), root / "a")
        tree.repository("a").symlink_to(root / "a")
    else:
        tree.put("a", {"schemaVersion": 7})
    collection = collect(tree, untagged=True)
    assert not any(verdict.empties for verdict in collection.marking.verdicts)
    assert tree.repository("a").is_dir()


# Figures.


def test_figures_tell_exclusive_from_shared(tree: Tree) -> None:
    shared = tree.blob("shared layer")
    for name in ("a", "b"):
        tree.image(name, "v1")
        tree.image(name, layers=[shared])
    collection = marked(tree, untagged=True)
    going = {figures.repository: figures for figures in going_of(collection.marking, collection.references)}
    for name in ("a", "b"):
        assert (going[name].manifests, going[name].untagged) == (2, 1)
        assert going[name].blobs == 3
        assert going[name].exclusive_blobs == 2
        assert going[name].bytes - going[name].exclusive_bytes == len("shared layer")
    totals = totals_of(collection.marking)
    assert totals.going_blobs == 5
    assert totals.blobs == 11
    assert totals.going_bytes + totals.live_bytes == totals.bytes
    assert not totals.nothing_marked


def test_store_in_which_nothing_is_live_is_told(tree: Tree) -> None:
    tree.blob()
    collection = marked(tree)
    assert totals_of(collection.marking).nothing_marked
    with pytest.raises(StoreError) as stopped:
        collection.sweep()
    assert stopped.value.code == "nothing-marked"
    assert len(tree.blobs()) == 1


def test_listing_is_the_same_whatever_the_order_of_names(tree: Tree) -> None:
    for name in ("b", "a/c", "a"):
        tree.image(name, "v2", "v1")
    index = list_store(FilesystemStore(str(tree.root)), Digests(), silent(), history=True)
    assert [repository.name for repository in index.repositories] == ["a", "a/c", "b"]
    assert [tag.name for tag in index.repositories[0].tags] == ["v1", "v2"]


def test_repository_below_a_repository_that_goes_stays(tree: Tree) -> None:
    tree.image("a", "v1")
    shutil.rmtree(tree.tag_path("a", "v1"))
    kept = tree.image("a/b", "v1")
    collect(tree, untagged=True)
    assert not (tree.repository("a") / "_manifests").exists()
    assert tree.revision_path("a/b", kept).exists()


def test_repository_with_an_open_upload_stays_in_the_catalog(tree: Tree) -> None:
    tree.image("a", "v1")
    shutil.rmtree(tree.tag_path("a", "v1"))
    write(tree.repository("a") / "_uploads/1/startedat", b"2024")
    collect(tree, untagged=True)
    assert (tree.repository("a") / "_layers").exists()
    assert (tree.repository("a") / "_uploads/1/startedat").exists()
    assert tree.blobs() == set()


def test_history_of_what_goes_goes_and_the_rest_stays(tree: Tree) -> None:
    old = tree.image("a", "v1")
    new = tree.image("a", "v1")
    collect(tree, untagged=True)
    index = tree.tag_path("a", "v1") / "index/sha256"
    assert [path.name for path in index.iterdir()] == [hexed(new)]
    assert old not in tree.blobs()


def test_kept_repository_keeps_all_that_its_tags_and_links_have_named(tree: Tree) -> None:
    """Earlier targets of its tags, and what links by another algorithm stand for."""
    earlier, aliased = tree.blob(), tree.blob()
    for name in "ab":
        tree.tag(name, "v1", earlier)
        tree.image(name, "v1")
        tree.alias(name, aliased)
    tree.put("a", {"mediaType": "application/unknown"}, "v2")
    for untagged in (False, True):
        assert aliased not in marked(tree, untagged=untagged).going
    assert earlier not in marked(tree, untagged=True).going
    shutil.rmtree(tree.repository("a"))
    assert marked(tree, untagged=True).going >= {earlier, aliased}


def test_repository_of_layers_alone_is_not_said_to_have_been_pushed_to_by_digest(tree: Tree) -> None:
    tree.image("b", "v1")
    orphan = tree.layer("a")
    collection = marked(tree, untagged=True)
    assert orphan in collection.going
    assert "never-tagged" not in collection.codes()


def test_marking_says_how_far_it_is(tree: Tree) -> None:
    tree.image("a", "v1"), tree.image("a", "v2"), tree.layer("a")
    tree.layer("b")
    collection = marked(tree)
    said: list[tuple[str, int, int]] = []
    progress = Progress(lambda phase, done, total, *_: said.append((phase, done, total)), lambda: False)
    mark(collection.store, collection.index, collection.references, collection.marking.rules, progress)
    # A repository without a manifest is a step as well.
    assert said == [("marking", 0, 2), ("marking", 3, 2), ("ages", 0, 0), ("ages", 2, 0)]
