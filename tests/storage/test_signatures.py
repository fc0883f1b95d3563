"""Tags of signatures: they keep nothing that nothing else does, and live as long as what they are of."""

from __future__ import annotations

import shutil

import pytest

from ctl.storage.engine.mark import LIVE
from ctl.storage.engine.summary import totals_of
from ctl.storage.events import Consequence
from tests.storage.engine import Marked, collect, marked, undo
from tests.storage.tree import OCI, Tree, fallback, write

NOW = 1_700_000_000
DAY = 86_400


def test_signature_of_a_live_image_is_kept(tree: Tree) -> None:
    tree.sign("a", tree.image("a", "v1"))
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before


def test_untagged_image_goes_with_its_signatures_and_their_tag(tree: Tree) -> None:
    kept = tree.image("a", "v1")
    image = tree.image("a")
    tree.sign("a", image)
    snapshot = tree.snapshot()
    collection = collect(tree, untagged=True)
    assert tree.blobs() == {kept, *tree.references(kept)}
    assert collection.tags == {("a", fallback(image))}
    assert not tree.tag_path("a", fallback(image)).exists()
    assert totals_of(collection.marking).going_tags == totals_of(collection.marking).going_fallback_tags == 1
    undo(tree)
    assert tree.snapshot() == snapshot


def test_repository_with_nothing_but_what_goes_is_emptied(tree: Tree) -> None:
    tree.image("b", "v1")
    image = tree.image("a", "v1")
    tree.image("a", subject=tree.descriptor(image, OCI))
    shutil.rmtree(tree.tag_path("a", "v1"))
    collect(tree, untagged=True)
    assert not tree.repository("a").exists()


@pytest.mark.parametrize("is_cosign", [False, True])
@pytest.mark.parametrize("more", [{}, {"keep_signed": True}, {"orphaned_signatures": True}])
def test_repository_that_was_pushed_by_digest_stays_when_one_of_its_images_is_signed(
    tree: Tree, is_cosign: bool, more: dict[str, object]
) -> None:
    tree.image("b", "v1")
    image = tree.image("a")
    tree.image("a")
    if is_cosign:
        tree.image("a", fallback(image) + ".sig")
    else:
        tree.sign("a", image)
    before = tree.everything()
    collection = collect(tree, untagged=True, run="run", **more)
    assert tree.everything() == before
    assert "never-tagged" in collection.codes(Consequence.KEPT)


@pytest.mark.parametrize("is_tagged", [False, True])
def test_signature_of_a_bill_of_materials_of_an_image_lives_as_long_as_the_image(
    tree: Tree, is_tagged: bool
) -> None:
    tree.image("a", "other")
    rest = tree.everything()
    image = tree.image("a", *["v1"] * is_tagged)
    bill, _ = tree.sign("a", image)
    tree.sign("a", tree.sign("a", bill)[0])
    before = tree.everything()
    collection = collect(tree, untagged=True)
    assert tree.everything() == (before if is_tagged else rest)
    assert len(collection.tags) == (0 if is_tagged else 3)


def test_signatures_that_are_to_be_kept_keep_their_image(tree: Tree) -> None:
    tree.image("a", "v1")
    tree.sign("a", tree.image("a"))
    before = tree.everything()
    collect(tree, untagged=True, keep_signed=True)
    assert tree.everything() == before
    collect(tree, run="plain")
    assert tree.everything() == before


@pytest.mark.parametrize("kind", ["image", "empty", "of another", "more", "without a subject", "missing"])
def test_tag_that_only_looks_like_a_signature_is_a_tag(tree: Tree, kind: str) -> None:
    image, other = tree.image("a"), tree.image("a", "v1")
    tag = fallback(image)
    signature = tree.image("a", subject=tree.descriptor(image, OCI))
    if kind == "image":
        tree.image("a", tag)
    elif kind == "empty":
        tree.index("a", [], tag)
    elif kind == "of another":
        tree.index("a", [signature, tree.image("a", subject=tree.descriptor(other, OCI))], tag)
    elif kind == "more":
        tree.index("a", [signature], tag, blobs=[tree.descriptor(tree.layer("a"), "application/x")])
    elif kind == "without a subject":
        tree.index("a", [signature, tree.image("a")], tag)
    else:
        tree.index("a", [signature, f"sha256:{'0' * 64}"], tag)
    target = (tree.tag_path("a", tag) / "current/link").read_text()
    collection = collect(tree, untagged=True)
    assert not collection.tags
    assert target in tree.blobs()
    assert tree.references(target) - {f"sha256:{'0' * 64}"} <= tree.blobs()


def test_signatures_that_have_another_tag_too_keep_their_image(tree: Tree) -> None:
    tree.image("a", "v1")
    signature, listed = tree.sign("a", tree.image("a"))
    tree.tag("a", "signed", listed)
    before = tree.everything()
    collect(tree, untagged=True)
    assert tree.everything() == before
    assert signature in tree.blobs()


def test_tag_of_signatures_stays_while_they_have_another_tag(tree: Tree) -> None:
    tree.sign("a", tree.image("a", "v1"))
    gone = f"sha256:{'7' * 64}"
    _, listed = tree.sign("a", gone)
    assert marked(tree, untagged=True).tags == {("a", fallback(gone))}
    tree.tag("a", "kept", listed)
    before = tree.everything()
    assert not collect(tree, untagged=True).tags
    assert tree.everything() == before


def test_young_image_keeps_its_signature(tree: Tree) -> None:
    tree.image("a", "v1")
    image = tree.image("a")
    signature, listed = tree.sign("a", image)
    tree.age(10 * DAY, now=NOW)
    write(tree.revision_path("a", image), image.encode())
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert (collection.manifests, collection.tags) == (set(), set())
    assert not {signature, listed} & collection.going


