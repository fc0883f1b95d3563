"""What is live, and what nothing needs any more.

The rules, each with its tests in tests/storage (test_rules.py; for the scenarios in which other collections
lose images, test_scenarios.py, test_damage.py, test_odd_trees.py):

1.  Without ``untagged`` every manifest is live that has a revision link.
2.  With it a manifest is live when a tag of its repository points to it,
3.  or a live manifest of its repository refers to it, at any depth and in whatever field,
4.  or a live manifest of its repository names it as its ``subject``,
5.  or its own ``subject`` is live in its repository.
6.  A manifest that a tag points to is live even where its revision link is missing.
7.  A blob is live when it is a live manifest, or a live manifest of any repository refers to it:
    configuration, layers, children, entries of an index that are no manifests; also signatures beside a
    schema 1 manifest. A child that has no link in the repository (a sparse index) is a blob like any other:
    what it refers to is not needed there, because the registry would not serve it there.
8.  What is not understood keeps its whole repository: every manifest, layer link and tag target of it, and
    whatever they refer to. The registry serves nothing from a repository that it has no link to, so nothing
    that the unknown could need is outside of this. Not understood are: an unknown media type; a manifest
    that is broken, too large, unreadable, or does not hash to its digest; a live manifest whose bytes are
    missing; a link that names another digest than its path; an unknown algorithm; links by tarsum; a
    damaged tag link without history; a directory of tags that cannot be read; a name that the registry
    cannot be asked for.
9.  With ``untagged``, manifests in a repository that never had a tag are kept: they were pushed by digest,
    and nothing there tells the wanted from the unwanted. An empty directory of tags tells that there were
    some.
10. Whatever is younger than ``min_age`` stays, and what it refers to: of a manifest the younger of its data
    and its revision link counts, of a blob the youngest of its data and of every layer link to it. With 0
    nothing is spared but what was written after the moment that ages are counted from; what lies in the
    future by more than a second is named as well.
11. Nothing is deleted that is reached through a symlink, that lies on another mount, or in a repository of
    which this is true.
12. With ``untagged`` a layer link goes when no live manifest of its repository refers to its blob, and
    neither it nor, where the blob goes with it, the blob is younger than ``min_age``.
13. Open uploads, damaged tags and tags that point nowhere are left alone.

Source: for 1 and 7, distribution 2.8.2, with whose choice ours is compared in
tests/storage/test_differential.py; the others keep what its ``-m`` or its failures lose.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ctl.storage import layout
from ctl.storage.digests import algorithm_of
from ctl.storage.index import ABSENT, LATEST, Index, Repository
from ctl.storage.oddity import Consequence, Oddities
from ctl.storage.progress import Progress
from ctl.storage.references import NOTHING, References
from ctl.storage.store import Store

DEAD, LIVE, SPARED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run is asked for.

    Args:
        untagged: whether untagged manifests go too.
        min_age: seconds that something must have lain there before it may go; 0 spares nothing.
        now: the epoch second that ages are counted from.
    """

    untagged: bool
    min_age: int
    now: int

    def is_young(self, modified: int) -> bool:
        """Whether something that was last written then is spared.

        Args:
            modified: epoch second, rounded up.
        """
        # What was written in this very second is no younger than 0.
        return modified + self.min_age > self.now + (self.min_age == 0)

    def is_future(self, modified: int) -> bool:
        """Whether something was last written in a second that is still to come."""
        return modified > self.now + 1


@dataclass(slots=True)
class Verdict:
    """What is to go from one repository.

    Args:
        repository: which.
        manifests: revisions that go, those that refer to others before them.
        layers: layer links that go.
        spared: how many revisions stay for their age alone.
        kept: whether all of the repository is kept, because something in it is not understood.
    """

    repository: Repository
    manifests: array[int] = field(default_factory=lambda: array("I"))
    layers: array[int] = field(default_factory=lambda: array("I"))
    spared: int = 0
    kept: bool = False

    @property
    def empties(self) -> bool:
        """Whether nothing is left in the repository when this has gone."""
        one = self.repository
        going = len(self.manifests) + len(self.layers)
        rest = len(one.revisions) - len(self.manifests) + len(one.layers) - len(self.layers)
        return going > 0 and not (rest or one.tags or one.extra or one.uploads or self.kept or one.fixed)


