"""What cannot be moved, or is of no time that has been: left alone and named before anybody has to wait."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ctl.mounts import mounts_below
from ctl.storage.events import Consequence
from tests.storage.dying import build, tagged, whole
from tests.storage.engine import Marked, collect, marked
from tests.storage.process import Event, worker
from tests.storage.tree import Tree, fallback, files

YEAR = 365 * 24 * 3600


@pytest.fixture
def tree(root: Path) -> Tree:
    tree = build(root)
    tree.age(3600, now=time.time())
    return tree


def later(path: Path, seconds: float = YEAR) -> None:
    os.utime(path, (time.time() + seconds,) * 2)


def links(tree: Tree, pattern: str) -> list[Path]:
    return sorted(tree.base.glob(f"repositories/{pattern}"))


def orphan(tree: Tree, collection: Marked) -> Path:
    return tree.blob_path(
        next(digest for digest in collection.going if tree.blob_path(digest).read_bytes() == b"orphan")
    )


def revision(tree: Tree, collection: Marked) -> Path:
    return tree.revision_path(*sorted(collection.manifests)[0])


def layer(tree: Tree, collection: Marked) -> Path:
    return tree.layer_path(*sorted(collection.layer_links)[0])


def test_file_of_a_time_that_no_clock_of_ours_shows_is_left_alone_and_said_to_be_so(tree: Tree) -> None:
    path = orphan(tree, marked(tree, untagged=True))
    later(path, 150 * YEAR)
    (named,) = [
        oddity
        for oddity in marked(tree, untagged=True).marking.oddities.examples
        if oddity.code == "from-the-future"
    ]
    assert named.path == str(path.relative_to(tree.root))
    assert named.message == "when it was last written cannot be told"


@pytest.mark.parametrize("which", [orphan, revision, layer])
@pytest.mark.parametrize("min_age", [0, 60])
def test_file_from_the_future_is_left_alone_and_named_and_the_rest_goes(
    tree: Tree, which: Callable[[Tree, Marked], Path], min_age: int
) -> None:
    path = which(tree, marked(tree, untagged=True))
    later(path)
    collection = marked(tree, untagged=True, min_age=min_age)
    named = [oddity for oddity in collection.marking.oddities.examples if oddity.code == "from-the-future"]
    assert str(path.relative_to(tree.root)) in {oddity.path for oddity in named}
    assert {oddity.consequence for oddity in named} == {Consequence.KEPT}
    assert all("lies in the future; touch(1) sets it right" in oddity.message for oddity in named)
    collection.sweep()
    assert path.exists()
    assert collection.events
    whole(tree)
    assert tagged(tree) <= tree.blobs()
    # Nothing is left but that, and no run would have pushes refused for it.
    again = marked(tree, untagged=True, min_age=min_age)
    assert (again.going, again.manifests, again.layer_links) == (set(), set(), set())
    path.touch()
    os.utime(path, (time.time() - 3600,) * 2)
    collect(tree, untagged=True, min_age=min_age, run="second")
    assert not path.exists()


def test_history_from_the_future_hinders_no_sweep(tree: Tree) -> None:
    for path in links(tree, "*/_manifests/tags/*/index/sha256/*/link"):
        later(path)
    collection = marked(tree, untagged=True)
    before = collection.going
    collection.sweep()
    assert before
    assert not before & tree.blobs()
    whole(tree)


def test_manifest_whose_data_lies_in_the_future_is_named_by_it(tree: Tree) -> None:
    name, digest = sorted(marked(tree, untagged=True).manifests)[0]
    later(tree.blob_path(digest))
    collection = marked(tree, untagged=True)
    named = {
        oddity.path for oddity in collection.marking.oddities.examples if oddity.code == "from-the-future"
    }
    assert str(tree.blob_path(digest).relative_to(tree.root)) in named
    assert str(tree.revision_path(name, digest).relative_to(tree.root)) not in named


def test_tag_of_signatures_from_the_future_hinders_no_sweep(tree: Tree) -> None:
    tree.image("signed", "v1")
    image = tree.image("signed")
    tree.sign("signed", image)
    tree.age(3600, now=time.time())
    later(tree.tag_path("signed", fallback(image)) / "current/link")
    collection = marked(tree, untagged=True)
    assert collection.tags == {("signed", fallback(image))}
    collection.sweep()
    assert not tree.tag_path("signed", fallback(image)).exists()
    assert image not in tree.blobs()
    whole(tree)


@pytest.mark.parametrize("which", [orphan, revision, layer])
def test_file_from_after_the_year_9999_is_spared_until_a_time_that_can_be_said(
    tree: Tree, which: Callable[[Tree, Marked], Path]
) -> None:
    os.utime(which(tree, marked(tree, untagged=True)), (300_000_000_000,) * 2)
    collection = marked(tree, untagged=True, min_age=60)
    assert datetime.fromtimestamp(collection.marking.spared_last, UTC).year == 2106
    assert collection.codes() >= {"from-the-future"}


def test_whole_store_from_the_future_lets_a_run_end(tree: Tree) -> None:
    snapshot = tree.snapshot()
    tree.age(-YEAR, now=time.time())
    collection = marked(tree, untagged=True)
    assert (collection.going, collection.manifests, collection.layer_links) == (set(), set(), set())
    collection.sweep(allow_nothing_marked=True)
    assert tree.snapshot() == snapshot
    assert tree.trash() == []


def mounted(tree: Tree, *places: str) -> Sequence[str]:
    """Give the words that mount directories of a store over themselves, for a program and nobody else."""
    mounts = " && ".join(f'mount --bind "{tree.root / place}" "{tree.root / place}"' for place in places)
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]


def run(tree: Tree, name: str, before: Sequence[str]) -> tuple[list[Event], Event]:
    with worker(before) as child:
        events = child.ask_all(do="mark", root=str(tree.root), untagged=True)
        return events, child.ask(do="sweep", run=name, allow_nothing_marked=True)


def kept(events: list[Event]) -> set[Any]:
    return {event["path"] for event in events if event.get("code") == "other-mount" and "path" in event}


needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount"
)


@needs_mounts
@pytest.mark.parametrize(
    ("place", "rest"),
    [
        ("docker/registry/v2/blobs", "links"),
        ("docker/registry/v2/blobs/sha256", "links"),
        ("docker/registry/v2/repositories", "blobs"),
        ("docker/registry/v2/repositories/group", "both"),
        ("docker/registry/v2/repositories/a/_layers", "both"),
        ("docker/registry/v2/repositories/group/b/_manifests/revisions/sha256", "both"),
        ("docker/registry/v2", "nothing"),
        ("docker", "nothing"),
    ],
)
def test_mount_below_the_store_is_named_by_the_marking_and_hinders_no_sweep(
    tree: Tree, place: str, rest: str
) -> None:
    before = tree.everything()
    held = {str(path.relative_to(tree.root)) for path in files(tree.root / place)}
    for name in ("first", "second"):
        events, swept = run(tree, name, mounted(tree, place))
        assert kept(events) == {place}
        assert swept["event"] == "swept", swept
        assert swept["left"] == 0
        whole(tree)
    assert {str(path.relative_to(tree.root)) for path in files(tree.root / place)} == held
    after = tree.everything()
    blobs, several = before[0] > after[0], before[1] > after[1]
    assert (blobs, several) == {
        "links": (False, True),
        "blobs": (True, False),
        "both": (True, True),
        "nothing": (False, False),
    }[rest]
    # What was planned by the second run was nothing.
    assert swept["planned"] == {"manifests": 0, "layer_links": 0, "blobs": 0, "bytes": 0}


@needs_mounts
def test_blob_that_is_a_mount_stays_and_the_others_go(tree: Tree) -> None:
    collection = marked(tree, untagged=True)
    path = orphan(tree, collection)
    place = str(path.parent.relative_to(tree.root))
    events, swept = run(tree, "first", mounted(tree, place))
    assert kept(events) == {place}
    assert swept["moved"]["blobs"] == len(collection.going) - 1
    assert path.exists()


@needs_mounts
def test_trash_that_is_a_mount_stops_before_anything_is_moved(tree: Tree) -> None:
    snapshot = tree.snapshot()
    (tree.root / "ctl-trash").mkdir()
    with worker(mounted(tree, "ctl-trash")) as child:
        events = child.ask_all(do="mark", root=str(tree.root), untagged=True)
    assert events[-1]["stops"] == 1
    (oddity,) = [event for event in events if event.get("code") == "trash-elsewhere" and "path" in event]
    assert "unmount it" in oddity["message"]
    assert tree.snapshot() == snapshot


def test_mounts_below_a_directory_are_told_relative_to_it(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 8:1 / / rw - ext4 /dev/a rw\n"
        "2 1 8:1 /x /srv/store rw - ext4 /dev/a rw\n"
        "3 2 8:1 /y /srv/store/docker/a\\040b rw shared:1 - ext4 /dev/a rw\n"
        "4 1 8:1 /z /srv/store2/c rw - ext4 /dev/a rw\n"
        "short\n"
    )
    assert mounts_below("/srv/store", table) == {"docker/a b"}
    assert mounts_below("/", table) == {"srv/store", "srv/store/docker/a b", "srv/store2/c"}
    assert mounts_below("/srv/store", tmp_path / "none") == frozenset()
