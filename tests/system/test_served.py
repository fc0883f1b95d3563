"""Whatever the registry serves to somebody who begins with a tag is served after a collection, byte by byte.

What it serves is found out by asking it, for every tag and every digest of the store, before and after.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.registries import V3, Program
from tests.storage.engine import collect
from tests.storage.tree import DOCKER_LIST, OCI, OCI_INDEX, SCHEMA1, hexed, write
from tests.system.plain_registry import PlainRegistry

pytestmark = pytest.mark.both_registries(soak=True)

Case = Callable[[PlainRegistry], set[str]]
"""Pushes something; gives the digests that nobody needs, with and without untagged manifests."""
CASES: dict[str, Case] = {}


def case(made: Case) -> Case:
    CASES[made.__name__.replace("_", "-")] = made
    return made


@case
def child_by_revision_link(registry: PlainRegistry) -> set[str]:
    child = registry.put("a", registry.image("a"))
    registry.put("a", registry.index([child]), OCI_INDEX, "multi")
    return set()


@case
def child_that_was_pushed_as_a_blob(registry: PlainRegistry) -> set[str]:
    child = registry.blob("a", registry.image("a"))
    registry.put("a", registry.index([child]), OCI_INDEX, "multi")
    return {registry.blob("a", "orphan")}


@case
def child_of_a_docker_list_that_was_pushed_as_a_blob(registry: PlainRegistry) -> set[str]:
    child = registry.blob("a", registry.image("a"))
    listed = json.loads(registry.index([child]))
    listed["mediaType"] = DOCKER_LIST
    listed["manifests"][0]["platform"] = {"os": "linux", "architecture": "amd64"}
    registry.put("a", json.dumps(listed).encode(), DOCKER_LIST, "multi")
    return {registry.blob("a", "orphan")}


@case
def index_in_an_index_all_pushed_as_blobs(registry: PlainRegistry) -> set[str]:
    inner = registry.blob("a", registry.image("a"))
    for _ in range(3):
        inner = registry.blob("a", registry.index([inner], OCI_INDEX))
    registry.put("a", registry.index([inner], OCI_INDEX), OCI_INDEX, "nested")
    return {registry.blob("a", "orphan")}


@case
def child_without_a_media_type_that_was_pushed_as_a_blob(registry: PlainRegistry) -> set[str]:
    document = json.loads(registry.image("a"))
    del document["mediaType"]
    child = registry.blob("a", b" \n" + json.dumps(document).encode())
    registry.put("a", registry.index([child], "application/x"), OCI_INDEX, "multi")
    return {registry.blob("a", "orphan")}


@case
def child_of_schema_1_that_was_pushed_as_a_blob(registry: PlainRegistry) -> set[str]:
    layer = registry.blob("a", "layer of schema 1")
    document = {
        "schemaVersion": 1,
        "name": "a",
        "tag": "old",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": layer}],
        "history": [{"v1Compatibility": "{}"}],
    }
    child = registry.blob("a", json.dumps(document))
    registry.put("a", registry.index([child], SCHEMA1), OCI_INDEX, "multi")
    return {registry.blob("a", "orphan")}


@case
def child_that_was_mounted_from_another_repository(registry: PlainRegistry) -> set[str]:
    layer = registry.blob("b", "layer of b")
    content = registry.image("b", [layer])
    child = registry.blob("b", content)
    for digest in (child, layer, json.loads(content)["config"]["digest"]):
        registry.mount("a", digest, "b")
    registry.put("a", registry.index([child]), OCI_INDEX, "multi")
    return {registry.blob("b", "orphan")}


@case
def manifest_among_the_layers_of_an_artifact(registry: PlainRegistry) -> set[str]:
    child = registry.blob("a", registry.image("a"))
    artifact = json.loads(registry.image("a", [child]))
    artifact["layers"][0]["mediaType"] = OCI
    registry.put("a", json.dumps(artifact).encode(), OCI, "artifact")
    return {registry.blob("a", "orphan")}


@case
def subject_that_was_pushed_as_a_blob(registry: PlainRegistry) -> set[str]:
    image = registry.blob("a", registry.image("a"))
    subject = {"mediaType": OCI, "digest": image, "size": 1}
    registry.put("a", registry.image("a", subject=subject), OCI, "signature")
    return {registry.blob("a", "orphan")}


@case
def layer_that_was_pushed_by_sha512(registry: PlainRegistry) -> set[str]:
    for algorithm in ("sha384", "sha512"):
        layer = registry.blob("a", f"layer by {algorithm}", algorithm)
        registry.put("a", registry.image("a", [layer]), OCI, algorithm)
    registry.blob("a", "orphan by sha512", "sha512")
    return {registry.blob("a", "orphan by sha512")}


@case
def child_that_was_pushed_as_a_blob_by_sha512(registry: PlainRegistry) -> set[str]:
    child = registry.blob("a", registry.image("a"), "sha512")
    inner = registry.blob("a", registry.index([child]), "sha512")
    registry.put("a", registry.index([inner], OCI_INDEX), OCI_INDEX, "multi")
    return {registry.blob("a", "orphan")}


@case
def tag_of_a_manifest_that_has_nothing_but_a_layer_link(registry: PlainRegistry) -> set[str]:
    """As registries of version 2.1 left them."""
    image = registry.blob("a", registry.image("a"))
    write(registry.tree.tag_path("a", "old") / "current/link", image.encode())
    return {registry.blob("a", "orphan")}


@case
def foreign_layer_and_subject_that_nobody_has(registry: PlainRegistry) -> set[str]:
    subject = {"mediaType": OCI, "digest": f"sha256:{'0' * 64}", "size": 1}
    document = json.loads(registry.image("a", subject=subject))
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    document["layers"].append({"mediaType": foreign, "digest": f"sha256:{'1' * 64}", "size": 1})
    # The registry wants to be told where a foreign layer is; older registries did not.
    registry.tree.put("a", document, "signature")
    return {registry.blob("a", "orphan")}


@case
def layers_of_a_build_cache_in_an_index(registry: PlainRegistry) -> set[str]:
    """Entries that are no manifests are blobs, however they begin."""
    entries = [registry.blob("a", "\x1f\x8b layer"), registry.blob("a", '{"layers": [], "records": []}')]
    registry.put(
        "a", registry.index(entries, "application/vnd.oci.image.layer.v1.tar+gzip"), OCI_INDEX, "cache"
    )
    return {registry.blob("a", "orphan")}


@case
def child_that_another_repository_alone_serves(registry: PlainRegistry) -> set[str]:
    """A sparse index: the registry does not serve the child here, so nothing that it needs is needed here."""
    content = registry.image("b")
    child = registry.blob("b", content)
    registry.put("a", registry.image("a"), OCI, "v1")
    listed = registry.index([child])
    index = registry.tree.put("a", None, "sparse", raw=listed)
    assert registry.ask("GET", f"/v2/a/manifests/{child}")[0] == 404
    assert registry.ask("GET", f"/v2/a/manifests/{index}")[0] == 200
    return {json.loads(content)["config"]["digest"], json.loads(content)["layers"][0]["digest"]}


@case
def history_of_a_tag_serves_nothing(registry: PlainRegistry) -> set[str]:
    image = registry.image("b")
    digest = registry.blob("b", image)
    registry.put("a", registry.image("a"), OCI, "v1")
    write(registry.tree.tag_path("a", "v1") / f"index/sha256/{hexed(digest)}/link", digest.encode())
    assert registry.ask("GET", f"/v2/a/manifests/{digest}")[0] == 404
    return {digest, json.loads(image)["config"]["digest"]}


@case
def blob_without_a_manifest_is_served_until_it_is_old_enough(registry: PlainRegistry) -> set[str]:
    blob = registry.blob("a", "pushed, and named by nothing")
    registry.put("a", registry.image("a"), OCI, "v1")
    assert registry.ask("GET", f"/v2/a/blobs/{blob}")[0] == 200
    collect(registry.tree, untagged=True, min_age=3600, run="young")
    assert registry.ask("GET", f"/v2/a/blobs/{blob}")[0] == 200
    return {blob}


# distribution 3 takes no index whose children are no manifests of the repository.
REFUSED_BY_3 = {
    "child-that-was-pushed-as-a-blob",
    "child-of-a-docker-list-that-was-pushed-as-a-blob",
    "index-in-an-index-all-pushed-as-blobs",
    "child-without-a-media-type-that-was-pushed-as-a-blob",
    "child-of-schema-1-that-was-pushed-as-a-blob",
    "child-that-was-mounted-from-another-repository",
    "child-that-was-pushed-as-a-blob-by-sha512",
    "layers-of-a-build-cache-in-an-index",
}
# Nor does it serve a manifest that a repository has by a layer link alone.
NOT_SERVED_BY_3 = "tag-of-a-manifest-that-has-nothing-but-a-layer-link"


@pytest.mark.parametrize("untagged", [False, True], ids=["plain", "untagged"])
@pytest.mark.parametrize("name", CASES)
def test_whatever_is_served_from_a_tag_on_is_served_after_a_collection(
    root: Path, name: str, untagged: bool, registry_program: Program
) -> None:
    with PlainRegistry(root, registry_program) as registry:
        if registry_program is V3 and name in REFUSED_BY_3:
            with pytest.raises(AssertionError, match="MANIFEST_BLOB_UNKNOWN"):
                CASES[name](registry)
            return
        orphans = CASES[name](registry)
        before = registry.served()
        needed = registry.reached(before)
        if registry_program is V3 and name == NOT_SERVED_BY_3:
            assert needed == {}
            return
        assert needed
        cache = root / "cache"
        # The second run finds nothing more, and what the first has learnt says the same.
        for run in ("first", "second"):
            collect(registry.tree, untagged=untagged, run=run, cache=cache)
            after = registry.served()
            assert {key: after.get(key) for key in needed} == needed
            assert not orphans & registry.tree.blobs()


def test_table_has_every_way_of_serving() -> None:
    assert len(CASES) == 17