def test_signature_that_is_young_stays_with_its_tag(tree: Tree) -> None:
    tree.image("a", "v1")
    image = tree.image("a")
    tree.age(10 * DAY, now=NOW)
    tree.sign("a", image)
    collection = marked(tree, untagged=True, min_age=DAY, now=NOW)
    assert (collection.manifests, collection.tags) == (set(), set())


def test_missing_bytes_of_what_a_signature_needs_keep_the_repository(tree: Tree) -> None:
    tree.image("a", "v1")
    image = tree.image("a", "v2")
    signature, _ = tree.sign("a", image)
    tree.image("a")
    tree.blob_path(signature).unlink()
    before = tree.everything()
    assert "manifest-missing" in collect(tree, untagged=True).codes(Consequence.KEPT)
    assert tree.everything() == before


# Signatures of what lies elsewhere.


def test_store_of_signatures_is_kept_and_said(tree: Tree) -> None:
    gone = f"sha256:{'7' * 64}"
    tree.sign("signatures", gone)
    tree.image("signatures", fallback(gone) + ".sig")
    tree.image("a", "v1")
    before = tree.everything()
    collection = collect(tree, untagged=True, orphaned_signatures=True)
    assert tree.everything() == before
    assert "signature-store" in collection.codes(Consequence.NOTED)
    assert not collection.codes(Consequence.KEPT)


def test_signature_of_an_image_of_another_repository_lives_by_it(tree: Tree) -> None:
    own, other = tree.image("a", "v1"), tree.image("b", "v1")
    for image in (own, other):
        tree.sign("a", image)
        tree.image("a", fallback(image) + ".sig")
    before = tree.everything()
    collect(tree, untagged=True, orphaned_signatures=True)
    assert tree.everything() == before


# Those of cosign.


@pytest.mark.parametrize("suffix", [".sig", ".att", ".sbom"])
def test_signature_of_cosign_is_called_orphaned_and_goes_when_that_is_asked_for(
    tree: Tree, suffix: str
) -> None:
    image = tree.image("a")
    tree.image("a", fallback(tree.image("a", "v1")) + ".sig")
    tag = fallback(image) + suffix
    signature = tree.image("a", tag)
    kept = marked(tree, untagged=True)
    assert signature not in kept.going
    assert "orphaned-signature" in kept.codes(Consequence.NOTED)
    (oddity,) = (oddity for oddity in kept.marking.oddities.examples if oddity.code == "orphaned-signature")
    assert oddity.path.endswith(tag)
    kept.close()
    collection = collect(tree, untagged=True, orphaned_signatures=True)
    assert collection.tags == {("a", tag)}
    assert (totals_of(collection.marking).going_tags, totals_of(collection.marking).going_fallback_tags) == (
        1,
        0,
    )
    assert signature not in tree.blobs()
    assert len(collection.manifests) == 2


def test_signature_whose_image_is_live_in_any_repository_is_not_orphaned(tree: Tree) -> None:
    image = tree.image("a")
    tree.tag("a", "old", tree.image("a"))
    raw = tree.blob_path(image).read_bytes()
    tree.put("b", None, "v1", raw=raw)
    tree.image("a", fallback(image) + ".sig")
    collection = marked(tree, untagged=True, orphaned_signatures=True)
    assert "orphaned-signature" not in collection.codes()
    assert not collection.tags


def test_signature_of_a_bill_of_materials_of_cosign_goes_with_it(tree: Tree) -> None:
    tree.image("a", "v1")
    image = tree.image("a")
    bill = tree.image("a", fallback(image) + ".sbom")
    tree.image("a", fallback(bill) + ".sig")
    collect(tree, untagged=True, run="kept")
    assert bill in tree.blobs()
    assert len(collect(tree, untagged=True, orphaned_signatures=True).tags) == 2


@pytest.mark.parametrize("order", ["abcd", "dcba"])
def test_signatures_live_along_a_chain_of_repositories_in_whatever_order(tree: Tree, order: str) -> None:
    image = tree.image(order[0], "v1")
    chain = []
    for name in order[1:]:
        # With one of its own, or it would be a store of signatures, which is kept.
        tree.image(name, fallback(tree.image(name, "v1")) + ".sig")
        image = tree.image(name, fallback(image) + ".sig")
        chain.append(image)
    marking = marked(tree, untagged=True, orphaned_signatures=True)
    assert not marking.tags
    # They live for ever, not for their age.
    assert states(marking, *chain) == {LIVE}


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_signature_that_lives_and_whose_bytes_are_missing_keeps_its_repository(
    tree: Tree, order: str
) -> None:
    signing, kept = order[0], order[1]
    image = tree.image("c", "v1")
    tree.image(kept, fallback(tree.image(kept, "v1")) + ".sig")
    signature = tree.image(kept, fallback(image) + ".sig")
    untagged = tree.image(kept)
    tree.image(signing, fallback(tree.image(signing, "v1")) + ".sig")
    other = tree.image(signing, fallback(untagged) + ".sig")
    tree.blob_path(signature).unlink()
    marking = marked(tree, untagged=True, orphaned_signatures=True)
    assert "manifest-missing" in marking.codes(Consequence.KEPT)
    assert states(marking, untagged, other) == {LIVE}
    assert not marking.tags


def states(marking: Marked, *digests: str) -> set[int]:
    index = marking.index
    by_text = {index.digests.text(number): number for number in range(len(index.digests))}
    return {marking.marking.states[by_text[digest]] for digest in digests}
