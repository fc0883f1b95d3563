"""The live manifests of one repository, and all that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ctl.storage.engine.index import Repository
from ctl.storage.engine.references import NOTHING, References


class Closure:
    """A set of live manifests that is closed under the rules of `ctl.storage.engine.mark`, and grows.

    Args:
        repository: whose.
        references: of its manifests.
    """

    def __init__(self, repository: Repository, references: References) -> None:
        self.manifests: set[int] = set()
        self.needed: set[int] = set()
        """The manifests and whatever they refer to."""
        self._references = references
        self._aliases = repository.aliases
        self._served = {*repository.revisions, *repository.listed}
        self._referrers: dict[int, list[int]] = {}
        for manifest in self._served:
            subject = references.subject(manifest)
            if subject != NOTHING:
                self._referrers.setdefault(self._aliases.get(subject, subject), []).append(manifest)

    def add(self, roots: Iterable[int]) -> None:
        """Add manifests and whatever lives by them."""
        waiting = list(roots)
        while waiting:
            manifest = waiting.pop()
            if manifest in self.manifests:
                continue
            self.manifests.add(manifest)
            self.needed.add(manifest)
            for reference in self._references.of(manifest):
                self.needed.add(reference)
                if reference in self._served:
                    waiting.append(reference)
            if self._aliases:
                waiting.extend(self._resolved(manifest))
            subject = self._references.subject(manifest)
            if subject in self._served:
                waiting.append(subject)
            waiting.extend(self._referrers.get(manifest, ()))

    def serves(self, manifest: int) -> bool:
        """Whether the repository has a link to a manifest."""
        return manifest in self._served

    def _resolved(self, manifest: int) -> Iterable[int]:
        """Need what aliases of references stand for; give those that are manifests."""
        named = (*self._references.of(manifest), self._references.subject(manifest), manifest)
        for alias in named:
            target = self._aliases.get(alias)
            if target is not None:
                self.needed.update((alias, target))
                if target in self._served:
                    yield target


def parents_first(manifests: list[int], references: References) -> list[int]:
    """Order manifests so that what refers to another comes before it: a run may end after any of them."""
    members, order = set(manifests), list[int]()
    entered: set[int] = set()
    for root in manifests:
        waiting = [(root, False)]
        while waiting:
            manifest, leaving = waiting.pop()
            if leaving:
                order.append(manifest)
            elif manifest not in entered:
                entered.add(manifest)
                waiting.append((manifest, True))
                below = [*references.of(manifest), references.subject(manifest)]
                waiting.extend((other, False) for other in below if other in members)
    order.reverse()
    return order
