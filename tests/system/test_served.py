"""Whatever the registry serves to somebody who begins with a tag is served after a collection, byte by byte.

What it serves is found out by asking it, for every tag and every digest of the store, before and after.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.storage.engine import collect
from tests.storage.tree import DOCKER_LIST, OCI, OCI_INDEX, SCHEMA1, hexed, write
from tests.system.plain_registry import PlainRegistry

Case = Callable[[PlainRegistry], set[str]]
"""Pushes something; gives the digests that nobody needs, with and without untagged manifests."""
CASES: dict[str, Case] = {}


def case(made: Case) -> Case:
    CASES[made.__name__.replace("_", "-")] = made
    return made


@case
def child_by_revision_link(one: PlainRegistry) -> set[str]:
    child = one.put("a", one.image("a"))
    one.put("a", one.index([child]), OCI_INDEX, "multi")
    return set()


@case
def child_that_was_pushed_as_a_blob(one: PlainRegistry) -> set[str]:
    child = one.blob("a", one.image("a"))
    one.put("a", one.index([child]), OCI_INDEX, "multi")
    return {one.blob("a", "orphan")}


@case
def child_of_a_docker_list_that_was_pushed_as_a_blob(one: PlainRegistry) -> set[str]:
    child = one.blob("a", one.image("a"))
    listed = json.loads(one.index([child]))
    listed["mediaType"] = DOCKER_LIST
    listed["manifests"][0]["platform"] = {"os": "linux", "architecture": "amd64"}
    one.put("a", json.dumps(listed).encode(), DOCKER_LIST, "multi")
    return {one.blob("a", "orphan")}


@case
def index_in_an_index_all_pushed_as_blobs(one: PlainRegistry) -> set[str]:
    inner = one.blob("a", one.image("a"))
    for _ in range(3):
        inner = one.blob("a", one.index([inner], OCI_INDEX))
    one.put("a", one.index([inner], OCI_INDEX), OCI_INDEX, "nested")
    return {one.blob("a", "orphan")}


@case
def child_without_a_media_type_that_was_pushed_as_a_blob(one: PlainRegistry) -> set[str]:
    document = json.loads(one.image("a"))
    del document["mediaType"]
    child = one.blob("a", b" \n" + json.dumps(document).encode())
    one.put("a", one.index([child], "application/x"), OCI_INDEX, "multi")
    return {one.blob("a", "orphan")}


@case
def child_of_schema_1_that_was_pushed_as_a_blob(one: PlainRegistry) -> set[str]:
    layer = one.blob("a", "layer of schema 1")
    document = {
        "schemaVersion": 1,
        "name": "a",
        "tag": "old",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": layer}],
        "history": [{"v1Compatibility": "{}"}],
    }
    child = one.blob("a", json.dumps(document))
    one.put("a", one.index([child], SCHEMA1), OCI_INDEX, "multi")
    return {one.blob("a", "orphan")}


@case
def child_that_was_mounted_from_another_repository(one: PlainRegistry) -> set[str]:
    layer = one.blob("b", "layer of b")
    content = one.image("b", [layer])
    child = one.blob("b", content)
    for digest in (child, layer, json.loads(content)["config"]["digest"]):
        one.mount("a", digest, "b")
    one.put("a", one.index([child]), OCI_INDEX, "multi")
    return {one.blob("b", "orphan")}


@case
def manifest_among_the_layers_of_an_artifact(one: PlainRegistry) -> set[str]:
    child = one.blob("a", one.image("a"))
    artifact = json.loads(one.image("a", [child]))
    artifact["layers"][0]["mediaType"] = OCI
    one.put("a", json.dumps(artifact).encode(), OCI, "artifact")
    return {one.blob("a", "orphan")}


@case
def subject_that_was_pushed_as_a_blob(one: PlainRegistry) -> set[str]:
    image = one.blob("a", one.image("a"))
    subject = {"mediaType": OCI, "digest": image, "size": 1}
    one.put("a", one.image("a", subject=subject), OCI, "signature")
    return {one.blob("a", "orphan")}


@case
def layer_that_was_pushed_by_sha512(one: PlainRegistry) -> set[str]:
    for algorithm in ("sha384", "sha512"):
        layer = one.blob("a", f"layer by {algorithm}", algorithm)
        one.put("a", one.image("a", [layer]), OCI, algorithm)
    one.blob("a", "orphan by sha512", "sha512")
    return {one.blob("a", "orphan by sha512")}


@case
def child_that_was_pushed_as_a_blob_by_sha512(one: PlainRegistry) -> set[str]:
    child = one.blob("a", one.image("a"), "sha512")
    inner = one.blob("a", one.index([child]), "sha512")
    one.put("a", one.index([inner], OCI_INDEX), OCI_INDEX, "multi")
    return {one.blob("a", "orphan")}


@case
def tag_of_a_manifest_that_has_nothing_but_a_layer_link(one: PlainRegistry) -> set[str]:
    """As registries of version 2.1 left them."""
    image = one.blob("a", one.image("a"))
    write(one.tree.tag_path("a", "old") / "current/link", image.encode())
    return {one.blob("a", "orphan")}


@case
def foreign_layer_and_subject_that_nobody_has(one: PlainRegistry) -> set[str]:
    subject = {"mediaType": OCI, "digest": f"sha256:{'0' * 64}", "size": 1}
    document = json.loads(one.image("a", subject=subject))
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    document["layers"].append({"mediaType": foreign, "digest": f"sha256:{'1' * 64}", "size": 1})
    # The registry wants to be told where a foreign layer is; older ones did not.
    one.tree.put("a", document, "signature")
    return {one.blob("a", "orphan")}


@case
def layers_of_a_build_cache_in_an_index(one: PlainRegistry) -> set[str]:
    """Entries that are no manifests are blobs, however they begin."""
    entries = [one.blob("a", "\x1f\x8b layer"), one.blob("a", '{"layers": [], "records": []}')]
    one.put("a", one.index(entries, "application/vnd.oci.image.layer.v1.tar+gzip"), OCI_INDEX, "cache")
    return {one.blob("a", "orphan")}


@case
def child_that_another_repository_alone_serves(one: PlainRegistry) -> set[str]:
    """A sparse index: the registry does not serve the child here, so nothing that it needs is needed here."""
    content = one.image("b")
    child = one.blob("b", content)
    one.put("a", one.image("a"), OCI, "v1")
    listed = one.index([child])
    index = one.tree.put("a", None, "sparse", raw=listed)
    assert one.ask("GET", f"/v2/a/manifests/{child}")[0] == 404
    assert one.ask("GET", f"/v2/a/manifests/{index}")[0] == 200
    return {json.loads(content)["config"]["digest"], json.loads(content)["layers"][0]["digest"]}


@case
def history_of_a_tag_serves_nothing(one: PlainRegistry) -> set[str]:
    image = one.image("b")
    digest = one.blob("b", image)
    one.put("a", one.image("a"), OCI, "v1")
    write(one.tree.tag_path("a", "v1") / f"index/sha256/{hexed(digest)}/link", digest.encode())
    assert one.ask("GET", f"/v2/a/manifests/{digest}")[0] == 404
    return {digest, json.loads(image)["config"]["digest"]}


@case
def blob_without_a_manifest_is_served_until_it_is_old_enough(one: PlainRegistry) -> set[str]:
    blob = one.blob("a", "pushed, and named by nothing")
    one.put("a", one.image("a"), OCI, "v1")
    assert one.ask("GET", f"/v2/a/blobs/{blob}")[0] == 200
    collect(one.tree, untagged=True, min_age=3600, run="young")
    assert one.ask("GET", f"/v2/a/blobs/{blob}")[0] == 200
    return {blob}


@pytest.mark.parametrize("untagged", [False, True], ids=["plain", "untagged"])
@pytest.mark.parametrize("name", CASES)
def test_whatever_is_served_from_a_tag_on_is_served_after_a_collection(
    root: Path, name: str, untagged: bool
) -> None:
    with PlainRegistry(root) as registry:
        orphans = CASES[name](registry)
        before = registry.served()
        needed = registry.reached(before)
        assert needed
        cache = root / "cache"
        # The second run finds nothing more, and what the first has learnt says the same.
        for run in ("first", "second"):
            collect(registry.tree, untagged=untagged, run=run, cache=cache)
            after = registry.served()
            assert {one: after.get(one) for one in needed} == needed
            assert not orphans & registry.tree.blobs()


def test_table_has_every_way_of_serving() -> None:
    assert len(CASES) == 17