class Marking:
    """The outcome: a state for every digest's number, and a verdict for every repository."""

    def __init__(self, index: Index, rules: Rules) -> None:
        self.index = index
        self.rules = rules
        self.states = bytearray(len(index.digests))
        self.verdicts = [Verdict(one, kept=one.kept) for one in index.repositories]
        self.oddities = Oddities()
        self.spared_first = LATEST
        """The epoch second from which the first of what was spared for its age may go."""
        self.spared_last = 0
        """The one from which all of it may go."""

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
        until = modified + self.rules.min_age
        self.spared_first = min(self.spared_first, until)
        self.spared_last = max(self.spared_last, until)


def mark(store: Store, index: Index, references: References, rules: Rules, progress: Progress) -> Marking:
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
    one = _Marker(store, index, references, rules, progress)
    total = sum(len(repository.revisions) for repository in index.repositories)
    progress.begin("marking", total)
    for verdict in one.marking.verdicts:
        one.judge(verdict)
        progress.step(max(len(verdict.repository.revisions), 1))
    progress.end()
    one.judge_blobs()
    return one.marking


class _Marker:
    """A marking under way."""

    def __init__(
        self, store: Store, index: Index, references: References, rules: Rules, progress: Progress
    ) -> None:
        self.marking = Marking(index, rules)
        self._store = store
        self._index = index
        self._references = references
        self._rules = rules
        self._progress = progress

    def judge(self, verdict: Verdict) -> None:
        """Decide of one repository's manifests, and which layer links its live ones need."""
        repository = verdict.repository
        if not self._chooses(verdict):
            self._keep_all(verdict)
            return
        closure = _Closure(repository, self._references)
        closure.add(repository.tagged())
        if self._misses(verdict, closure.manifests.intersection(repository.missing)):
            self._keep_all(verdict)
            return
        self._set(LIVE, closure.needed)
        self._set(LIVE, repository.extra)
        self._spare_young(verdict, closure)
        going = [one for one in repository.revisions if one not in closure.manifests]
        verdict.manifests.extend(_parents_first(going, self._references))
        needed = closure.needed.union(repository.extra)
        verdict.layers.extend(one for one in repository.layers if one not in needed)

    def _chooses(self, verdict: Verdict) -> bool:
        """Whether manifests of a repository may go."""
        repository = verdict.repository
        if not self._rules.untagged:
            self._misses(verdict, repository.missing)
        if not self._rules.untagged or verdict.kept or repository.fixed:
            return False
        if repository.revisions and not repository.has_tags:
            path = layout.repository(repository.name)
            message = "it never had a tag: its images were pushed by digest"
            self.marking.oddities.add("never-tagged", path, message, Consequence.KEPT)
            verdict.kept = True
            return False
        return True

    def _misses(self, verdict: Verdict, manifests: Collection[int]) -> bool:
        """Keep a repository in which bytes of live manifests are missing: what they need is not known."""
        repository, found = verdict.repository, self.marking.oddities
        for one in manifests:
            path = layout.revision(repository.name, self._index.digests.raw(one))
            found.add("manifest-missing", path, "the manifest's bytes are missing", Consequence.KEPT)
        if manifests and repository.hidden_layers:
            path = f"{layout.repository(repository.name)}/{layout.LAYERS}"
            message = "a manifest that is missing may need any of what cannot be listed here"
            found.add("unreadable-directory", path, message, Consequence.STOPS)
        verdict.kept |= bool(manifests)
        return bool(manifests)

    def _keep_all(self, verdict: Verdict) -> None:
        repository = verdict.repository
        states, of = self.marking.states, self._references.of
        for manifests in (repository.revisions, repository.tagged()):
            for manifest in manifests:
                states[manifest] = LIVE
                for one in of(manifest):
                    states[one] = LIVE
        self._set(LIVE, repository.extra)
        if verdict.kept:
            self._set(LIVE, repository.layers)
            for tag in repository.tags:
                self._set(LIVE, tag.history)

    def _set(self, state: int, numbers: Iterable[int]) -> None:
        states = self.marking.states
        for one in numbers:
            if states[one] != LIVE:
                states[one] = state

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

    def _spare_young(self, verdict: Verdict, closure: _Closure) -> None:
        repository = verdict.repository
        dead = [one for one in repository.revisions if one not in closure.manifests]
        young = []
        raw = self._index.digests.raw
        for one, modified in self._links(f"{layout.repository(repository.name)}/{layout.REVISIONS}", dead):
            latest = max(modified, self._index.modified(one))
            if self._spares(latest, layout.revision(repository.name, raw(one))):
                young.append(one)
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
                self._spares(modified, layout.blob(self._index.digests.raw(blob)))
        self._progress.begin("ages")
        young = [self._young_layers(verdict) for verdict in marking.verdicts]
        self._progress.end()
        for verdict, links in zip(marking.verdicts, young, strict=True):
            stay = links.union(one for one in verdict.layers if marking.states[one] == SPARED)
            if stay:
                verdict.layers = array("I", (one for one in verdict.layers if one not in stay))

    def _young_layers(self, verdict: Verdict) -> set[int]:
        """Look at the age of the layer links on which something depends; give those that are young."""
        marking, repository = self.marking, verdict.repository
        own = set(verdict.layers)
        asked = [one for one in repository.layers if one in own or marking.goes(one)]
        young = set()
        for one, modified in self._links(f"{layout.repository(repository.name)}/{layout.LAYERS}", asked):
            if self._rules.is_young(modified):
                young.add(one)
                if marking.goes(one):
                    marking.states[one] = SPARED
                    self._spares(modified, layout.layer(repository.name, self._index.digests.raw(one)))
        return young

    def _links(self, base: str, numbers: list[int]) -> Iterator[tuple[int, int]]:
        """Give when links were last written, rounded up; what cannot be told is young for ever."""
        digests = self._index.digests
        by_algorithm: dict[str, list[int]] = {}
        for one in numbers:
            by_algorithm.setdefault(algorithm_of(digests.raw(one)), []).append(one)
        for algorithm, several in by_algorithm.items():
            try:
                with self._store.directory(f"{base}/{algorithm}") as directory:
                    for one in several:
                        self._progress.step()
                        try:
                            found = directory.standing(f"{digests.raw(one).hex()}/link").modified
                        except FileNotFoundError:
                            found = -1.0
                        except OSError:
                            found = LATEST
                        yield one, int(found) + 1
            except OSError:
                yield from ((one, LATEST) for one in several)


