"""What a marking means, in the figures that somebody decides by."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from ctl.storage.engine.index import LATEST, Repository
from ctl.storage.engine.mark import LIVE, SPARED, Marking
from ctl.storage.engine.references import References
from ctl.storage.engine.verdict import Verdict
from ctl.storage.events import Going, Totals, Usage

_NOBODY = 0
_SEVERAL = LATEST


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
    blobs, bytes_ = (sum(figure[part] for figure in figures.values()) for part in (0, 1))
    return Totals(
        repositories=len(index.repositories),
        manifests=sum(len(repository.revisions) for repository in index.repositories),
        tags=sum(len(repository.tags) for repository in index.repositories),
        uploads=sum(repository.uploads for repository in index.repositories),
        blobs=blobs,
        bytes=bytes_,
        live_blobs=figures["live"][0],
        live_bytes=figures["live"][1],
        going_manifests=sum(len(verdict.manifests) for verdict in marking.verdicts),
        going_layer_links=sum(len(verdict.layers) for verdict in marking.verdicts),
        going_tags=sum(len(verdict.tags) for verdict in marking.verdicts),
        going_fallback_tags=sum("." not in tag for verdict in marking.verdicts for tag in verdict.tags),
        going_blobs=figures["going"][0],
        going_bytes=figures["going"][1],
        spared_manifests=sum(verdict.spared for verdict in marking.verdicts),
        spared_blobs=figures["spared"][0],
        spared_bytes=figures["spared"][1],
        spared_first=marking.spared_first if spared else 0,
        spared_last=marking.spared_last,
        linked_blobs=figures["linked"][0],
        linked_bytes=figures["linked"][1],
        percent=round(100.0 * figures["going"][1] / bytes_, 2) if bytes_ else 0.0,
        nothing_marked=blobs > 0 and figures["live"][0] == 0,
    )


def going_of(marking: Marking, references: References) -> list[Going]:
    """Say of every repository what goes from it; those from which nothing goes are among them."""
    owners = _Owners(len(marking.states))
    for number, verdict in enumerate(marking.verdicts):
        owners.enter(number, (blob for blob in _concerned(verdict, references) if marking.goes(blob)))
    return [_going(marking, references, owners, number) for number in range(len(marking.verdicts))]


def _going(marking: Marking, references: References, owners: _Owners, number: int) -> Going:
    verdict = marking.verdicts[number]
    blobs = [blob for blob in set(_concerned(verdict, references)) if marking.goes(blob)]
    exclusive = [blob for blob in blobs if owners.is_only(number, blob)]
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


def usage_of(
    plain: Marking, untagged: Marking, references: References, *, grouped: bool = False
) -> list[Usage]:
    """Say what every repository takes.

    Args:
        plain: a marking without untagged manifests.
        untagged: one with them, of the same index.
        references: of every manifest.
        grouped: whether by group, at every depth, instead of by repository.
    """
    names = [repository.name for repository in plain.index.repositories]
    groups = groups_of(names) if grouped else {name: [number] for number, name in enumerate(names)}
    measure = _Measure(plain, untagged, references)
    return [measure.usage(name, members) for name, members in groups.items()]


def groups_of(names: list[str]) -> dict[str, list[int]]:
    """Give the groups of repositories, each with the numbers of all that are in it, at any depth.

    A repository is in the group that it has the name of, where there are others below it. One that is in no
    group stands for itself.
    """
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        parts = name.split("/")
        for depth in range(1, len(parts)):
            groups.setdefault("/".join(parts[:depth]), []).append(number)
    for number, name in enumerate(names):
        if name in groups or "/" not in name:
            groups.setdefault(name, []).append(number)
    return groups


class _Measure:
    """Measures sets of repositories: a blob that several of a set need counts once."""

    def __init__(self, plain: Marking, untagged: Marking, references: References) -> None:
        self._index = plain.index
        self._markings = (plain, untagged)
        self._references = references
        count = len(plain.states)
        # Of every blob: how many repositories need it; in which set it was last met, and how often there.
        self._holders, self._last, self._met = (array("I", [0]) * count for _ in range(3))
        self._set = 0
        for repository in self._index.repositories:
            for blob in set(_needed(repository, references)):
                self._holders[blob] += 1

    def usage(self, name: str, members: list[int]) -> Usage:
        """Measure some repositories."""
        repositories = [self._index.repositories[number] for number in members]
        bytes_, exclusive = self._sizes(repositories)
        free = [
            sum(self._size(blob) for blob in self._concerned(marking, members) if marking.goes(blob))
            for marking in self._markings
        ]
        return Usage(
            repository=name,
            tags=sum(len(repository.tags) for repository in repositories),
            manifests=sum(len(repository.revisions) for repository in repositories),
            pushed_bytes=sum(map(self._pushed, repositories)),
            bytes=bytes_,
            exclusive_bytes=exclusive,
            reclaimable_bytes=free[0],
            reclaimable_untagged_bytes=free[1],
        )

    def _size(self, blob: int) -> int:
        return max(self._index.size(blob), 0)

    def _sizes(self, repositories: list[Repository]) -> tuple[int, int]:
        """Give the bytes of every blob once, and of those that no other repository needs."""
        self._set += 1
        last, met, bytes_, exclusive = self._last, self._met, 0, 0
        for repository in repositories:
            for blob in set(_needed(repository, self._references)):
                if last[blob] != self._set:
                    last[blob], met[blob] = self._set, 0
                    bytes_ += self._size(blob)
                met[blob] += 1
                if met[blob] == self._holders[blob]:
                    exclusive += self._size(blob)
        return bytes_, exclusive

    def _concerned(self, marking: Marking, members: list[int]) -> set[int]:
        return {blob for number in members for blob in _concerned(marking.verdicts[number], self._references)}

    def _pushed(self, repository: Repository) -> int:
        revisions, of = set(repository.revisions), self._references.of
        return sum(
            self._size(manifest)
            + sum(self._size(reference) for reference in of(manifest) if reference not in revisions)
            for manifest in repository.revisions
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
    for manifests in (repository.revisions, repository.listed):
        for manifest in manifests:
            yield manifest
            yield from references.of(manifest)
    yield from repository.aliases.values()
