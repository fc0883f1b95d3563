"""What is live, and what nothing needs any more.

The rules, each with its tests in tests/storage (test_rules.py; for the scenarios in which other collections
lose images, test_scenarios.py, test_damage.py, test_odd_trees.py; for 7, 14 and 15 test_served.py and
test_signatures.py):

1.  Without ``untagged`` every manifest is live that has a revision link.
2.  With it a manifest is live when a tag of its repository points to it that is not a signature's (14),
3.  or a live manifest of its repository refers to it, at any depth and in whatever field,
4.  or a live manifest of its repository names it as its ``subject``,
5.  or its own ``subject`` is live in its repository.
6.  A manifest that a tag points to is live even where its revision link is missing.
7.  A blob is live when it is a live manifest, or a live manifest of any repository refers to it:
    configuration, layers, children, entries of an index that are no manifests; also signatures beside a
    schema 1 manifest. What has a layer link in the repository and no revision link is served as a manifest
    all the same, if it is one: it is one for the rules 3 to 5, and what it needs is live, where a manifest of
    the repository calls it one: an entry of an index, a subject, or whatever is described by a manifest's
    type. A child that has no link at all in the repository (a sparse index) is a blob like any other: what it
    refers to is not needed there, because the registry would not serve it there. A layer link by another
    algorithm than sha256 names the blob that it stands for: that blob is live when the digest of the link is.
8.  What is not understood keeps its whole repository: every manifest, layer link and tag target of it, and
    whatever they refer to. The registry serves nothing from a repository that it has no link to, so nothing
    that the unknown could need is outside of this. Not understood are: an unknown media type; a manifest
    that is broken, too large, unreadable, or does not hash to its digest; a live manifest whose bytes are
    missing; a link that names another digest than its path; an unknown algorithm; links by tarsum; a
    damaged tag link without history; a directory of tags that cannot be read; a name that the registry
    cannot be asked for.
9.  With ``untagged``, every manifest of a repository that never had a tag is live: they were pushed by
    digest, and nothing there tells the wanted from the unwanted. An empty directory of tags tells that there
    were some. Tags of signatures (14) of what it has tell nothing: clients make them of what was pushed by
    digest, too. So a repository that has no other tags counts as one that never had any.
10. Whatever is younger than ``min_age`` stays, and what it refers to: of a manifest the younger of its data
    and its link counts, of a blob the youngest of its data and of every layer link to it. With 0 nothing is
    spared but what was written after the moment that ages are counted from; what lies in the future by more
    than a second is named as well. A blob that was pushed and that no manifest refers to is served too; its
    age alone keeps it.
11. Nothing is deleted that is reached through a symlink, that lies on another mount, or in a repository of
    which this is true. What a symlink out of the store leads to is left out: it neither goes nor keeps
    anything, unless its place was named.
12. With ``untagged`` a layer link goes when no live manifest of its repository refers to its blob, and
    neither it nor, where the blob goes with it, the blob is younger than ``min_age``.
13. Open uploads, damaged tags and tags that point nowhere are left alone.
14. With ``untagged``, a tag ``sha256-<hex>`` that names an index, every entry of which is a manifest with
    just that ``subject``, is no tag in the sense of 2: the index is live when that subject is, in its
    repository, or, where the repository does not have it, in any. Otherwise the tag goes with it.
    ``keep_signed`` makes it a tag like any other. The same holds with ``orphaned_signatures`` of cosign's
    tags (``.sig``, ``.att``, ``.sbom``), whose subject may be live in any repository; without it they are
    tags like any other.
15. A repository that has none of the manifests that its signatures are of is a store of signatures: their
    tags are tags like any other.

So with ``untagged`` never less goes than without.

Source: for 1 and 7, distribution 2.8.2: what it serves (tests/system/test_served.py) and what it collects,
with which our choice is compared in tests/storage/test_differential.py; the others keep what its ``-m`` or
its failures lose.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from ctl.storage import layout
from ctl.storage.engine.ages import Rules, written
from ctl.storage.engine.closure import Closure, parents_first
from ctl.storage.engine.index import ABSENT, LATEST, Index, Repository
from ctl.storage.engine.oddity import Oddities
from ctl.storage.engine.progress import Progress
from ctl.storage.engine.references import References
from ctl.storage.engine.signatures import Signature, is_store, signatures_of
from ctl.storage.engine.verdict import Verdict
from ctl.storage.events import Consequence
from ctl.storage.store import Looking

DEAD, LIVE, SPARED = 0, 1, 2


class Marking:
    """The outcome: a state for every digest's number, and a verdict for every repository."""

    def __init__(self, index: Index, rules: Rules) -> None:
        self.index = index
        self.rules = rules
        self.states = bytearray(len(index.digests))
        self.verdicts = [Verdict(repository, kept=repository.kept) for repository in index.repositories]
        self.oddities = Oddities()
        self.spared_first = LATEST
        """The epoch second from which the first of what was spared for its age may go."""
        self.spared_last = 0
        """The epoch second from which all of it may go."""

    def goes(self, blob: int) -> bool:
        """Whether a blob is there and goes."""
        return (
            blob < len(self.states)
            and self.states[blob] == DEAD
            and self.index.size(blob) != ABSENT
            and blob not in self.index.linked
        )

    def going(self) -> Iterator[int]:
        """Give every blob that goes."""
        return (blob for blob in self.index.blobs() if self.goes(blob))

    def spare(self, modified: int) -> None:
        """Record until when something is spared."""
        until = min(modified + self.rules.min_age, LATEST)
        self.spared_first = min(self.spared_first, until)
        self.spared_last = max(self.spared_last, until)


