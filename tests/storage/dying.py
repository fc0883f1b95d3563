"""Stores that die, or are refused, at a counted change; and what must hold afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from ctl.storage.backends.filesystem import FilesystemStore
from tests.storage.engine import marked
from tests.storage.tree import Tree


class Killed(BaseException):
    """What no handler of errors catches, as SIGKILL."""


class Counting(FilesystemStore):
    """A store that dies, or is refused, at a counted change."""

    left = 10**9
    failure: Callable[[str], BaseException] = Killed

    def _count(self, path: str) -> None:
        if self.left <= 0:
            raise type(self).failure(path)
        self.left -= 1

    def move(self, source: str, target: str) -> None:
        self._count(source)
        super().move(source, target)

    def delete(self, path: str) -> None:
        self._count(path)
        super().delete(path)

    def write(self, path: str, content: bytes) -> None:
        self._count(path)
        super().write(path, content)


def dying(after: int, failure: Callable[[str], BaseException] = Killed) -> type[Counting]:
    class Dying(Counting):
        left = after

    Dying.failure = failure
    return Dying


def changes(tree: Tree, root: Path) -> int:
    """Count how many changes a whole sweep makes."""
    copy = Tree(Path(shutil.copytree(tree.root, root / "copy")))
    collection = marked(copy, untagged=True, store=Counting)
    collection.sweep(allow_nothing_marked=True)
    assert isinstance(collection.store, Counting)
    count = 10**9 - collection.store.left
    shutil.rmtree(copy.root)
    return count


def tagged(tree: Tree) -> set[str]:
    """Give every blob that a tag of a sound store needs."""
    digests, waiting = set[str](), []
    for path in tree.base.glob("repositories/**/current/link"):
        waiting.append(path.read_text())
    while waiting:
        digest = waiting.pop()
        if digest in digests:
            continue
        digests.add(digest)
        content = tree.blob_path(digest).read_bytes()
        if content.startswith(b'{"schemaVersion"'):
            document = json.loads(content)
            waiting += tree.references(digest)
            waiting += [document["subject"]["digest"]] if "subject" in document else []
    return digests


def whole(tree: Tree) -> None:
    """Assert that every manifest that has a link has all that it needs."""
    blobs = tree.blobs()
    for link in tree.base.glob("repositories/**/_manifests/revisions/sha256/*/link"):
        assert tree.references(f"sha256:{link.parent.name}") <= blobs


def build(root: Path) -> Tree:
    """Make two repositories: tags, an untagged index with children, a layer of both, a tag's history."""
    tree = Tree(root / "store")
    shared = tree.blob("shared")
    for name in ("a", "group/b"):
        tree.image(name, "v1", layers=[shared])
        tree.image(name, "v1", layers=[shared])
        tree.index(name, [tree.image(name), tree.image(name)])
        tree.image(name, "v2", subject=tree.descriptor(tree.image(name), "x"))
    tree.image("empty", "gone")
    shutil.rmtree(tree.tag_path("empty", "gone"))
    tree.blob("orphan")
    return tree
