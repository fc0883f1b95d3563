"""What a worker says, in the records that it shares with its parent; JSON is at the pipe alone.

Their fields are those of the lines that `ctl.storage.pipe` writes and reads; which answers what stands in
`ctl.storage.worker`. Here are no imports of the engine: the parent has no need of it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field


class Progressed(Struct, frozen=True):
    """How far a phase is.

    Args:
        phase: its name.
        done: how much is done.
        total: of how much; 0 where that is not known.
        bytes: that were gone through.
        seconds: since the phase began.
        rate: how much is done a second.
    """

    phase: str
    done: int
    total: int
    bytes: int
    seconds: float
    rate: int


class Note(Struct, frozen=True):
    """Something that the administrator should know of, and that hinders nothing."""

    code: str
    message: str


class Consequence(StrEnum):
    """What an oddity does to a run; the later ones are the stronger."""

    NOTED = "noted"
    """Neither the registry nor we can reach what is there; it stays where it is."""
    KEPT = "kept"
    """All that its repository links to is kept."""
    STOPS = "stops"
    """What it hides may need any blob, so nothing may be deleted."""


class Oddity(Struct, frozen=True):
    """One finding.

    Args:
        code: a stable, kebab-case name.
        path: relative to ``rootdirectory``; bytes that are not UTF-8 as lone surrogates.
        message: what was found.
        consequence: what is done about it.
    """

    code: str
    path: str
    message: str
    consequence: Consequence


class OddityCount(Struct, frozen=True):
    """How many findings there are of a kind."""

    code: str
    consequence: Consequence
    count: int


class Counts(Struct):
    """How much a plan moves."""

    manifests: int = 0
    layer_links: int = 0
    blobs: int = 0
    bytes: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Give the sum."""
        return Counts(
            self.manifests + other.manifests,
            self.layer_links + other.layer_links,
            self.blobs + other.blobs,
            self.bytes + other.bytes,
        )


class Kind(StrEnum):
    """What is moved; in the order of moving."""

    TAG = "tag"
    HISTORY = "history"
    REVISION = "revision"
    LAYER = "layer"
    BLOB = "blob"
    REPOSITORY = "repository"


class Going(Struct, frozen=True):
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


class Totals(Struct, frozen=True):
    """What there is in a store, and what goes; bytes are those of blobs.

    ``linked`` are blobs that nothing needs but that lie behind a symlink, across which nothing is deleted.
    ``going_fallback_tags`` are those of ``going_tags`` that are not cosign's. ``spared_first`` and
    ``spared_last`` are epoch seconds: from when the first and all of what was spared for its age may go; 0
    where nothing was spared. ``percent`` of all bytes goes. ``nothing_marked`` says that there are
    blobs and none of them is live: rather a mistake than a wish.
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
    going_fallback_tags: int
    going_blobs: int
    going_bytes: int
    spared_manifests: int
    spared_blobs: int
    spared_bytes: int
    spared_first: int
    spared_last: int
    linked_blobs: int
    linked_bytes: int
    percent: float
    nothing_marked: bool


class Usage(Struct, frozen=True):
    """What one repository takes, or a group of them as if it were one.

    Args:
        repository: its name, or the group's.
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


class Swept(Struct):
    """What a sweep did.

    Args:
        run: where it all lies now.
        planned: what the plan held.
        moved: what was moved.
        items: how many things were moved, tags and entries of their histories among them.
        vanished: what was gone already.
        left: what the system did not let us move, and nothing depends on.
        removed: repositories of which nothing is left.
        finished: whether all of the plan was carried out; otherwise the time was over.
        listing: seconds that a sweep like this one spends on listing and marking.
    """

    run: str
    planned: Counts
    moved: Counts = field(default_factory=Counts)
    items: int = 0
    vanished: int = 0
    left: int = 0
    removed: int = 0
    finished: bool = True
    listing: float = 0.0


# Not frozen: to make one that is takes three times as long, and there are as many as things that are moved.
class Moved(Struct):
    """A thing that was moved into the trash; see `ctl.storage.engine.plan.Item`."""

    kind: Kind
    repository: str | None
    tag: str | None
    digest: str
    size: int


class Listing(Struct, frozen=True):
    """How many seconds a sweep will spend on listing and marking."""

    seconds: float


class Timed(Struct, frozen=True):
    """What a sweep will spend on listing and marking, in seconds, after the store was listed once more."""

    listing: float


class Marked(Totals, frozen=True):
    """What a marking came to.

    Args:
        stops: how many findings let no sweep go on.
        read: how many manifests had to be read.
    """

    stops: int
    read: int


class Undone(Struct):
    """What an undo did.

    Args:
        run: of which run.
        restored: how much came back.
        present: how much is there anew.
        homeless: how much has nowhere to go.
    """

    run: str
    restored: Counts = field(default_factory=Counts)
    present: int = 0
    homeless: int = 0


class RunFound(Struct, frozen=True):
    """A run in the trash; see `ctl.storage.removal.trash.Run`."""

    run: str
    modified: int
    finished: bool
    unlinking: bool
    manifests: int
    layer_links: int
    blobs: int
    bytes: int


class Listed(Struct, frozen=True):
    """All runs were told."""


class Emptied(Struct, frozen=True):
    """What was unlinked.

    Args:
        runs: which runs.
        files: how many files that freed.
        bytes: how many bytes.
        left: how many runs are kept.
    """

    runs: list[str]
    files: int
    bytes: int
    left: int


class Used(Struct, frozen=True):
    """What a whole store takes; every blob counts once in ``bytes``, and ``ratio`` is how often as pushed."""

    repositories: int
    pushed_bytes: int
    bytes: int
    going_bytes: int
    going_untagged_bytes: int
    ratio: float


class Failed(Struct, frozen=True):
    """A request failed; ``code`` is a stable, kebab-case name."""

    code: str
    message: str
    help: str | None


# What a request ends with, and what may come before it.
class Proven(Struct, frozen=True):
    """A store does what a registry asks of it.

    Args:
        once: whether it can make sure that an object is written once.
        seconds: that it took.
    """

    once: bool
    seconds: float


class Identified(Struct, frozen=True):
    """Which store it is, and what it holds.

    Args:
        id: its own; empty where it has none.
        repositories: how many there are.
        bytes: of all blobs.
        complete: whether all of it was counted.
        digest: the SHA-256 of the names of all repositories.
    """

    id: str
    repositories: int
    bytes: int
    complete: bool
    digest: str


Answer = Marked | Timed | Swept | Undone | Listed | Emptied | Used | Counts | Proven | Identified | Failed
Told = Progressed | Oddity | OddityCount | Note | Going | Listing | Moved | Usage | RunFound
Event = Answer | Told

EVENTS: dict[str, type[Event]] = {
    "progress": Progressed,
    "oddity": Oddity,
    "oddities": OddityCount,
    "note": Note,
    "repository": Going,
    "listing": Listing,
    "timed": Timed,
    "moved": Moved,
    "usage": Usage,
    "run": RunFound,
    "marked": Marked,
    "swept": Swept,
    "undone": Undone,
    "listed": Listed,
    "counted": Counts,
    "emptied": Emptied,
    "used": Used,
    "proven": Proven,
    "identified": Identified,
    "error": Failed,
}
