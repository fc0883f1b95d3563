"""What a sweep moves, in which order, and how that is written down before the first move.

The order is such that a run may end after any move: what refers to something goes before it. Repository by
repository, first tags of signatures; then, manifest by manifest and parents before children, entries of tags'
histories and the revision link. After all of these layer links; then blobs. A plan is a file of one JSON
array a line: the kind and what identifies the thing. Its first line is a header, its last a trailer with the
number of lines and the hash of them: a plan without its trailer was never begun.

Source: docker-registry deletes in this order too, but keeps no record and begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from msgspec.structs import asdict

from ctl.storage import layout
from ctl.storage.engine.digests import parse, text_of
from ctl.storage.engine.index import Tag
from ctl.storage.engine.limit import Limit
from ctl.storage.engine.mark import Marking
from ctl.storage.engine.verdict import Verdict
from ctl.storage.events import Counts, Kind

VERSION = 1
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Item(NamedTuple):
    """A thing to move, with all that its directory holds.

    Args:
        kind: what it is; a repository's own directories are removed where they are empty, not moved.
        repository: whose it is; empty for a blob.
        digest: raw; of a tag that of what it points to; empty for a repository.
        tag: its name, or whose history an entry belongs to.
        size: bytes of a blob.
    """

    kind: Kind
    repository: str = ""
    digest: bytes = b""
    tag: str = ""
    size: int = 0

    @property
    def path(self) -> str:
        """Its directory, relative to ``rootdirectory``."""
        if self.kind is Kind.BLOB:
            return layout.blob(self.digest)
        if self.kind is Kind.LAYER:
            return layout.layer(self.repository, self.digest)
        if self.kind is Kind.REVISION:
            return layout.revision(self.repository, self.digest)
        if self.kind is Kind.TAG:
            return layout.tag(self.repository, self.tag)
        if self.kind is Kind.HISTORY:
            return layout.history(self.repository, self.tag, self.digest)
        return layout.repository(self.repository)

    @property
    def leaf(self) -> str:
        """The file in its directory that makes it what it is."""
        return {Kind.BLOB: "data", Kind.TAG: "current/link"}.get(self.kind, "link")


def planned(marking: Marking, before: Marking, begun: Collection[str] = ()) -> Iterator[Item]:
    """Give what is to be moved: what goes by a marking, and went by the one before, which was shown.

    Args:
        marking: of the second listing, made while nobody may write.
        before: of the first listing of the same store, by the same `ctl.storage.engine.digests.Digests`.
        begun: repositories that earlier plans of the run have begun to empty.
    """
    digests = marking.index.digests
    shown = {verdict.repository.name: verdict for verdict in before.verdicts}
    for verdict in marking.verdicts:
        earlier = shown.get(verdict.repository.name)
        manifests = set(earlier.manifests) if earlier else set[int]()
        gone, led = set(verdict.tags), _targets(earlier)
        name, staying = verdict.repository.name, list[Tag]()
        for tag in verdict.repository.tags:
            # A tag that points elsewhere by now was pushed since.
            if tag.name in gone and led.get(tag.name) == tag.targets:
                yield Item(Kind.TAG, name, digests.raw(tag.targets[0]), tag.name)
            else:
                staying.append(tag)
        histories = _histories(staying, verdict.manifests)
        for manifest in verdict.manifests:
            if manifest in manifests:
                raw = digests.raw(manifest)
                for held in histories.get(manifest, ()):
                    yield Item(Kind.HISTORY, name, raw, held)
                yield Item(Kind.REVISION, name, raw)
    for verdict in marking.verdicts:
        earlier = shown.get(verdict.repository.name)
        layers = set(earlier.layers) if earlier else set[int]()
        raws = sorted(digests.raw(layer) for layer in verdict.layers if layer in layers)
        yield from (Item(Kind.LAYER, verdict.repository.name, raw) for raw in raws)
    blobs = [blob for blob in marking.going() if before.goes(blob)]
    blobs.sort(key=digests.raw)
    for blob in blobs:
        yield Item(Kind.BLOB, digest=digests.raw(blob), size=marking.index.size(blob))
    for verdict in marking.verdicts:
        # Of a repository that an earlier sweep has begun to empty nothing may be left to go.
        name = verdict.repository.name
        earlier = shown.get(name)
        emptied = name in begun or (earlier is not None and earlier.empties)
        if verdict.empties or (emptied and verdict.is_bare):
            yield Item(Kind.REPOSITORY, name)


def _targets(verdict: Verdict | None) -> dict[str, tuple[int, ...]]:
    """Give the tags that go by a verdict, with what they point to."""
    if verdict is None or not verdict.tags:
        return {}
    going = set(verdict.tags)
    return {tag.name: tag.targets for tag in verdict.repository.tags if tag.name in going}


def _histories(tags: Iterable[Tag], manifests: Iterable[int]) -> dict[int, list[str]]:
    wanted, names = set(manifests), dict[int, list[str]]()
    if wanted:
        for tag in tags:
            for manifest in wanted.intersection(tag.history):
                names.setdefault(manifest, []).append(tag.name)
    return names


def write(file: BinaryIO, items: Iterable[Item], limit: Limit, created: int, already: Counts) -> Counts:
    """Write a plan.

    Args:
        file: what is written to; the caller brings it to the disk.
        items: in the order of moving.
        limit: what was confirmed.
        created: epoch second, for who reads it.
        already: what was moved before, and counts towards the limit.

    Raises:
        StoreError: it would move more than was confirmed.
    """
    counts, lines, sum_ = Counts(), 0, hashlib.sha256()
    for document in _documents(items, counts, created):
        line = _encode(document).encode() + b"\n"
        sum_.update(line)
        file.write(line)
        lines += 1
    limit.check(counts + already)
    trailer = {"lines": lines, "sha256": sum_.hexdigest(), **asdict(counts)}
    file.write(json.dumps(trailer).encode() + b"\n")
    return counts


def count(counts: Counts, item: Item) -> None:
    """Count an item."""
    counts.manifests += item.kind is Kind.REVISION
    counts.layer_links += item.kind is Kind.LAYER
    counts.blobs += item.kind is Kind.BLOB
    counts.bytes += item.size


def _documents(items: Iterable[Item], counts: Counts, created: int) -> Iterator[object]:
    yield {"plan": VERSION, "created": created}
    for item in items:
        count(counts, item)
        digest = text_of(item.digest) if item.digest else ""
        yield [item.kind, item.repository, digest, item.tag, item.size]


def check(file: BinaryIO) -> Counts | None:
    """Read a plan through and tell how much it moves; None where it is not whole.

    The file stands at its beginning afterwards.
    """
    sum_, lines, last = hashlib.sha256(), 0, b""
    for line in file:
        if last:
            sum_.update(last)
            lines += 1
        last = line
    file.seek(0)
    try:
        trailer = json.loads(last)
        if trailer["lines"] != lines or trailer["sha256"] != sum_.hexdigest():
            return None
        return Counts(*(int(trailer[name]) for name in ("manifests", "layer_links", "blobs", "bytes")))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def read(file: BinaryIO) -> Iterator[Item]:
    """Give the items of a plan that was checked."""
    for line in file:
        document = json.loads(line)
        if isinstance(document, list):
            kind, repository, digest, tag, size = document
            yield Item(Kind(kind), repository, parse(digest) or b"", tag, size)


def emptied(file: BinaryIO) -> Iterator[str]:
    """Give the repositories of a plan of which nothing is to be left; fast, and whole or not.

    Raises:
        ValueError: a line of them is damaged.
    """
    beginning = f'["{Kind.REPOSITORY}",'.encode()
    for line in file:
        if line.startswith(beginning):
            yield str(json.loads(line)[1])
