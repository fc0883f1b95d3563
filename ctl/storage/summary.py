"""What a marking means, in the figures that somebody decides by."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from ctl.storage.index import LATEST, Index, Repository
from ctl.storage.mark import LIVE, SPARED, Marking, Verdict
from ctl.storage.references import References

_NOBODY = 0
_SEVERAL = LATEST


@dataclass(frozen=True, slots=True)
class Going:
    """What goes from one repository.

    Args:
        repository: its name.
        manifests: how many it has.
        untagged: how many of them go.
        layer_links: how many links to layers go.
        tags: how many tags of signatures go.
        blobs: how many blobs go that it has a link to, or that a manifest that goes refers to.
        bytes: what they take.
        exclusive_blobs: how many of them no other repository has to do with.
        exclusive_bytes: what these take.
        spared: manifests that stay for their age alone.
        kept: something in it is not understood, so all of it stays.
        empties: nothing is left in it afterwards, and it leaves the catalog.
    """

    repository: str
    manifests: int
    untagged: int
    layer_links: int
    tags: int
    blobs: int
    bytes: int
    exclusive_blobs: int
    exclusive_bytes: int
    spared: int
    kept: bool
    empties: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is in a store, and what goes; bytes are those of blobs.

    ``linked`` are blobs that nothing needs but that lie behind a symlink, across which nothing is deleted.
    ``spared_first`` and ``spared_last`` are epoch seconds: from when the first and all of what was spared for
    its age may go; 0 where nothing was spared.
    """

    repositories: int
    manifests: int
    tags: int
    uploads: int
    blobs: int
    bytes: int
    live_blobs: int
    live_bytes: int
    going_manifests: int
    going_layer_links: int
    going_tags: int
    going_blobs: int
    going_bytes: int
    spared_manifests: int
    spared_blobs: int
    spared_bytes: int
    spared_first: int
    spared_last: int
    linked_blobs: int
    linked_bytes: int

    @property
    def percent(self) -> float:
        """How much of all bytes goes."""
        return 100.0 * self.going_bytes / self.bytes if self.bytes else 0.0

    @property
    def nothing_marked(self) -> bool:
        """Whether there are blobs and none of them is live: rather a mistake than a wish."""
        return self.blobs > 0 and self.live_blobs == 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What one repository takes.

    Args:
        repository: its name.
        tags: how many it has.
        manifests: how many it has.
        pushed_bytes: every manifest with all it refers to, as if nothing were shared; children of an index
            count by themselves.
        bytes: every blob of it once.
        exclusive_bytes: blobs that no other repository needs.
        reclaimable_bytes: what a collection frees that the repository has to do with.
        reclaimable_untagged_bytes: the same when untagged manifests go too.
    """

    repository: str
    tags: int
    manifests: int
    pushed_bytes: int
    bytes: int
    exclusive_bytes: int
    reclaimable_bytes: int
    reclaimable_untagged_bytes: int


def totals_of(marking: Marking) -> Totals:
    """Count what there is and what goes."""
    index = marking.index
    figures = {"live": [0, 0], "spared": [0, 0], "linked": [0, 0], "going": [0, 0]}
    for blob in index.blobs():
        state = marking.states[blob]
        name = {LIVE: "live", SPARED: "spared"}.get(state)
        if name is None:
            name = "linked" if blob in index.linked else "going"
        figures[name][0] += 1
        figures[name][1] += index.size(blob)
    spared = marking.spared_last > 0
    return Totals(
        repositories=len(index.repositories),
        manifests=sum(len(one.revisions) for one in index.repositories),
        tags=sum(len(one.tags) for one in index.repositories),
        uploads=sum(one.uploads for one in index.repositories),
        blobs=sum(count for count, _ in figures.values()),
        bytes=sum(size for _, size in figures.values()),
        live_blobs=figures["live"][0],
        live_bytes=figures["live"][1],
        going_manifests=sum(len(one.manifests) for one in marking.verdicts),
        going_layer_links=sum(len(one.layers) for one in marking.verdicts),
        going_tags=sum(len(one.tags) for one in marking.verdicts),
        going_blobs=figures["going"][0],
        going_bytes=figures["going"][1],
        spared_manifests=sum(one.spared for one in marking.verdicts),
        spared_blobs=figures["spared"][0],
        spared_bytes=figures["spared"][1],
        spared_first=marking.spared_first if spared else 0,
        spared_last=marking.spared_last,
        linked_blobs=figures["linked"][0],
        linked_bytes=figures["linked"][1],
    )


def going_of(marking: Marking, references: References) -> list[Going]:
    """Say of every repository what goes from it; those from which nothing goes are among them."""
    owners = _Owners(len(marking.states))
    for number, verdict in enumerate(marking.verdicts):
        owners.enter(number, (one for one in _concerned(verdict, references) if marking.goes(one)))
    return [_going(marking, references, owners, number) for number in range(len(marking.verdicts))]


def _going(marking: Marking, references: References, owners: _Owners, number: int) -> Going:
    verdict = marking.verdicts[number]
    blobs = [one for one in set(_concerned(verdict, references)) if marking.goes(one)]
    exclusive = [one for one in blobs if owners.is_only(number, one)]
    size = marking.index.size
    return Going(
        repository=verdict.repository.name,
        manifests=len(verdict.repository.revisions),
        untagged=len(verdict.manifests),
        layer_links=len(verdict.layers),
        tags=len(verdict.tags),
        blobs=len(blobs),
        bytes=sum(map(size, blobs)),
        exclusive_blobs=len(exclusive),
        exclusive_bytes=sum(map(size, exclusive)),
        spared=verdict.spared,
        kept=verdict.kept,
        empties=verdict.empties,
    )


def usage_of(plain: Marking, untagged: Marking, references: References) -> list[Usage]:
    """Say what every repository takes.

    Args:
        plain: a marking without untagged manifests.
        untagged: one with them, of the same index.
        references: of every manifest.
    """
    index = plain.index
    owners = _Owners(len(plain.states))
    for number, repository in enumerate(index.repositories):
        owners.enter(number, _needed(repository, references))
    return [
        _usage(index, references, owners, number, (plain, untagged))
        for number in range(len(index.repositories))
    ]


def _usage(
    index: Index, references: References, owners: _Owners, number: int, markings: tuple[Marking, Marking]
) -> Usage:
    def size(blob: int) -> int:
        return max(index.size(blob), 0)

    repository = index.repositories[number]
    revisions = set(repository.revisions)
    blobs = set(_needed(repository, references))
    free = []
    for marking in markings:
        concerned = set(_concerned(marking.verdicts[number], references))
        free.append(sum(size(one) for one in concerned if marking.goes(one)))
    return Usage(
        repository=repository.name,
        tags=len(repository.tags),
        manifests=len(repository.revisions),
        pushed_bytes=sum(
            size(manifest) + sum(size(one) for one in references.of(manifest) if one not in revisions)
            for manifest in repository.revisions
        ),
        bytes=sum(map(size, blobs)),
        exclusive_bytes=sum(size(one) for one in blobs if owners.is_only(number, one)),
        reclaimable_bytes=free[0],
        reclaimable_untagged_bytes=free[1],
    )


class _Owners:
    """Which repository alone has to do with a blob."""

    def __init__(self, count: int) -> None:
        self._owners = array("I", [_NOBODY]) * count

    def enter(self, repository: int, blobs: Iterable[int]) -> None:
        owners, own = self._owners, repository + 1
        for blob in blobs:
            if owners[blob] != own:
                owners[blob] = own if owners[blob] == _NOBODY else _SEVERAL

    def is_only(self, repository: int, blob: int) -> bool:
        return self._owners[blob] == repository + 1


def _concerned(verdict: Verdict, references: References) -> Iterable[int]:
    """Give the blobs that a repository has a link to, or that its manifests that go refer to."""
    yield from verdict.repository.layers
    for manifest in verdict.manifests:
        yield manifest
        yield from references.of(manifest)


def _needed(repository: Repository, references: References) -> Iterable[int]:
    """Give every blob that a repository's manifests need."""
    for manifest in repository.revisions:
        yield manifest
        yield from references.of(manifest)
