"""What a marking says of one repository."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from ctl.storage.index import Repository


@dataclass(slots=True)
class Verdict:
    """What is to go from one repository.

    Args:
        repository: which.
        manifests: revisions that go, those that refer to others before them.
        layers: layer links that go.
        tags: tags of signatures that go.
        spared: how many revisions stay for their age alone.
        kept: whether all of the repository is kept, because something in it is not understood.
    """

    repository: Repository
    manifests: array[int] = field(default_factory=lambda: array("I"))
    layers: array[int] = field(default_factory=lambda: array("I"))
    tags: list[str] = field(default_factory=list)
    spared: int = 0
    kept: bool = False

    @property
    def empties(self) -> bool:
        """Whether nothing is left in the repository when this has gone."""
        one = self.repository
        going = len(self.manifests) + len(self.layers)
        tags = len(one.tags) - len(self.tags)
        rest = len(one.revisions) - len(self.manifests) + len(one.layers) - len(self.layers)
        return going > 0 and not (rest or tags or one.extra or one.uploads or self.kept or one.fixed)
