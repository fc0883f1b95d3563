"""``ctl registry-garbage-collect``: mark while the registry is writable, sweep while it refuses pushes.

Pulls are served all the time. What goes is renamed into the trash first, so that the time in which pushes
are refused does not grow with the bytes, and so that a collection can be undone; it is unlinked while the
registry is writable.
"""

from __future__ import annotations

import contextlib
import math
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, to_builtins

from ctl.apply.lock import locked
from ctl.errors import CtlError, ExitCode, reason
from ctl.operations.collect import foretold as going
from ctl.operations.collect.blob_cache import check_forgetting
from ctl.operations.collect.deletion_log import DeletionLog
from ctl.operations.collect.record import Record, Stopped, recorded
from ctl.operations.collect.report import Report
from ctl.operations.collect.storage_worker import StorageWorker, WorkerFailed
from ctl.operations.collect.target import Target, check_same_store, check_variables, find_target
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Progress, Unfailing
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import collection, foretold, lease
from ctl.storage.events import (
    Counts,
    Emptied,
    Going,
    Listed,
    Listing,
    Marked,
    Moved,
    Note,
    Oddity,
    OddityCount,
    Progressed,
    RunFound,
    Told,
)

PURPOSE = "registry-garbage-collect"
# Percent; more cannot go.
EVERYTHING = 100.0


class Wish(Struct, frozen=True):
    """What is asked for.

    Args:
        config: a registry's configuration; None for the registry that ctl runs here.
        untagged: whether manifests go that no tag leads to.
        dry_run: whether nothing is touched.
        min_age: seconds that everything stays after it was last written.
        max_delete: percent of all bytes that may go without somebody's word.
        keep_deleted: seconds that what was deleted can be brought back; 0 for not at all.
        yes: whether nobody is asked.
        sole_writer: whether nobody else writes to a shared file system.
        patience: seconds for uploads that are under way.
        keep_signed: whether tags of signatures keep the images that they are of.
        orphaned_signatures: whether cosign's signatures go of which no repository has the image.
        scheduled: whether nobody has looked at what goes, nor will.
        window: seconds that pushes may be refused at a time; 0 for as long as it takes.
        pause: seconds that they are taken between two windows, at least; never less than they were refused.
    """

    config: Path | None = None
    untagged: bool = False
    dry_run: bool = False
    min_age: int = 24 * 3600
    max_delete: float = 50.0
    keep_deleted: int = 24 * 3600
    yes: bool = False
    sole_writer: bool = False
    patience: float = 300.0
    keep_signed: bool = False
    orphaned_signatures: bool = False
    scheduled: bool = False
    window: float = 60.0
    pause: float = 0.0


