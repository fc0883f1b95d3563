"""Every scenario in which a registry's own collection loses images, fails, or leaves rubbish.

Each is named by what docker-registry 2.8.2 does; ours keeps whatever a tag reaches, and says what it found.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ctl.storage.events import Consequence
from ctl.storage.store import StoreError
from tests.storage.engine import collect, marked
from tests.storage.tree import (
    CONFIG,
    DOCKER,
    DOCKER_LIST,
    LAYER,
    OCI,
    Tree,
    hexed,
    write,
)


def test_children_of_a_tagged_list_are_kept(tree: Tree) -> None:
    children = [tree.image("a"), tree.image("a")]
    tree.put(
        "a",
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_LIST,
            "manifests": [tree.descriptor(child, DOCKER) for child in children],
        },
        "multi",
    )
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_nested_indexes_are_kept_at_any_depth(tree: Tree) -> None:
    inner = tree.image("a")
    for _ in range(3000):
        inner = tree.index("a", [inner])
    tree.tag("a", "deep", inner)
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_untagged_referrer_of_a_tagged_image_is_kept(tree: Tree) -> None:
    image = tree.image("a", "v1")
    signature = tree.image("a", subject=tree.descriptor(image, OCI))
    signature_of_signature = tree.image("a", subject=tree.descriptor(signature, OCI))
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before
    assert signature_of_signature in tree.blobs()


def test_referrer_of_an_image_that_goes_goes_with_it(tree: Tree) -> None:
    kept = tree.image("a", "v1")
    image = tree.image("a")
    tree.image("a", subject=tree.descriptor(image, OCI))
    collection = collect(tree, untagged=True)
    assert len(collection.manifests) == 2
    assert tree.blobs() == {kept, *tree.references(kept)}


def test_referrer_by_fallback_tag_is_kept(tree: Tree) -> None:
    image = tree.image("a", "v1")
    signature = tree.image("a", subject=tree.descriptor(image, OCI))
    tree.index("a", [signature], f"sha256-{hexed(image)}")
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_untagged_subject_of_a_tagged_signature_is_kept(tree: Tree) -> None:
    image = tree.image("a")
    tree.image("a", "signed", subject=tree.descriptor(image, OCI))
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_sparse_index_in_an_earlier_repository_does_not_cost_a_later_one_its_layers(tree: Tree) -> None:
    child = tree.image("b")
    tree.index("b", [child], "multi")
    tree.put("a", json.loads(tree.blob_path(tree.index("b", [child], "multi")).read_bytes()), "sparse")
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


@pytest.mark.parametrize(("tagged", "untagged"), [("a", "b"), ("b", "a")])
def test_manifest_tagged_in_one_repository_alone_loses_only_its_links_in_the_other(
    tree: Tree, tagged: str, untagged: str
) -> None:
    image = tree.image(tagged, "v1")
    tree.link_revision(untagged, image)
    for reference in tree.references(image):
        tree.link_layer(untagged, reference)
    tree.image(untagged, "other")
    blobs, links = tree.everything()
    collect(tree, untagged=True)
    assert tree.blobs() == blobs
    gone = links - tree.links()
    assert gone == {
        f"{untagged}/_manifests/revisions/sha256/{hexed(image)}/link",
        *(f"{untagged}/_layers/sha256/{hexed(reference)}/link" for reference in tree.references(image)),
    }


def test_images_pushed_by_digest_only_are_kept_and_reported(tree: Tree) -> None:
    tree.image("a")
    before = tree.everything()
    collection = collect(tree, untagged=True)
    assert tree.everything() == before
    assert "never-tagged" in collection.codes(Consequence.KEPT)


def test_untagged_images_of_a_repository_that_had_tags_go(tree: Tree) -> None:
    tree.image("a", "v1")
    shutil.rmtree(tree.tag_path("a", "v1"))
    collect(tree, untagged=True)
    assert tree.everything() == (set(), set())
    assert not tree.repository("a").exists()


@pytest.mark.parametrize("untagged", [False, True])
def test_repository_without_layers_is_kept(tree: Tree, untagged: bool) -> None:
    blob = tree.blob()
    config = tree.blob("{}")
    artifact = tree.put(
        "a",
        {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": tree.descriptor(config, CONFIG),
            "layers": [tree.descriptor(blob, LAYER)],
        },
        "v1",
    )
    (tree.repository("a") / "_layers").rmdir()
    collect(tree, untagged=untagged)
    assert tree.blobs() == {blob, config, artifact}


@pytest.mark.parametrize("name", ["_backup.tar", "group/_backup.tar", "_notes", "a/_stray"])
def test_stray_file_with_an_underscore_hides_nothing(tree: Tree, name: str) -> None:
    tree.image("a", "v1")
    tree.image("group/b", "v1")
    write(tree.repository(name), b"tar")
    before = tree.everything()
    collection = collect(tree, untagged=True)
    assert tree.everything() == before
    assert "stray-file" in collection.codes(Consequence.NOTED)


@pytest.mark.parametrize("name", ["Bad", "a/B", "a b", "ü", "new\nline", "-a", "a..b"])
@pytest.mark.parametrize("untagged", [False, True])
def test_repository_of_an_invalid_name_is_kept_whole(tree: Tree, name: str, untagged: bool) -> None:
    tree.image(name, "v1")
    tree.image(name)
    tree.layer(name)
    orphan = tree.blob()
    blobs, links = tree.everything()
    collection = collect(tree, untagged=untagged)
    assert (tree.blobs(), tree.links()) == (blobs - {orphan}, links)
    assert "bad-repository-name" in collection.codes(Consequence.KEPT)


def test_name_that_is_not_utf_8_is_kept_whole(tree: Tree) -> None:
    image = tree.image("a", "v1")
    tree.repository("a").rename(tree.repository("\udcff\udcfe"))
    orphan = tree.blob()
    collect(tree, untagged=True)
    assert tree.blobs() == {image, *tree.references(image)}
    assert orphan not in tree.blobs()


def test_tag_without_revision_link_keeps_what_it_points_to(tree: Tree) -> None:
    image = tree.image("a", "v1")
    tree.revision_path("a", image).unlink()
    before = tree.blobs()
    for untagged in (False, True):
        collect(tree, untagged=untagged, run=f"run-{untagged}")
        assert tree.blobs() == before


def test_tag_that_points_nowhere_is_left_alone(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.tag("a", "gone", f"sha256:{'0' * 64}")
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_blob_whose_manifest_is_still_to_come_is_spared_for_its_age(tree: Tree) -> None:
    layer = tree.layer("a")
    collection = collect(tree, untagged=True, min_age=3600)
    assert tree.blobs() == {layer}
    assert collection.manifests == set()


def test_foreign_layer_and_missing_layer_do_no_harm(tree: Tree) -> None:
    image = tree.image("a", "v1", layers=[tree.blob("here"), f"sha256:{'1' * 64}"])
    shutil.rmtree(tree.blob_path(f"sha256:{'1' * 64}").parent, ignore_errors=True)
    tree.blob()
    collect(tree, untagged=True)
    assert tree.blobs() == {image, *tree.references(image)} - {f"sha256:{'1' * 64}"}


def test_keys_match_without_regard_to_case_and_both_of_two_count(tree: Tree) -> None:
    first, second, third = tree.layer("a"), tree.layer("a"), tree.layer("a")
    raw = (
        f'{{"SchemaVersion": 2, "MEDIATYPE": "{OCI}", "Config": {{"DIGEST": "{first}"}},'
        f' "layers": [{{"digest": "{second}"}}], "Layerſ": [{{"digeſt": "{third}"}}]}}'
    )
    image = tree.put("a", None, "v1", raw=raw.encode())
    collection = collect(tree, untagged=True)
    assert tree.blobs() == {image, first, second, third}
    assert not collection.codes(Consequence.KEPT)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_other_algorithms_are_followed(tree: Tree, algorithm: str) -> None:
    layer = tree.blob("layer", algorithm)
    tree.link_layer("a", layer)
    document = {"schemaVersion": 2, "mediaType": OCI, "config": {"digest": layer}, "layers": []}
    raw = json.dumps(document).encode()
    image = tree.blob(raw, algorithm)
    tree.link_revision("a", image)
    tree.tag("a", "v1", image)
    orphan = tree.blob("orphan", algorithm)
    collection = collect(tree, untagged=True)
    assert tree.blobs() == {layer, image}
    assert collection.going == {orphan}


def test_layers_linked_by_tarsum_are_kept(tree: Tree) -> None:
    layer = tree.blob()
    tree.image("a", "v1")
    tree.image("a")
    write(tree.repository("a") / "_layers/tarsum/v1/sha256" / ("0" * 64) / "link", layer.encode())
    before = tree.everything()
    assert "layer-alias" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.everything() == before


def test_run_after_a_run_finds_nothing(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.image("a")
    collect(tree, untagged=True)
    again = collect(tree, untagged=True, run="again")
    assert (again.going, again.manifests, again.layer_links) == (set(), set(), set())
    assert tree.trash() == ["run"]


def test_database_in_use_is_refused(tree: Tree) -> None:
    write(tree.root / "docker/registry/lockfiles/database-in-use", b'{"version":1}')
    with pytest.raises(StoreError) as refused:
        marked(tree)
    assert refused.value.code == "database-in-use"


def test_root_that_is_missing_or_not_mounted_is_refused(root: Path) -> None:
    tree = Tree(root / "store")
    shutil.rmtree(tree.root / "docker")
    with pytest.raises(StoreError) as refused:
        marked(tree)
    assert refused.value.code == "no-registry"
    tree.root.rmdir()
    with pytest.raises(StoreError) as refused:
        marked(tree)
    assert refused.value.code == "root-missing"


def test_empty_registry_has_nothing_to_do(tree: Tree) -> None:
    shutil.rmtree(tree.base / "blobs")
    shutil.rmtree(tree.base / "repositories")
    collection = collect(tree, untagged=True)
    assert collection.going == set()
    assert tree.trash() == []
