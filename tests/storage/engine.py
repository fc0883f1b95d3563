"""The engine as the worker uses it, without the worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.ages import Rules
from ctl.storage.engine.cache import Cache
from ctl.storage.engine.digests import Digests
from ctl.storage.engine.index import Index
from ctl.storage.engine.limit import Limit
from ctl.storage.engine.listing import list_store
from ctl.storage.engine.mark import Marking, mark
from ctl.storage.engine.plan import Item, count, planned
from ctl.storage.engine.progress import silent
from ctl.storage.engine.references import References
from ctl.storage.events import Consequence, Counts, Swept, Undone
from ctl.storage.removal import trash
from ctl.storage.removal.sweep import Sweeper, Wish
from ctl.storage.store import Store
from tests.storage.tree import Tree


@dataclass
class Marked:
    """A marking and what it was made of."""

    store: Store
    index: Index
    references: References
    marking: Marking
    cache: Cache
    events: list[Item] = field(default_factory=list)

    @property
    def going(self) -> set[str]:
        return {self.index.digests.text(blob) for blob in self.marking.going()}

    @property
    def manifests(self) -> set[tuple[str, str]]:
        text = self.index.digests.text
        return {
            (verdict.repository.name, text(m)) for verdict in self.marking.verdicts for m in verdict.manifests
        }

    @property
    def tags(self) -> set[tuple[str, str]]:
        return {(verdict.repository.name, tag) for verdict in self.marking.verdicts for tag in verdict.tags}

    @property
    def layer_links(self) -> set[tuple[str, str]]:
        text = self.index.digests.text
        return {
            (verdict.repository.name, text(m)) for verdict in self.marking.verdicts for m in verdict.layers
        }

    def codes(self, consequence: Consequence | None = None) -> set[str]:
        gathered = (self.index.oddities, self.marking.oddities)
        return {
            code for oddities in gathered for code, kind in oddities.counts if consequence in (None, kind)
        }

    def close(self) -> None:
        self.cache.close()
        self.store.close()

    def __del__(self) -> None:
        # A test makes hundreds of them, and descriptors are few.
        self.close()

    def sweep_counts(self) -> Counts:
        """Count what a sweep of all this would move."""
        counts = Counts()
        for item in planned(self.marking, self.marking):
            count(counts, item)
        return counts

    def sweep(self, run: str = "run", **wish: object) -> Swept:
        sweeper = Sweeper(self.store, self.marking, self.references, self.cache, silent(), self.events.append)
        return sweeper.sweep(Wish(run, now=int(time.time()), **{"limit": Limit(), **wish}))  # type: ignore[arg-type]


def marked(
    tree: Tree,
    *,
    untagged: bool = False,
    min_age: int = 0,
    now: float | None = None,
    cache: Path | None = None,
    store: Callable[[str], Store] = FilesystemStore,
    **more: bool,
) -> Marked:
    """List and mark a tree."""
    opened = store(str(tree.root))
    remembered = Cache(None if cache is None else str(cache))
    index = list_store(opened, Digests(), silent(), history=untagged)
    references = References()
    references.load(opened, index, remembered, silent())
    remembered.commit()
    rules = Rules(untagged, min_age, int(time.time() if now is None else now), **more)
    marking = mark(opened, index, references, rules, silent())
    return Marked(opened, index, references, marking, remembered)


def collect(tree: Tree, *, untagged: bool = False, run: str = "run", **rules: object) -> Marked:
    """Collect a tree wholly; the emptied state of the registry is allowed."""
    collection = marked(tree, untagged=untagged, **rules)  # type: ignore[arg-type]
    collection.sweep(run, allow_nothing_marked=True)
    collection.close()
    return collection


def undo(tree: Tree, run: str = "run", store: Callable[[str], Store] = FilesystemStore) -> Undone:
    with closing(store(str(tree.root))) as opened, trash.locked(opened):
        return trash.undo(opened, run, silent())
