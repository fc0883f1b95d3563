"""Moves out what nothing needs, after a second complete listing, and can be ended between any two moves."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from ctl.errors import CtlError
from ctl.storage import layout
from ctl.storage.engine import plan
from ctl.storage.engine.cache import Cache
from ctl.storage.engine.limit import Limit
from ctl.storage.engine.listing import list_store
from ctl.storage.engine.mark import Marking, mark
from ctl.storage.engine.plan import Item
from ctl.storage.engine.progress import STRIDE, Progress, silent
from ctl.storage.engine.references import References
from ctl.storage.events import Counts, Kind, Swept
from ctl.storage.removal import trash
from ctl.storage.removal.foreign import foreign, written_since
from ctl.storage.store import Store, StoreError

Moved = Callable[[Item], None]
# What a mount that came between says to a rename.
_ELSEWHERE = (errno.EXDEV, errno.EBUSY)
# How much of its time a sweep moves in any case, whatever the listings have taken.
_HEADWAY = 1 / 8


class Wish(Struct, frozen=True):
    """What a sweep is asked for.

    Args:
        run: its name; that of an interrupted one goes on with it.
        limit: what was confirmed.
        already: what earlier sweeps of the same marking have moved.
        now: epoch second, for the record.
        seconds: how long all of it may take, with the listings before and behind; None for as long as need
            be. Some headway is made in any case.
        allow_nothing_marked: whether a store in which nothing at all is live may be emptied.
    """

    run: str
    limit: Limit
    now: int
    already: Counts = field(default_factory=Counts)
    seconds: float | None = None
    allow_nothing_marked: bool = False


class Sweeper:
    """A sweep; the caller holds the registry read-only.

    Args:
        store: what is swept.
        before: the marking that was shown; nothing else goes.
        references: of the manifests that were read for it.
        cache: for manifests that came since.
        progress: told of every step.
        moved: told of every thing that was moved.
    """

    def __init__(
        self,
        store: Store,
        before: Marking,
        references: References,
        cache: Cache,
        progress: Progress,
        moved: Moved,
    ) -> None:
        self._store = store
        self._before = before
        self._references = references
        self._cache = cache
        self._progress = progress
        self._moved = moved
        self._listing = 0.0

    def sweep(self, wish: Wish) -> Swept:
        """List and mark once more, write the plan, and move.

        Raises:
            StoreError: ``foreign-writer``, ``limit-exceeded``, ``nothing-marked``, ``hidden``, ``locked``,
                ``run-finished``, ``other-file-system``, ``disk-refused`` or ``io-error``.
            Stopped: somebody has asked to stop; the plan is on the disk if a move was made.
        """
        start = time.monotonic()
        base = trash.directory_of(wish.run)
        with trash.locked(self._store):
            if self._store.exists(f"{base}/{trash.FINISHED}"):
                raise StoreError("run-finished", f"the run {wish.run} is finished already")
            with trash.failures("the trash cannot be prepared"):
                number = self._prepare(base)
                began = self._clock(base, number)
            try:
                marking = self._mark_again(began)
                self._check(marking, wish)
                written_since(self._store, self._before.index, marking.index, began)
                with trash.failures("the plan cannot be written"):
                    swept = Swept(wish.run, self._write(base, number, marking, wish))
            except CtlError:
                self._leave_nothing(base, number, wish.run)
                raise
            # What was written behind our back is looked for by one listing more.
            swept.listing = time.monotonic() - start + self._listing
            until = None
            if wish.seconds is not None:
                now = time.monotonic()
                until = max(start + wish.seconds - self._listing, now + wish.seconds * _HEADWAY)
            self._move_all(base, number, marking, began, swept, until)
        return swept

    def _leave_nothing(self, base: str, number: int, run: str) -> None:
        """Clear what was prepared for a plan that was never begun."""
        with contextlib.suppress(OSError, CtlError):
            if number > 1:
                self._store.delete(f"{base}/plan-{number}.new")
            else:
                trash.unlink_run(self._store, run, silent())

    def _move_all(
        self, base: str, number: int, marking: Marking, began: float, swept: Swept, until: float | None
    ) -> None:
        try:
            self._carry_out(base, number, began, swept, until)
            self._look_back(marking, began)
        except StoreError as error:
            if error.code == "foreign-writer":
                # What it has written may need what is gone.
                trash.undo(self._store, swept.run, silent())
                error.help = "everything was brought back; exclude the other writer and run again"
            raise
        with trash.failures("the run cannot be finished"):
            if not swept.finished:
                return
            if number == 1 and not swept.items and not swept.removed:
                trash.unlink_run(self._store, swept.run, silent())
                return
            self._store.write(f"{base}/{trash.FINISHED}", b"")

    def _prepare(self, base: str) -> int:
        """Make the run's directory and tell the number of the next plan."""
        self._store.prepare(base)
        return max(trash.plans(self._store, base), default=0) + 1

    def _clock(self, base: str, number: int) -> float:
        """Ask the file system what time it is: that of a network mount is not ours."""
        path = f"{base}/plan-{number}.new"
        if self._store.exists(path):
            self._store.delete(path)
        self._store.write(path, b"")
        with self._store.directory(base) as directory:
            return directory.standing(f"plan-{number}.new").modified

    def _mark_again(self, began: float) -> Marking:
        store, before = self._store, self._before
        # Ages are counted by the clock that gave the files their times, where it is behind ours.
        # And what came after the marking that was shown stays, whatever its age.
        rules = replace(before.rules, now=min(before.rules.now, int(began)))
        history = before.rules.untagged
        start = time.monotonic()
        index = list_store(store, before.index.digests, self._progress, history=history)
        self._listing = time.monotonic() - start
        self._references.load(store, index, self._cache, self._progress)
        return mark(store, index, self._references, rules, self._progress)

    def _check(self, marking: Marking, wish: Wish) -> None:
        stopping = marking.index.oddities.stopping + marking.oddities.stopping
        if stopping:
            raise StoreError(
                "hidden",
                f"{stopping} places hide what may need any blob; nothing was moved",
                help="see what was reported as stopping the run, and mend it",
            )
        if not wish.allow_nothing_marked and not self._any_live(marking):
            raise StoreError("nothing-marked", "there are blobs and none of them is live; nothing was moved")

    @staticmethod
    def _any_live(marking: Marking) -> bool:
        blobs = list(marking.index.blobs())
        return not blobs or any(marking.states[blob] for blob in blobs)

    def _write(self, base: str, number: int, marking: Marking, wish: Wish) -> Counts:
        path, items = (
            f"{base}/plan-{number}",
            plan.planned(marking, self._before, self._begun(base, wish.run)),
        )
        with self._store.rewriting(f"{path}.new") as file:
            counts = plan.write(file, items, wish.limit, wish.now, wish.already)
        self._store.move(f"{path}.new", path)
        self._store.flush()
        return counts

    def _begun(self, base: str, run: str) -> set[str]:
        """Give the repositories that earlier plans of a run empty; a damaged one is of no use here."""
        emptied = set[str]()
        for number in trash.plans(self._store, base):
            with contextlib.suppress(StoreError, ValueError):
                emptied.update(trash.emptied(self._store, run, number))
        return emptied

    def _carry_out(self, base: str, number: int, began: float, swept: Swept, until: float | None) -> None:
        total = swept.planned.manifests + swept.planned.layer_links + swept.planned.blobs
        self._progress.begin("sweeping", total)
        kind = Kind.TAG
        with trash.failures(f"the sweep {swept.run} was interrupted"):
            for done, item in enumerate(trash.items(self._store, swept.run, number)):
                if until is not None and done and done % STRIDE == 0 and time.monotonic() >= until:
                    swept.finished = False
                    break
                # No move before the ones that must not be overtaken are on the disk.
                if item.kind is not kind and item.kind in (Kind.LAYER, Kind.BLOB):
                    self._store.flush()
                kind = item.kind
                self._progress.check()
                if item.kind is Kind.REPOSITORY:
                    swept.removed += self._remove_empty(item.path)
                else:
                    self._move(base, number, item, began, swept)
                    self._progress.step(item.kind not in (Kind.TAG, Kind.HISTORY), item.size)
            self._store.settle()
        # Not flushed: what a power cut takes back of the last moves is as dead as before.
        self._progress.end()

    def _move(self, base: str, number: int, item: Item, began: float, swept: Swept) -> None:
        path = item.path
        try:
            modified = self._store.standing(f"{path}/{item.leaf}").modified
        except FileNotFoundError:
            swept.vanished += 1
            return
        # Who tags a manifest writes its revision link as well, and that link tells; those of a tag and of
        # its history may come from the future.
        if modified > began and item.kind not in (Kind.TAG, Kind.HISTORY):
            raise foreign(path)
        try:
            self._move_into(f"{base}/{path}", path, f"{base}/older-{number}/{path}")
        except OSError as error:
            if error.errno not in _ELSEWHERE or item.kind is Kind.REVISION:
                raise
            swept.left += 1
            return
        swept.items += 1
        plan.count(swept.moved, item)
        self._moved(item)

    def _move_into(self, target: str, path: str, aside: str) -> None:
        try:
            self._store.move(path, target)
        except FileExistsError:
            # It was moved before the run was interrupted, pushed again meanwhile, and goes once more.
            self._store.move(target, aside)
            self._store.move(path, target)

    def _look_back(self, marking: Marking, began: float) -> None:
        """Look for what somebody wrote while we moved."""
        index = list_store(self._store, marking.index.digests, self._progress, history=False)
        written_since(self._store, marking.index, index, began)

    def _remove_empty(self, path: str) -> bool:
        """Remove a repository's directories if nothing but directories is left in them."""
        parts = [f"{path}/{part}" for part in ("_manifests", layout.LAYERS, layout.UPLOADS)]
        return self._store.prune(parts, layout.REPOSITORIES)
