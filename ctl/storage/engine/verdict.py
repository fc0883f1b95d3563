"""What a marking says of one repository."""

from __future__ import annotations

from array import array

from msgspec import Struct, field

from ctl.storage.engine.index import Repository


class Verdict(Struct):
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
        """Whether something goes and nothing is left in the repository afterwards."""
        return len(self.manifests) + len(self.layers) > 0 and self.is_bare

    @property
    def is_bare(self) -> bool:
        """Whether nothing is left in the repository when what goes has gone, if anything does."""
        repository = self.repository
        tags = len(repository.tags) - len(self.tags)
        left = len(repository.revisions) - len(self.manifests) + len(repository.layers) - len(self.layers)
        return not (left or tags or repository.extra or repository.uploads or self.kept or repository.fixed)
