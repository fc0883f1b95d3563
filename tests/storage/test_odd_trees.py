"""What is odd in a tree: left alone, kept, or a reason to delete nothing."""

from __future__ import annotations

import os
import subprocess

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.summary import totals_of
from ctl.storage.events import Consequence
from ctl.storage.store import StoreError
from tests.storage.engine import collect, marked
from tests.storage.tree import Tree, write

NOW = 1_700_000_000
DAY = 86_400


@pytest.mark.parametrize(
    "path",
    [
        "repositories/file",
        "repositories/a/_manifests/file",
        "repositories/a/_manifests/revisions/file",
        "repositories/a/_manifests/revisions/sha256/file",
        f"repositories/a/_manifests/revisions/sha256/{'0' * 64}",
        "repositories/a/_manifests/tags/file",
        "repositories/a/_layers/file",
        "repositories/a/_layers/sha256/file",
        "repositories/a/_uploads",
        "repositories/b/_manifests",
        "repositories/b/_layers",
        "repositories/b/_manifests/revisions",
        "repositories/b/_manifests/tags",
        "blobs/sha256/file",
        f"blobs/sha256/00/{'0' * 64}",
    ],
)
@pytest.mark.parametrize("untagged", [False, True])
def test_file_where_a_directory_belongs_is_left_alone(tree: Tree, path: str, untagged: bool) -> None:
    image = tree.image("a", "v1")
    orphan = tree.blob()
    target = tree.base / path
    if target.is_dir():
        target.rmdir()
    write(target, b"stray")
    before = tree.snapshot()
    collection = collect(tree, untagged=untagged)
    del before[str(tree.blob_path(orphan).relative_to(tree.base))]
    assert tree.snapshot() == before
    assert collection.going == {orphan}
    assert image in tree.blobs()


def test_directory_where_a_link_belongs_keeps_the_repository(tree: Tree) -> None:
    image = tree.image("a")
    tree.image("a", "v1")
    tree.revision_path("a", image).unlink()
    tree.revision_path("a", image).mkdir()
    before = tree.blobs()
    assert "unreadable-link" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.blobs() == before


def test_pipe_in_place_of_a_file_does_not_hang(tree: Tree) -> None:
    image = tree.image("a", "v1")
    tree.image("a")
    tree.revision_path("a", image).unlink()
    os.mkfifo(tree.revision_path("a", image))
    pipe = tree.blob()
    tree.blob_path(pipe).unlink()
    os.mkfifo(tree.blob_path(pipe))
    collection = marked(tree, untagged=True)
    assert image not in collection.going
    assert pipe not in collection.going


def test_unknown_algorithm_of_a_revision_keeps_the_repository(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.image("a")
    write(tree.repository("a") / "_manifests/revisions/md5" / ("0" * 32) / "link", b"md5:" + b"0" * 32)
    before = tree.blobs()
    assert "unknown-algorithm" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.blobs() == before


def test_many_empty_directories_are_passed(tree: Tree) -> None:
    tree.image("a", "v1")
    for number in range(3000):
        (tree.base / f"repositories/empty/{number}").mkdir(parents=True)
        (tree.base / f"blobs/sha256/{number % 256:02x}/{number:02x}{'0' * 60}").mkdir(parents=True)
        (tree.repository("a") / f"_uploads/{number}").mkdir(parents=True)
    collection = marked(tree, untagged=True)
    assert [repository.name for repository in collection.index.repositories] == ["a"]
    assert totals_of(collection.marking).uploads == 3000


def test_very_deep_directories_are_passed(tree: Tree) -> None:
    tree.image("a", "v1")
    here = os.open(tree.repository(""), os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("x", dir_fd=here)
        inner = os.open("x", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    collection = marked(tree, untagged=True)
    # Deeper than shutil can go.
    subprocess.run(["rm", "-rf", str(tree.repository("x"))], check=True)
    assert collection.index.oddities.stopping == 0
    assert [repository.name for repository in collection.index.repositories] == ["a"]


def test_directory_that_may_not_be_listed_stops_before_the_sweep(tree: Tree) -> None:
    tree.blob()
    tree.image("a", "v1")
    with pytest.raises(StoreError) as stopped:
        marked(tree, store=refusing("repositories/a/_manifests/revisions/sha256")).sweep()
    assert stopped.value.code == "hidden"


def test_layers_that_may_not_be_listed_keep_only_their_repository(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.image("a")
    orphan = tree.blob()
    collection = marked(tree, untagged=True, store=refusing("repositories/a/_layers/sha256"))
    assert collection.going == {orphan}
    assert collection.index.oddities.stopping == 0


def test_layers_that_may_not_be_listed_beside_an_unknown_manifest_stop(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.put("a", {"schemaVersion": 7})
    collection = marked(tree, store=refusing("repositories/a/_layers/sha256"))
    assert collection.index.oddities.stopping > 0


@pytest.mark.parametrize("part", ["manifest", "revision", "tag", "tags"])
def test_what_may_not_be_read_keeps_its_repository(tree: Tree, part: str) -> None:
    image = tree.image("a", "v1")
    tree.image("a")
    tree.layer("a")
    orphan = tree.blob()
    path = {
        "manifest": tree.blob_path(image),
        "revision": tree.revision_path("a", image),
        "tag": tree.tag_path("a", "v1") / "current/link",
        "tags": tree.tag_path("a", ""),
    }[part]
    collection = marked(tree, untagged=True, store=refusing(str(path.relative_to(tree.base))))
    assert collection.going == {orphan}
    assert collection.manifests == set()


def refusing(path: str) -> type[FilesystemStore]:
    """Give a store in which one place may not be looked into."""
    from tests.storage.refusal import Refusing

    class Here(Refusing):
        refused = f"docker/registry/v2/{path}"

    return Here