class _Closure:
    """The live manifests of one repository, and all that they need."""

    def __init__(self, repository: Repository, references: References) -> None:
        self.manifests: set[int] = set()
        self.needed: set[int] = set()
        self._references = references
        self._revisions = set(repository.revisions)
        self._referrers: dict[int, list[int]] = {}
        for one in repository.revisions:
            subject = references.subject(one)
            if subject != NOTHING:
                self._referrers.setdefault(subject, []).append(one)

    def add(self, roots: Iterable[int]) -> None:
        """Add manifests and whatever lives by them."""
        waiting = list(roots)
        while waiting:
            manifest = waiting.pop()
            if manifest in self.manifests:
                continue
            self.manifests.add(manifest)
            self.needed.add(manifest)
            for one in self._references.of(manifest):
                self.needed.add(one)
                if one in self._revisions:
                    waiting.append(one)
            subject = self._references.subject(manifest)
            if subject in self._revisions:
                waiting.append(subject)
            waiting.extend(self._referrers.get(manifest, ()))


def _parents_first(manifests: list[int], references: References) -> list[int]:
    """Order manifests so that what refers to another comes before it: a run may end after any of them."""
    members, order = set(manifests), list[int]()
    entered: set[int] = set()
    for root in manifests:
        waiting = [(root, False)]
        while waiting:
            one, leaving = waiting.pop()
            if leaving:
                order.append(one)
            elif one not in entered:
                entered.add(one)
                waiting.append((one, True))
                below = [*references.of(one), references.subject(one)]
                waiting.extend((other, False) for other in below if other in members)
    order.reverse()
    return order