class Collection:
    """A collection.

    Args:
        layout: of this installation.
        runner: runs programs.
        progress: told of every step.
        wish: what is asked for.
        confirm: asks somebody, with the report as it stands; None where nobody can be asked.
    """

    def __init__(
        self,
        layout: Layout,
        runner: Runner,
        progress: Progress,
        wish: Wish,
        confirm: Callable[[Report], bool] | None = None,
    ) -> None:
        self._layout = layout
        self._runner = runner
        self._progress = Unfailing(progress)
        self._wish = wish
        self._confirm = confirm
        self._log = DeletionLog(layout)
        self._unfinished = ""
        self._moved_before = 0
        self._listing = 0.0
        self._foretold_only = False
        self.report = Report("", False)

    def run(self) -> Report:
        """Collect.

        Raises:
            CtlError: it was refused or failed, or another run is at work (exit 4); nothing live is lost.
        """
        record = Record(self._layout, PURPOSE, silent=self._wish.dry_run, own=self._wish.config is None)
        with recorded(record):
            target = find_target(self._layout, self._wish.config)
            record.own = target.supervised
            if target.root is None:
                raise CtlError(
                    f"a store behind the driver {target.config.driver} cannot be collected by ctl itself yet",
                    help=f"the registry's own program does it: {by_registry(self._wish.config)}"
                    + (", without what no tag leads to" if self._wish.untagged else ""),
                )
            if target.supervised:
                check_variables(self._layout)
            self._judge_writers(target)
            if not self._wish.dry_run:
                check_forgetting(target.config.redis)
            self.report = Report(str(target.root), target.supervised)
            with interruptible(), running(self._layout), contextlib.closing(self._log), self._worded():
                record.begins()
                self._collect(target)
            record.message, record.deleted = self._sentence(), self._deleted()
            record.freed = self.report.freed if record.deleted is not None else None
        return self.report

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Say what the system has refused outside of the store, and what of it was not worth an end.

        Raises:
            CtlError: instead of OSError.
        """
        try:
            yield
        except OSError as error:
            place = error.filename or self._layout.home
            raise CtlError(
                f"{place}: {reason(error)}; nothing live is lost",
                help=f"make room below {self._layout.home}, then run this again",
            ) from error
        if self._log.problem is not None:
            self.report.notes.append(
                f"what was deleted could not be written to {self._layout.logs}/ctl/deleted.log: "
                f"{self._log.problem}"
            )

    def _judge_writers(self, target: Target) -> None:
        wish = self._wish
        if target.shared and not wish.sole_writer and not wish.dry_run:
            raise CtlError(
                f"{target.root} is on {target.shared}, where other machines may write",
                help="make every other registry on it read-only, without storage.cache in its config.yml,"
                " then say --sole-writer",
                exit_code=ExitCode.USAGE,
            )
        if not target.supervised and not wish.dry_run and not wish.yes and self._confirm is None:
            raise CtlError(
                f"{target.root} is not the store of the registry that ctl runs here: nobody may write to it"
                " meanwhile",
                help="make sure of that, then say --yes",
                exit_code=ExitCode.USAGE,
            )

    def _collect(self, target: Target) -> None:
        (self._layout.state).mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            lease.opened(self._layout) as descriptor,
            StorageWorker(target.account, [descriptor], self._told) as worker,
        ):
            root = str(target.root)
            worker.ask(Listed, do="runs", root=root)
            if self._unfinished:
                self._moved_before = worker.ask(Counts, do="moved", root=root, run=self._unfinished).bytes
            try:
                marked = self._mark(worker, target)
            except WorkerFailed as error:
                if error.code != "no-registry":
                    raise
                # As it is before the first push; there is nothing that could be lost.
                self.report.notes.append(
                    f"{root} holds no images: nothing was ever pushed, or it is not mounted"
                )
                return
            if self._wish.dry_run:
                return
            going_on = self._foretells(worker, target, marked)
            self._foretold_only = going_on is None
            if going_on is not None and self._anything(going_on):
                self._ask_somebody(going_on)
                self._sweep(worker, target, descriptor, going_on)
            self._progress.step("empty the trash")
            older_than = self._wish.keep_deleted
            self.report.freed = worker.ask(Emptied, do="empty-trash", root=root, older_than=older_than).bytes

    def _foretells(self, worker: StorageWorker, target: Target, marked: Marked) -> Marked | None:
        """Let a scheduled run say once what the next run takes and none took before.

        Returns:
            The marking that this run goes on with, which takes what it used to; None where it may not.
        """
        words = going.taken(target, self.report, marked) if self._wish.scheduled else set()
        new = words - foretold.read(self._layout)
        if not new:
            return marked
        self.report.notes += going.notes(new)
        goes_on = not any(word.startswith(going.OUTSIDE) for word in new)
        if goes_on:
            marked = self._mark(worker, target, keep_signed=True)
        foretold.add(self._layout, new)
        return marked if goes_on else None

    def _mark(self, worker: StorageWorker, target: Target, *, keep_signed: bool = False) -> Marked:
        self._progress.step("mark what is needed")
        self.report.repositories.clear()
        self.report.oddities.clear()
        self.report.marked = worker.ask(
            Marked,
            do="mark",
            root=str(target.root),
            cache=str(target.cache) if target.cache else None,
            places=list(target.places),
            untagged=self._wish.untagged,
            min_age=self._wish.min_age,
            keep_signed=keep_signed or self._wish.keep_signed,
            orphaned_signatures=self._wish.orphaned_signatures,
        )
        return self.report.marked

    def _anything(self, marked: Marked) -> bool:
        going = marked.going_manifests or marked.going_layer_links or marked.going_blobs
        return bool(self._unfinished or going)

    def _ask_somebody(self, marked: Marked) -> None:
        wish = self._wish
        if marked.stops:
            raise Stopped(
                f"{marked.stops} findings hide what may need any blob; nothing was touched",
                help="see what was reported, and mend it",
            )
        # Whatever is answered: a store of which half is not mounted looks like that.
        if marked.nothing_marked and wish.max_delete < EVERYTHING:
            raise Stopped(
                f"there are {marked.blobs} blobs and none of them is needed: rather a mistake than a wish;"
                " nothing was touched",
                help="is this the right store, wholly mounted? If all of it is to go: --max-delete 100",
            )
        percent = self._percent(marked)
        if not wish.yes and self._confirm is not None:
            self._progress.step("wait for an answer")
            if not self._confirm(self.report):
                raise Stopped("nothing was touched")
        elif percent > wish.max_delete:
            before = f", with the {self._moved_before} bytes that {self._unfinished} has deleted"
            raise Stopped(
                f"{percent:.0f} % of all bytes would go{before if self._moved_before else ''}, more than"
                f" {wish.max_delete:.0f} %; nothing was touched",
                help=f"look at it with --dry-run; allow it with --max-delete {math.ceil(percent)}",
            )

    def _percent(self, marked: Marked) -> float:
        """How much of all bytes goes by this run, with what it deleted before it was interrupted."""
        before = self._moved_before
        total = marked.bytes + before
        return 100.0 * (marked.going_bytes + before) / total if total else 0.0

    def _sweep(self, worker: StorageWorker, target: Target, descriptor: int, marked: Marked) -> None:
        from ctl.operations.collect.windows import Windows

        report = self.report
        windows = Windows(
            self._layout,
            self._runner,
            self._progress,
            PURPOSE,
            target,
            self._wish,
            self._listing,
            lambda: check_same_store(self._layout, self._wish.config, target),
        )
        request = {
            "run": self._unfinished or datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "limit": {
                "manifests": marked.going_manifests,
                "blobs": marked.going_blobs,
                "bytes": marked.going_bytes,
            },
            "allow_nothing_marked": marked.nothing_marked,
        }
        try:
            windows.sweep(worker, descriptor, request)
        finally:
            report.swept, report.windows = windows.swept, windows.refused.windows
            report.refused_seconds = windows.refused.seconds
            report.longest_refused_seconds = windows.refused.longest

    def _told(self, event: Told) -> None:
        match event:
            case Progressed():
                self._progress.detail(_progress(event))
            case Listing():
                self._listing = event.seconds
            case Moved():
                self._log.write(to_builtins(event))
            case Going():
                self.report.repositories.append(event)
            case Oddity() | OddityCount():
                self.report.oddities.append(event)
            case Note():
                self.report.notes.append(event.message)
            case RunFound(finished=False, unlinking=False):
                self._unfinished = event.run

    def _deleted(self) -> dict[str, int] | None:
        if self.report.swept is None:
            return None
        moved = self.report.swept.moved
        return {"manifests": moved.manifests, "blobs": moved.blobs, "bytes": moved.bytes}

    def _sentence(self) -> str:
        moved = self._deleted()
        if moved is None and self._foretold_only:
            return "nothing was deleted: what goes from the next scheduled run on was said first"
        if moved is None:
            return "there was nothing to delete"
        gone = f"deleted {moved['manifests']} manifests and {moved['blobs']} blobs, {moved['bytes']} bytes"
        return f"{gone}; freed {self.report.freed} bytes"


def by_registry(config: Path | None) -> str:
    """Give the command that lets the registry's own program collect, without its ``-m``."""
    words = ["ctl", PURPOSE, *([str(config)] if config is not None else []), "--engine", "registry"]
    return shlex.join(words)


@contextmanager
def running(layout: Layout) -> Iterator[None]:
    """Hold the lock of collections, for hours if need be; services are not held by it.

    Raises:
        CtlError: another collection holds it (exit 4).
    """
    with locked(layout, PURPOSE, path=collection.lock_path(layout)):
        yield


def _progress(event: Progressed) -> str:
    """Say how far a phase is: counts, rate and what is left."""
    done, total, rate = event.done, event.total, event.rate
    parts = [f"{event.phase}: {done:,}" + (f" of {total:,}" if total else "")]
    if event.bytes:
        parts.append(f"{event.bytes / 1e9:.1f} GB")
    if rate:
        parts.append(f"{rate:,}/s")
    if total and rate:
        parts.append(f"{max(0, total - done) / rate:.0f} s left")
    return ", ".join(parts)


__all__ = ["Collection", "Report", "Wish", "WorkerFailed", "running"]
