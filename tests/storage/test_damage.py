"""Scenarios of damage: what is broken or not understood keeps what it could need, and the run goes on."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ctl.storage.backends.filesystem import FilesystemDirectory, FilesystemStore
from ctl.storage.events import Consequence
from tests.storage.engine import collect, marked
from tests.storage.tree import (
    ARTIFACT,
    LAYER,
    OCI,
    OCI_INDEX,
    SCHEMA1,
    Tree,
    hexed,
    write,
)


@pytest.mark.parametrize(
    "path",
    [
        "blobs/stray/data",
        "blobs/sha256/zz/data",
        "blobs/sha256/ab/data",
        f"blobs/sha256/ab/{'c' * 64}/data",
        f"blobs/sha256/ab/{'AB' * 32}/data",
        f"blobs/md5/ab/{'ab' * 16}/data",
        f"blobs/sha256/ab/{'ab' * 32}/data/data",
        f"blobs/sha256/ab/{'ab' * 31}/data",
        "blobs/data",
    ],
)
def test_stray_data_below_blobs_is_left_alone(tree: Tree, path: str) -> None:
    tree.image("a", "v1")
    write(tree.base / path, b"stray")
    orphan = tree.blob()
    before = tree.snapshot()
    collection = collect(tree, untagged=True)
    del before[str(tree.blob_path(orphan).relative_to(tree.base))]
    assert tree.snapshot() == before
    assert collection.codes(Consequence.NOTED) & {"stray-blobs", "stray-file"}


@pytest.mark.parametrize("content", [b"", b"sha256:", b"\xff" * 71, b"sha256:" + b"A" * 64])
@pytest.mark.parametrize("untagged", [False, True])
def test_damaged_revision_link_is_read_from_its_path(tree: Tree, content: bytes, untagged: bool) -> None:
    image = tree.image("a", "v1")
    write(tree.revision_path("a", image), content)
    orphan = tree.blob()
    before = tree.blobs()
    collection = collect(tree, untagged=untagged)
    assert tree.blobs() == before - {orphan}
    assert "damaged-link" in collection.codes(Consequence.NOTED)


def test_revision_link_that_names_another_digest_keeps_both(tree: Tree) -> None:
    first, other = tree.image("a"), tree.image("a")
    tree.image("a", "v1")
    write(tree.revision_path("a", first), other.encode())
    tree.revision_path("a", other).unlink()
    before = tree.everything()
    assert "foreign-link" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.everything() == before


def test_empty_tag_link_stands_for_its_only_history_entry(tree: Tree) -> None:
    kept = tree.image("a", "v1")
    untagged = tree.image("a")
    write(tree.tag_path("a", "v1") / "current/link", b"")
    collection = collect(tree, untagged=True)
    assert tree.blobs() == {kept, *tree.references(kept)}
    assert untagged in collection.going
    assert "damaged-tag" in collection.codes(Consequence.NOTED)


@pytest.mark.parametrize("missing", [False, True])
def test_damaged_tag_link_keeps_all_that_the_tag_ever_pointed_to(tree: Tree, missing: bool) -> None:
    tree.image("a", "v1")
    tree.image("a", "v1")
    untagged = tree.image("a")
    link = tree.tag_path("a", "v1") / "current/link"
    write(link, b"")
    if missing:
        link.unlink()
    before = tree.blobs()
    collect(tree, untagged=True)
    assert before - tree.blobs() == {untagged, *tree_references(before, tree, untagged)}


def tree_references(before: set[str], tree: Tree, manifest: str) -> set[str]:
    """Give the references of a manifest that is in the trash now."""
    (moved,) = tree.root.glob(f"ctl-trash/*/docker/registry/v2/blobs/sha256/??/{hexed(manifest)}/data")
    document = json.loads(moved.read_bytes())
    digests = {descriptor["digest"] for descriptor in (document["config"], *document["layers"])}
    assert digests <= before
    return digests


def test_damaged_tag_link_without_history_keeps_the_repository(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.image("a")
    write(tree.tag_path("a", "v1") / "current/link", b"")
    shutil.rmtree(tree.tag_path("a", "v1") / "index")
    before = tree.everything()
    assert "damaged-tag" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.everything() == before


@pytest.mark.parametrize("content", [b"", b"sha256:x"])
def test_damaged_layer_link_is_read_from_its_path(tree: Tree, content: bytes) -> None:
    image = tree.image("a", "v1")
    for reference in tree.references(image):
        write(tree.layer_path("a", reference), content)
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


@pytest.mark.parametrize("untagged", [False, True])
def test_missing_bytes_of_a_tagged_manifest_keep_its_repository(tree: Tree, untagged: bool) -> None:
    image = tree.image("a", "v1")
    tree.image("a")
    needed = tree.references(image)
    shutil.rmtree(tree.blob_path(image).parent)
    before = tree.everything()
    assert needed < before[0]
    collection = collect(tree, untagged=untagged)
    assert tree.everything() == before
    assert "manifest-missing" in collection.codes(Consequence.KEPT)


def test_missing_manifest_where_layer_links_are_hidden_stops_all(tree: Tree) -> None:
    """It may need any blob of the store: what is linked here cannot be seen."""

    class Closed(FilesystemStore):
        @contextmanager
        def directory(self, path: str) -> Iterator[FilesystemDirectory]:
            if path.endswith("_layers/sha256"):
                raise PermissionError(errno.EACCES, "permission denied", path)
            with super().directory(path) as opened:
                yield opened

    image = tree.image("a", "v1")
    shutil.rmtree(tree.blob_path(image).parent)
    collection = marked(tree, store=Closed)
    assert collection.codes(Consequence.STOPS) == {"unreadable-directory"}


def test_missing_bytes_of_an_untagged_manifest_keep_nothing(tree: Tree) -> None:
    image = tree.image("a")
    kept = tree.image("a", "v1")
    shutil.rmtree(tree.blob_path(image).parent)
    collect(tree, untagged=True)
    assert tree.blobs() == {kept, *tree.references(kept)}
    assert not tree.revision_path("a", image).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"17",
        b"{}",
        b'{"schemaVersion": "2"}',
        b'{"schemaVersion": 2}',
        b'{"schemaVersion": 3, "layers": []}',
        b'{"schemaVersion": 2, "mediaType": "application/x-new", "layers": []}',
        b'{"schemaVersion": 2, "mediaType": 5, "layers": []}',
        b'{"schemaVersion": 2, "layers": {}}',
        b'{"schemaVersion": 2, "layers": [7]}',
        b'{"schemaVersion": 2, "layers": [{"digest": 7}]}',
        b'{"schemaVersion": 2, "layers": [{"digest": "sha256:abc"}]}',
        b'{"schemaVersion": 2, "layers": [{"digest": "tarsum+sha256:abc"}]}',
        b'{"schemaVersion": 2, "layers": [{"size": "7"}]}',
        b'{"schemaVersion": 2, "layers": [], "config": [NaN]}',
        b'{"schemaVersion": 1}',
        b"[" * 100_000,
        b'{"schemaVersion": 2, "layers": [], "mediaType": "a", "mediatype": "b"}',
    ],
)
@pytest.mark.parametrize("untagged", [False, True])
def test_manifest_that_is_not_understood_keeps_its_repository(
    tree: Tree, content: bytes, untagged: bool
) -> None:
    tree.image("a")
    tree.put("a", None, raw=content)
    tree.image("a", "v1")
    tree.layer("a")
    before = tree.everything()
    tree.image("b", "v1")
    collection = collect(tree, untagged=untagged)
    assert before[0] <= tree.blobs()
    assert before[1] <= tree.links()
    assert "manifest-not-understood" in collection.codes(Consequence.KEPT)


def test_manifest_that_does_not_hash_to_its_digest_keeps_its_repository(tree: Tree) -> None:
    image = tree.image("a", "v1")
    other = tree.image("a")
    write(tree.blob_path(image), tree.blob_path(other).read_bytes())
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


@pytest.mark.parametrize("damage", [lambda old: b"", lambda old: old[:40], lambda old: bytes(len(old))])
def test_damaged_child_that_has_nothing_but_a_layer_link_keeps_its_repository(
    tree: Tree, damage: Callable[[bytes], bytes]
) -> None:
    child = tree.image("a")
    tree.as_blob("a", child)
    tree.index("a", [child], "v1")
    path = tree.blob_path(child)
    path.write_bytes(damage(path.read_bytes()))
    before = tree.everything()
    collection = collect(tree, untagged=True)
    assert tree.everything() == before
    assert "manifest-not-understood" in collection.codes(Consequence.KEPT)


@pytest.mark.parametrize("key", ["fsLayers", "FSLAYERS"])
def test_schema_1_manifest_is_understood(tree: Tree, key: str) -> None:
    layers = [tree.layer("a"), tree.layer("a")]
    document = {
        "schemaVersion": 1,
        "mediaType": SCHEMA1,
        key: [{"blobSum": layer} for layer in layers],
        "history": [],
        "signatures": [],
    }
    image = tree.put("a", document, "v1")
    signature = tree.blob("signature")
    path = tree.revision_path("a", image).parent / "signatures/sha256" / hexed(signature) / "link"
    write(path, signature.encode())
    tree.blob()
    collection = collect(tree, untagged=True)
    assert tree.blobs() == {image, *layers, signature}
    assert not collection.codes(Consequence.KEPT)


def test_artifact_manifest_is_understood_in_both_directions(tree: Tree) -> None:
    image = tree.image("a")
    blob = tree.layer("a")
    document = {
        "mediaType": ARTIFACT,
        "blobs": [tree.descriptor(blob, LAYER)],
        "subject": tree.descriptor(image, OCI),
    }
    tree.put("a", document, "artifact")
    before = tree.everything()
    collection = collect(tree, untagged=True)
    assert tree.everything() == before
    assert not collection.codes(Consequence.KEPT)


def test_cache_index_whose_entries_are_layers_keeps_them(tree: Tree) -> None:
    layers = [tree.layer("a"), tree.layer("a")]
    tree.put(
        "a",
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [
                *(tree.descriptor(layer, LAYER) for layer in layers),
                tree.descriptor(tree.layer("a"), "application/vnd.buildkit.cacheconfig.v0"),
            ],
        },
        "buildcache",
    )
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before
