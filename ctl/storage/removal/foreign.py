"""Finds what somebody wrote while nobody may write."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.storage import layout
from ctl.storage.engine.digests import algorithm_of
from ctl.storage.engine.index import ABSENT, Index, Repository
from ctl.storage.store import Looking, StoreError


def written_since(store: Looking, before: Index, after: Index, began: float) -> None:
    """Compare two listings of a store.

    Args:
        store: asked for the age of what is new.
        before: the earlier listing, made while pushes were allowed or after.
        after: the later one, of the same `ctl.storage.engine.digests.Digests`.
        began: since when nobody may write, by the clock of the file system, in epoch seconds.

    Raises:
        StoreError: ``foreign-writer``: something is new, or a blob is written anew, and that was after that.
    """
    for path in _new(before, after, began):
        try:
            modified = store.standing(path).modified
        except FileNotFoundError:
            continue
        if modified > began:
            raise foreign(path.rpartition("/")[0])


def foreign(path: str) -> StoreError:
    """Say that somebody else writes."""
    return StoreError(
        "foreign-writer",
        f"{path} was written while nobody may write",
        help="another node or process writes to this store; exclude it and run again",
    )


def _new(before: Index, after: Index, began: float) -> Iterator[str]:
    """Give the files that are in the later listing alone, and blobs that have another time in it."""
    raw = after.digests.raw
    for blob in after.blobs():
        modified = after.modified(blob)
        # What lies in the future and did so before was not written now.
        if before.size(blob) == ABSENT or (modified > began and modified != before.modified(blob)):
            yield f"{layout.blob(raw(blob))}/data"
    known = {repository.name: repository for repository in before.repositories}
    for repository in after.repositories:
        yield from _new_in(after, known.get(repository.name) or Repository(""), repository)


def _new_in(index: Index, before: Repository, after: Repository) -> Iterator[str]:
    base, raw = layout.repository(after.name), index.digests.raw
    for part, old, new in (
        (layout.REVISIONS, before.revisions, after.revisions),
        (layout.LAYERS, before.layers, after.layers),
    ):
        for number in set(new).difference(old):
            yield f"{base}/{part}/{algorithm_of(raw(number))}/{raw(number).hex()}/link"
    tags = {tag.name: tag.targets for tag in before.tags}
    for tag in after.tags:
        if tags.get(tag.name) != tag.targets:
            yield f"{base}/{layout.TAGS}/{tag.name}/current/link"
