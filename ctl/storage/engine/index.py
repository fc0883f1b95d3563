"""What one pass over the tree has found, in arrays that are indexed by the numbers of digests."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from msgspec import Struct, field

from ctl.storage import layout
from ctl.storage.engine.digests import Digests
from ctl.storage.engine.oddity import Oddities

ABSENT = -1
LATEST = 0xFFFFFFFF


class Tag(Struct, frozen=True):
    """A tag of a repository.

    Args:
        name: as the directory is called.
        targets: what it points to; several where its link is damaged and any of them may have been meant.
        history: every manifest that it ever pointed to; empty unless it was asked for.
    """

    name: str
    targets: tuple[int, ...]
    history: tuple[int, ...] = ()


class Repository(Struct):
    """A repository.

    Args:
        name: its path below ``repositories``.
        revisions: manifests that it has a link to.
        layers: blobs that it has a layer link to.
        tags: in the order of their names.
        extra: blobs that it needs for another reason, such as signatures of schema 1.
        missing: revisions whose bytes are not there.
        listed: manifests that it has no revision link to but a layer link, and that a manifest of it names
            as a manifest: the registry serves them like any other.
        aliases: layer links by another algorithm than that of the blob, each with the blob that it names.
        uploads: how many are open.
        kept: something in it is not understood: everything that it links to is live.
        fixed: it is reached through a link, across which nothing is deleted.
        hidden_layers: some of its layer links could not be listed.
        has_tags: whether it has a directory of tags, even an empty one.
    """

    name: str
    revisions: array[int] = field(default_factory=lambda: array("I"))
    layers: array[int] = field(default_factory=lambda: array("I"))
    tags: list[Tag] = field(default_factory=list)
    extra: array[int] = field(default_factory=lambda: array("I"))
    missing: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    aliases: dict[int, int] = field(default_factory=dict)
    uploads: int = 0
    kept: bool = False
    fixed: bool = False
    hidden_layers: bool = False
    has_tags: bool = False

    def link(self, raw: bytes, manifest: int) -> str:
        """Give the directory of the link by which a manifest of it is served."""
        place = layout.layer if manifest in self.listed else layout.revision
        return place(self.name, raw)

    def tagged(self) -> Iterator[int]:
        """Give every manifest that a tag points to."""
        for tag in self.tags:
            yield from tag.targets


class Index:
    """One listing of a store.

    Args:
        digests: numbers the digests; may be shared by several listings of one store.
    """

    def __init__(self, digests: Digests) -> None:
        self.digests = digests
        self.repositories: list[Repository] = []
        self.oddities = Oddities()
        self.linked: set[int] = set()
        """Blobs that are reached through a link, across which nothing is deleted."""
        self._sizes = array("q")
        self._modified = array("I")
        self.fit()

    def add_blob(self, number: int, size: int, modified: float) -> None:
        """Record that a blob is there."""
        if number >= len(self._sizes):
            self.fit()
        self._sizes[number] = size
        # Rounded up, and into what the array can hold: a blob is never taken for older than it is.
        rounded = int(modified) + 1
        self._modified[number] = rounded if 0 <= rounded <= LATEST else (LATEST if rounded > 0 else 0)

    def fit(self) -> None:
        """Make room for digests that were met since."""
        missing = len(self.digests) - len(self._sizes)
        if missing > 0:
            # In larger steps, so that it is rarely done.
            room = missing + len(self._sizes) // 16
            self._sizes.extend(array("q", [ABSENT]) * room)
            self._modified.extend(array("I", [0]) * room)

    def size(self, number: int) -> int:
        """Give the bytes of a blob; `ABSENT` where there is none."""
        return self._sizes[number] if number < len(self._sizes) else ABSENT

    def modified(self, number: int) -> int:
        """Give the epoch second in which a blob was last written, rounded up."""
        return self._modified[number] if number < len(self._modified) else 0

    def blobs(self) -> Iterator[int]:
        """Give every blob that is there."""
        return (number for number, size in enumerate(self._sizes) if size != ABSENT)
