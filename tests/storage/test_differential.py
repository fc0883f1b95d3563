"""Random stores, collected by docker-registry 2.8.2 and by us: ours never deletes what it keeps.

Without ``-m`` the choice is the same, but for what the scenarios name, and there ours keeps more:
repositories without ``_layers`` (it does not see them), revisions whose bytes are missing (it deletes their
layers), tags that point to a manifest without a link, and every store on which it fails.

With ``-m`` it loses images by design (children of lists), so ours is compared with an independent reading of
the rules, written as plainly as they are, and is held to leave whatever a tag reaches, and to let go of what
it would without ``-m``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registries import V2, Program
from tests.storage.conftest import MEMORY
from tests.storage.engine import Marked, collect, marked, undo
from tests.storage.tree import OCI, Tree, collect_by_registry, fallback

REPOSITORIES = ("a", "a/b", "group/project", "z-1")
TAGS = ("latest", "v1", "v2")


class Store:
    """A random store and what is odd about it."""

    def __init__(self, root: Path) -> None:
        self.tree = Tree(root / "store")
        self.manifests: list[tuple[str, str]] = []
        self.documents: dict[str, dict[str, Any]] = {}
        self.tags: dict[tuple[str, str], str] = {}
        # Manifests with nothing but a layer link, and blobs that a repository links to by their sha512.
        self.blobs: list[tuple[str, str]] = []
        self.aliases: dict[tuple[str, str], str] = {}
        # What makes docker-registry choose otherwise; ours then keeps more.
        self.is_odd = False
        self.is_beyond_it = False

    def note(self, repository: str, digest: str, tags: list[str]) -> None:
        self.manifests.append((repository, digest))
        self.documents[digest] = json.loads(self.tree.blob_path(digest).read_bytes())
        for tag in tags:
            self.tags[repository, tag] = digest


def build(data: st.DataObject, root: Path) -> Store:
    """Draw a store, push by push and deletion by deletion."""
    store = Store(root)
    tree = store.tree
    layers = [tree.blob(f"layer {number}") for number in range(5)]
    steps = {
        "image": image,
        "blob": blob,
        "index": index,
        "sign": sign,
        "untag": untag,
        "delete": delete,
        "lose": lose,
        "copy": copy,
        "drop-layers": drop_layers,
    }
    kinds = ["image"] * 5 + ["index"] * 3 + ["blob", "sign"] * 2
    kinds += ["untag", "delete", "copy", "copy", "lose", "drop-layers"]
    for kind in data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=14), "steps"):
        steps[kind](store, data, layers)
    for number in range(data.draw(st.integers(0, 2), "orphans")):
        tree.blob(f"orphan {number}")
    return store


def image(store: Store, data: st.DataObject, layers: list[str]) -> None:
    name = data.draw(st.sampled_from(REPOSITORIES))
    chosen = data.draw(st.lists(st.sampled_from(layers), max_size=3))
    if data.draw(st.integers(0, 5), "by sha512") == 0:
        chosen = [alias(store, name, layer) for layer in chosen]
    more: dict[str, object] = {}
    own = [digest for repository, digest in store.manifests if repository == name]
    has_subject: bool = data.draw(st.booleans(), "subject")
    if own and has_subject:
        more["subject"] = store.tree.descriptor(data.draw(st.sampled_from(own)), OCI)
    tags = data.draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True))
    store.note(name, store.tree.image(name, *tags, layers=chosen, **more), tags)


def alias(store: Store, name: str, digest: str) -> str:
    """Give what a repository calls a blob that it was pushed by the sha512 of."""
    if not store.tree.blob_path(digest).exists():
        return digest
    store.tree.link_layer(name, digest)
    other = store.tree.alias(name, digest)
    store.aliases[name, other] = digest
    store.is_beyond_it = True
    return other


def blob(store: Store, data: st.DataObject, layers: list[str]) -> None:
    """Push a manifest as a blob."""
    name = data.draw(st.sampled_from(REPOSITORIES))
    chosen = data.draw(st.lists(st.sampled_from(layers), min_size=1, max_size=2))
    digest = store.tree.image(name, layers=chosen)
    if (name, digest) in store.manifests:
        return
    store.tree.as_blob(name, digest)
    store.documents[digest] = json.loads(store.tree.blob_path(digest).read_bytes())
    store.blobs.append((name, digest))


def sign(store: Store, data: st.DataObject, layers: list[str]) -> None:
    """Sign a manifest of the repository or of another one, in one of the ways of signing by a tag."""
    if not store.manifests:
        return
    name, digest = data.draw(st.sampled_from(store.manifests))
    if data.draw(st.integers(0, 3)) == 0:
        name = data.draw(st.sampled_from(REPOSITORIES))
    tree, tag = store.tree, fallback(digest)
    kind = data.draw(st.sampled_from(["fallback", "fallback", "person", ".sig", ".sbom"]))
    if kind == "fallback":
        signature, listed = tree.sign(name, digest)
        store.note(name, signature, [])
        store.note(name, listed, [tag])
    else:
        tags = [tag if kind == "person" else tag + kind]
        store.note(name, tree.image(name, *tags), tags)


def index(store: Store, data: st.DataObject, layers: list[str]) -> None:
    pushed = [*store.manifests, *store.blobs]
    if not pushed:
        return
    # Children of any repository: some of them are sparse.
    chosen = data.draw(st.lists(st.sampled_from(pushed), max_size=3))
    name = data.draw(st.sampled_from(sorted({*REPOSITORIES, *(owner for owner, _ in chosen)})))
    children = [child for _, child in chosen]
    if data.draw(st.integers(0, 5), "by sha512") == 0:
        children = [alias(store, name, child) for child in children]
    tags = data.draw(st.lists(st.sampled_from(TAGS), max_size=1))
    digest = store.tree.index(name, children, *tags)
    store.note(name, digest, tags)
    if not tags and data.draw(st.integers(0, 3), "as a blob") == 0 and (name, digest) in store.manifests:
        store.tree.as_blob(name, digest)
        store.manifests = [held for held in store.manifests if held != (name, digest)]
        store.blobs.append((name, digest))
        for held in [held for held, other in store.tags.items() if (held[0], other) == (name, digest)]:
            shutil.rmtree(store.tree.tag_path(*held))
            del store.tags[held]


def copy(store: Store, data: st.DataObject, layers: list[str]) -> None:
    """Push a manifest that another repository has, with its blobs mounted."""
    if not store.manifests:
        return
    _, digest = data.draw(st.sampled_from(store.manifests))
    if not store.tree.blob_path(digest).exists():
        return
    name = data.draw(st.sampled_from(REPOSITORIES))
    tags = data.draw(st.lists(st.sampled_from(TAGS), max_size=1))
    raw = store.tree.blob_path(digest).read_bytes()
    store.note(name, store.tree.put(name, None, *tags, raw=raw), tags)


def untag(store: Store, data: st.DataObject, layers: list[str]) -> None:
    if store.tags:
        name, tag = data.draw(st.sampled_from(sorted(store.tags)))
        shutil.rmtree(store.tree.tag_path(name, tag))
        del store.tags[name, tag]


def delete(store: Store, data: st.DataObject, layers: list[str]) -> None:
    """Delete a manifest as the API does, now and then forgetting its tags."""
    if not store.manifests:
        return
    name, digest = data.draw(st.sampled_from(store.manifests))
    shutil.rmtree(store.tree.revision_path(name, digest).parent, ignore_errors=True)
    store.manifests = [held for held in store.manifests if held != (name, digest)]
    forget = data.draw(st.integers(0, 4)) == 0
    for repository, tag in sorted(store.tags):
        if repository == name and store.tags[repository, tag] == digest:
            if forget:
                store.is_odd = True
            else:
                shutil.rmtree(store.tree.tag_path(repository, tag))
                del store.tags[repository, tag]


def lose(store: Store, data: st.DataObject, layers: list[str]) -> None:
    """Lose a blob, of a manifest or of a layer."""
    candidates = [*layers, *(digest for _, digest in store.manifests)]
    digest = data.draw(st.sampled_from(candidates))
    shutil.rmtree(store.tree.blob_path(digest).parent, ignore_errors=True)
    store.is_odd |= digest in store.documents


def drop_layers(store: Store, data: st.DataObject, layers: list[str]) -> None:
    name = data.draw(st.sampled_from(REPOSITORIES))
    if (store.tree.repository(name) / "_layers").exists():
        shutil.rmtree(store.tree.repository(name) / "_layers")
        # What they stood for is known to nobody any more.
        store.aliases = {held: target for held, target in store.aliases.items() if held[0] != name}
        store.is_odd = True


@contextmanager
def drawn(data: st.DataObject) -> Iterator[Store]:
    directory = Path(tempfile.mkdtemp(prefix="ctl-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield build(data, directory)
    finally:
        shutil.rmtree(directory)


def named(store: Store, name: str, digest: str) -> set[tuple[str, str]]:
    """Give what a manifest calls a manifest, as its repository calls it."""
    document = store.documents[digest]
    digests = {descriptor["digest"] for descriptor in document.get("manifests", [])}
    if "subject" in document:
        digests.add(document["subject"]["digest"])
    return {(name, store.aliases.get((name, digest), digest)) for digest in digests}


def served(store: Store) -> set[tuple[str, str]]:
    """Give what counts as a manifest where, by one link or the other."""
    revisions = set(store.manifests)
    reached = revisions | {(name, digest) for (name, _), digest in store.tags.items()}
    while True:
        more = {child for manifest in reached for child in named(store, *manifest)} - reached
        more = {(name, digest) for name, digest in more if digest in store.documents}
        more = {held for held in more if store.tree.layer_path(*held).exists() and held not in revisions}
        if not more:
            return reached
        reached |= more


def signed(
    store: Store, manifests: set[tuple[str, str]]
) -> tuple[dict[tuple[str, str], tuple[str, str]], set[str]]:
    """Give the tags that are no roots, with what they are signatures of, and repositories without others."""
    others: set[str] = set()
    signatures: dict[tuple[str, str], tuple[str, str]] = {}
    subjects: dict[str, set[str]] = {}
    for (name, tag), digest in store.tags.items():
        subject, _, suffix = tag.replace("-", ":", 1).partition(".")
        if not tag.startswith("sha256-") or (name, digest) not in store.manifests:
            others.add(name)
            continue
        children = [descriptor["digest"] for descriptor in store.documents[digest].get("manifests", [])]
        # What the repository does not have cannot be told to be a signature.
        known = [store.documents[child] if (name, child) in manifests else {} for child in children]
        of = [document.get("subject", {}).get("digest") for document in known]
        if suffix or (of and set(of) == {subject}):
            subjects.setdefault(name, set()).add(subject)
            if not suffix:
                signatures[name, tag] = (name, subject)
        else:
            others.add(name)
    own = {
        name for name, several in subjects.items() if any((name, part) in store.manifests for part in several)
    }
    return {held: subject for held, subject in signatures.items() if held[0] in own}, own - others


def reachable(store: Store) -> tuple[set[tuple[str, str]], set[str]]:
    """Read the rules for untagged manifests plainly: what is live, by a loop until nothing changes."""
    manifests = served(store)
    waiting, digest_only = signed(store, manifests)
    live_manifests = {
        (name, digest) for (name, tag), digest in store.tags.items() if (name, tag) not in waiting
    }
    live_manifests |= {
        manifest
        for manifest in store.manifests
        if manifest[0] in digest_only or not store.tree.tag_path(manifest[0], "").exists()
    }
    while True:
        more = {child for manifest in live_manifests for child in named(store, *manifest)} & manifests
        for name, digest in manifests:
            # Of what a manifest was that has lost its bytes nobody can know.
            known = store.documents[digest] if store.tree.blob_path(digest).exists() else {}
            if (name, known.get("subject", {}).get("digest")) in live_manifests:
                more.add((name, digest))
        everywhere = needs(store, live_manifests)
        for held, subject in waiting.items():
            elsewhere = subject not in manifests and subject[1] in everywhere
            if subject in live_manifests or elsewhere:
                more.add((held[0], store.tags[held]))
        if more <= live_manifests:
            return live_manifests, needs(store, live_manifests)
        live_manifests |= more


def needs(store: Store, live_manifests: set[tuple[str, str]]) -> set[str]:
    """Give the blobs that manifests are and refer to."""
    blobs = {digest for _, digest in live_manifests}
    for name, digest in live_manifests:
        needed = references(store.documents[digest])
        needed |= {store.aliases[name, named] for named in needed if (name, named) in store.aliases}
        if not store.tree.blob_path(digest).exists():
            # Nobody can know them any more; but what is linked to beside it may be needed.
            needed = {named for named in needed if store.tree.layer_path(name, named).exists()}
        blobs |= needed
    return blobs


def references(document: dict[str, Any]) -> set[str]:
    digests = {entry["digest"] for key in ("layers", "manifests") for entry in document.get(key, [])}
    return digests | ({document["config"]["digest"]} if "config" in document else set())


def plain_case(data: st.DataObject, program: Program = V2) -> None:
    with drawn(data) as store:
        tree = store.tree
        before = tree.blobs()
        collection = marked(tree)
        ours = collection.going
        collection.close()
        snapshot = tree.snapshot()
        if collect_by_registry(tree, program=program) != 0:
            return
        theirs = before - tree.blobs()
        assert ours <= theirs
        if not store.is_odd and not store.is_beyond_it and served(store) <= set(store.manifests):
            assert ours == theirs
        # And what is decided is what happens, and can be taken back.
        shutil.rmtree(tree.base)
        for path, content in snapshot.items():
            target = tree.base / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        collect(tree)
        assert before - tree.blobs() == ours
        undo_if_any(tree, ours)
        assert tree.snapshot() == snapshot


def undo_if_any(tree: Tree, moved: object) -> None:
    if moved:
        undo(tree)


def untagged_case(data: st.DataObject) -> None:
    with drawn(data) as store:
        tree = store.tree
        live, needed = reachable(store)
        before, snapshot = tree.blobs(), tree.snapshot()
        plain = marked(tree)
        less = plain.going
        plain.close()
        ours: Marked = collect(tree, untagged=True)
        after = tree.blobs()
        assert less <= before - after
        assert needed & before <= after
        for name, digest in live & set(store.manifests):
            assert tree.revision_path(name, digest).exists()
        if not store.is_odd and not ours.codes() - {"orphaned-signature", "signature-store", "never-tagged"}:
            assert after == needed & before
            assert ours.manifests == set(store.manifests) - live
        undo_if_any(tree, tree.trash())
        assert tree.snapshot() == snapshot


FAST = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
LONG = settings(FAST, max_examples=1200, derandomize=False)


@FAST
@given(st.data())
def test_choice_without_untagged_is_that_of_the_registry(data: st.DataObject) -> None:
    plain_case(data)


@FAST
@given(st.data())
def test_choice_with_untagged_is_that_of_the_rules(data: st.DataObject) -> None:
    untagged_case(data)


@pytest.mark.soak
@LONG
@given(st.data())
def test_choice_without_untagged_is_that_of_the_registry_on_thousands(data: st.DataObject) -> None:
    plain_case(data)


@pytest.mark.soak
@LONG
@given(st.data())
def test_choice_with_untagged_is_that_of_the_rules_on_thousands(data: st.DataObject) -> None:
    untagged_case(data)
