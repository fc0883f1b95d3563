"""What repositories and groups of them take."""

from __future__ import annotations

from msgspec.structs import replace

from ctl.storage.engine.ages import Rules
from ctl.storage.engine.mark import mark
from ctl.storage.engine.progress import silent
from ctl.storage.engine.summary import groups_of, usage_of
from ctl.storage.events import Usage
from tests.storage.engine import marked
from tests.storage.process import worker
from tests.storage.tree import Tree


def usage(tree: Tree, *, grouped: bool = False) -> dict[str, Usage]:
    collection = marked(tree)
    untagged = mark(
        collection.store,
        collection.index,
        collection.references,
        Rules(True, 0, collection.marking.rules.now),
        silent(),
    )
    rows = usage_of(collection.marking, untagged, collection.references, grouped=grouped)
    collection.close()
    return {row.repository: row for row in rows}


def test_group_is_measured_as_a_set_of_blobs_at_every_depth(tree: Tree) -> None:
    shared = tree.blob(b"s" * 1_000_000)
    for name in ("g/one", "g/two", "g/inner/three", "other"):
        tree.image(name, "v1", layers=[shared])
    rows, groups = usage(tree), usage(tree, grouped=True)
    assert sorted(groups) == ["g", "g/inner", "other"]
    assert all(1_000_000 < row.bytes < 1_002_000 for row in (*rows.values(), *groups.values()))
    assert groups["g"].bytes - 1_000_000 == groups["g"].exclusive_bytes < 2_000
    assert groups["g"].tags == groups["g"].manifests == 3
    pushed = [row.pushed_bytes for name, row in rows.items() if name != "other"]
    assert groups["g"].pushed_bytes == sum(pushed)
    assert groups["g/inner"] == replace(rows["g/inner/three"], repository="g/inner")
    assert groups["other"] == rows["other"]


def test_blob_that_only_one_group_needs_is_its_own(tree: Tree) -> None:
    shared = tree.blob(b"s" * 1000)
    for name in ("g/one", "g/two"):
        tree.image(name, "v1", layers=[shared])
    rows, groups = usage(tree), usage(tree, grouped=True)
    assert rows["g/one"].exclusive_bytes == rows["g/one"].bytes - 1000
    assert groups["g"].exclusive_bytes == groups["g"].bytes


def test_what_a_collection_frees_of_a_group_counts_once(tree: Tree) -> None:
    shared = tree.blob(b"s" * 1000)
    for name in ("g/one", "g/two"):
        tree.image(name, "v1")
        tree.image(name, layers=[shared])
    orphan = tree.blob(b"o" * 500)
    for name in ("g/one", "g/two"):
        tree.link_layer(name, orphan)
    group = usage(tree, grouped=True)["g"]
    assert group.reclaimable_bytes == 500
    assert 1500 < group.reclaimable_untagged_bytes < 3000


def test_child_that_was_pushed_as_a_blob_counts_with_what_it_needs(tree: Tree) -> None:
    layer = tree.blob(b"l" * 5000)
    child = tree.as_blob("a", tree.image("a", layers=[tree.alias("a", layer)]))
    tree.index("a", [child], "v1")
    assert usage(tree)["a"].bytes > 5000


def test_repository_is_in_the_group_that_it_has_the_name_of() -> None:
    assert groups_of(["a", "a/b", "a/b/c", "d", "e/f"]) == {
        "a": [1, 2, 0],
        "a/b": [2, 1],
        "d": [3],
        "e": [4],
    }


def test_worker_tells_of_groups_and_counts_what_was_pushed_once(tree: Tree) -> None:
    for name in ("g/inner/one", "g/inner/two", "other"):
        tree.image(name, "v1")
    with worker() as child:
        plain = child.ask_all(do="usage", root=str(tree.root))
        grouped = child.ask_all(do="usage", root=str(tree.root), grouped=True)
    assert plain[-1] == grouped[-1]
    assert {event["repository"] for event in grouped if event["event"] == "usage"} == {
        "g",
        "g/inner",
        "other",
    }