def mark(store: Looking, index: Index, references: References, rules: Rules, progress: Progress) -> Marking:
    """Decide what is live.

    Args:
        store: asked for the age of links.
        index: what there is.
        references: of every manifest of the index.
        rules: what is asked for.
        progress: told of every manifest and link that is looked at.

    Raises:
        Stopped: somebody has asked to stop.
    """
    marker = _Marker(store, index, references, rules, progress)
    total = sum(len(repository.revisions) for repository in index.repositories)
    progress.begin("marking", total)
    for verdict in marker.marking.verdicts:
        marker.judge(verdict)
        progress.step(max(len(verdict.repository.revisions), 1))
    marker.judge_signed()
    progress.end()
    marker.judge_blobs()
    return marker.marking


class _Signed(Struct):
    """A repository whose signatures wait for what they are of."""

    verdict: Verdict
    closure: Closure
    waiting: list[Signature]


def _roots(repository: Repository, waiting: Collection[str]) -> Iterable[int]:
    """Give what the tags of a repository point to, but for those of signatures that wait."""
    return (target for tag in repository.tags if tag.name not in waiting for target in tag.targets)


class _Marker:
    """A marking under way."""

    def __init__(
        self, store: Looking, index: Index, references: References, rules: Rules, progress: Progress
    ) -> None:
        self.marking = Marking(index, rules)
        self._store = store
        self._index = index
        self._references = references
        self._rules = rules
        self._progress = progress
        self._signed: list[_Signed] = []
        self._cosign: list[tuple[Repository, Signature]] = []

    def judge(self, verdict: Verdict) -> None:
        """Decide of one repository's manifests, and which layer links its live ones need."""
        repository = verdict.repository
        if not self._chooses(verdict):
            self._keep_all(verdict)
            return
        closure = Closure(repository, self._references)
        waiting = []
        if self._is_digest_only(repository):
            closure.add(repository.revisions)
        else:
            waiting = self._signatures(repository)
            closure.add(_roots(repository, {signature.tag for signature in waiting}))
        self._set(LIVE, closure.needed)
        if waiting:
            self._signed.append(_Signed(verdict, closure, waiting))
        elif not self._keeps(verdict, closure):
            self._spare_young(verdict, closure)
            self._conclude(verdict, closure)

    def _is_digest_only(self, repository: Repository) -> bool:
        """Whether a repository never had a tag but those of signatures; that is recorded."""
        if repository.has_tags:
            signatures = signatures_of(repository, self._references, self._index.digests.number)
            if not signatures or len(signatures) < len(repository.tags) or is_store(repository, signatures):
                return False
        elif not repository.revisions:
            return False
        path = layout.repository(repository.name)
        message = "it never had a tag: its images were pushed by digest"
        self.marking.oddities.add("never-tagged", path, message, Consequence.KEPT)
        return True

    def _signatures(self, repository: Repository) -> list[Signature]:
        """Give those whose tags are no roots."""
        rules = self._rules
        signatures = signatures_of(repository, self._references, self._index.digests.number)
        signatures = [
            signature for signature in signatures if not (signature.is_fallback and rules.keep_signed)
        ]
        if is_store(repository, signatures):
            path = layout.repository(repository.name)
            message = "it has none of the images that its signatures are of: all of these are kept"
            self.marking.oddities.add("signature-store", path, message, Consequence.NOTED)
            return []
        if rules.orphaned_signatures:
            return signatures
        self._cosign.extend((repository, signature) for signature in signatures if not signature.is_fallback)
        return [signature for signature in signatures if signature.is_fallback]

    def judge_signed(self) -> None:
        """Decide of the repositories whose signatures wait, when all others are decided."""
        self._grow(LIVE)
        for signed in self._signed:
            self._spare_young(signed.verdict, signed.closure)
        self._grow(SPARED)
        for signed in self._signed:
            self._conclude(signed.verdict, signed.closure, signed.waiting)
        for repository, signature in self._cosign:
            if not self._is_needed(signature.subject):
                path = f"{layout.repository(repository.name)}/{layout.TAGS}/{signature.tag}"
                message = "no repository has the image that it is of; --orphaned-signatures takes it"
                self.marking.oddities.add("orphaned-signature", path, message, Consequence.NOTED)

    def _grow(self, state: int) -> None:
        """Let signatures live by what they are of, until no more do."""
        changed = True
        while changed:
            changed = False
            for signed in list(self._signed):
                living = [
                    signature.target for signature in signed.waiting if self._lives(signed.closure, signature)
                ]
                if living:
                    signed.waiting = [
                        signature for signature in signed.waiting if signature.target not in living
                    ]
                    signed.closure.add(living)
                    self._set(state, signed.closure.needed)
                    changed = True
                if state == LIVE and self._keeps(signed.verdict, signed.closure):
                    self._signed.remove(signed)
                    changed = True

    def _lives(self, closure: Closure, signature: Signature) -> bool:
        if signature.subject in closure.manifests:
            return True
        elsewhere = not signature.is_fallback or not closure.serves(signature.subject)
        return elsewhere and self._is_needed(signature.subject)

    def _is_needed(self, number: int) -> bool:
        return number < len(self.marking.states) and self.marking.states[number] != DEAD

    def _keeps(self, verdict: Verdict, closure: Closure) -> bool:
        """Keep all of a repository where bytes of its live manifests are missing."""
        missing = verdict.repository.missing
        if not missing or not self._misses(verdict, closure.manifests.intersection(missing)):
            return False
        self._keep_all(verdict)
        return True

    def _conclude(self, verdict: Verdict, closure: Closure, dead: Sequence[Signature] = ()) -> None:
        """Enter what goes into a verdict."""
        repository = verdict.repository
        self._set(LIVE, repository.extra)
        going = [revision for revision in repository.revisions if revision not in closure.manifests]
        verdict.manifests.extend(parents_first(going, self._references))
        verdict.tags.extend(signature.tag for signature in dead if signature.target not in closure.manifests)
        needed = closure.needed.union(repository.extra)
        verdict.layers.extend(layer for layer in repository.layers if layer not in needed)

    def _chooses(self, verdict: Verdict) -> bool:
        """Whether manifests of a repository may go."""
        repository = verdict.repository
        if not self._rules.untagged:
            self._misses(verdict, repository.missing)
        return self._rules.untagged and not verdict.kept and not repository.fixed

    def _misses(self, verdict: Verdict, manifests: Collection[int]) -> bool:
        """Keep a repository in which bytes of live manifests are missing: what they need is not known."""
        repository, oddities = verdict.repository, self.marking.oddities
        for manifest in manifests:
            path = repository.link(self._index.digests.raw(manifest), manifest)
            oddities.add("manifest-missing", path, "the manifest's bytes are missing", Consequence.KEPT)
        if manifests and repository.hidden_layers:
            path = f"{layout.repository(repository.name)}/{layout.LAYERS}"
            message = "a manifest that is missing may need any of what cannot be listed here"
            oddities.add("unreadable-directory", path, message, Consequence.STOPS)
        verdict.kept |= bool(manifests)
        return bool(manifests)

    def _keep_all(self, verdict: Verdict) -> None:
        repository = verdict.repository
        states, of = self.marking.states, self._references.of
        for manifests in (repository.revisions, repository.tagged(), repository.listed):
            for manifest in manifests:
                states[manifest] = LIVE
                for reference in of(manifest):
                    states[reference] = LIVE
        self._set(LIVE, repository.extra)
        if verdict.kept:
            self._set(LIVE, repository.layers)
            for tag in repository.tags:
                self._set(LIVE, tag.history)
        self._set(LIVE, (to for alias, to in repository.aliases.items() if states[alias] == LIVE))

    def _set(self, state: int, numbers: Iterable[int]) -> None:
        states = self.marking.states
        for number in numbers:
            if states[number] != LIVE:
                states[number] = state

    def _spares(self, modified: int, path: str) -> bool:
        """Whether something is spared for its age; that is recorded, and named where it is no age."""
        if not self._rules.is_young(modified):
            return False
        if self._rules.is_future(modified):
            when = "cannot be told" if modified == LATEST else "lies in the future; touch(1) sets it right"
            message = f"when it was last written {when}"
            self.marking.oddities.add("from-the-future", path, message, Consequence.KEPT)
        self.marking.spare(modified)
        return True

    def _spare_young(self, verdict: Verdict, closure: Closure) -> None:
        repository = verdict.repository
        young = []
        raw, name = self._index.digests.raw, repository.name
        parts = (
            (layout.REVISIONS, layout.revision, repository.revisions),
            (layout.LAYERS, layout.layer, repository.listed),
        )
        for part, place, manifests in parts:
            dead = [manifest for manifest in manifests if manifest not in closure.manifests]
            for manifest, modified in self._written(f"{layout.repository(name)}/{part}", dead):
                data = self._index.modified(manifest)
                link, blob = f"{place(name, raw(manifest))}/link", f"{layout.blob(raw(manifest))}/data"
                if self._spares(max(modified, data), link if modified >= data else blob):
                    young.append(manifest)
        before = len(closure.manifests)
        closure.add(young)
        verdict.spared = len(closure.manifests) - before
        self._set(SPARED, closure.needed)

    def judge_blobs(self) -> None:
        """Spare young blobs, and the layer links that then stay."""
        rules, marking = self._rules, self.marking
        for blob in marking.going():
            modified = self._index.modified(blob)
            if rules.is_young(modified):
                marking.states[blob] = SPARED
                self._spares(modified, f"{layout.blob(self._index.digests.raw(blob))}/data")
        self._progress.begin("ages")
        young = [self._young_layers(verdict) for verdict in marking.verdicts]
        self._progress.end()
        for verdict, links in zip(marking.verdicts, young, strict=True):
            named = verdict.repository.aliases
            stay = links.union(
                layer for layer in verdict.layers if marking.states[named.get(layer, layer)] == SPARED
            )
            if stay:
                verdict.layers = array("I", (layer for layer in verdict.layers if layer not in stay))

    def _young_layers(self, verdict: Verdict) -> set[int]:
        """Look at the age of the layer links on which something depends; give those that are young."""
        marking, repository = self.marking, verdict.repository
        own, named = set(verdict.layers), repository.aliases
        asked = [
            layer for layer in repository.layers if layer in own or marking.goes(named.get(layer, layer))
        ]
        young = set()
        for layer, modified in self._written(f"{layout.repository(repository.name)}/{layout.LAYERS}", asked):
            if self._rules.is_young(modified):
                young.add(layer)
                blob = named.get(layer, layer)
                if marking.goes(blob):
                    marking.states[blob] = SPARED
                    path = layout.layer(repository.name, self._index.digests.raw(layer))
                    self._spares(modified, f"{path}/link")
        return young

    def _written(self, base: str, numbers: list[int]) -> Iterator[tuple[int, int]]:
        return written(self._store, self._index.digests, self._progress, base, numbers)
