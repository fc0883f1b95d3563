"""``ctl registry-garbage-collect``: mark while the registry is writable, sweep while it refuses pushes.

Pulls are served all the time. What goes is renamed into the trash first, so that the time in which pushes
are refused does not grow with the bytes, and so that a collection can be undone; it is unlinked while the
registry is writable.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctl.apply.lock import locked
from ctl.errors import CtlError, ExitCode, reason
from ctl.operations import collect_foretold
from ctl.operations.blob_cache import blobs_forgotten
from ctl.operations.collect_record import Record, Stopped, recorded
from ctl.operations.collect_target import Target, find_target
from ctl.operations.deletion_log import DeletionLog
from ctl.operations.interruption import interruptible
from ctl.operations.lease import Lease
from ctl.operations.progress import Progress, Unfailing
from ctl.operations.storage_worker import Event, StorageWorker, WorkerFailed
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import collection, foretold, lease

PURPOSE = "registry-garbage-collect"


@dataclass(frozen=True, slots=True)
class Wish:
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


@dataclass(slots=True)
class Report:
    """What a collection came to.

    Args:
        root: the directory of images.
        supervised: whether it is the store of the registry that ctl runs here.
        marked: the totals; see `ctl.storage.summary.Totals`.
        repositories: from which something goes, is kept or spared; see `ctl.storage.summary.Going`.
        oddities: what was found that does not belong into a store.
        swept: what was moved; None when nothing was.
        refused_seconds: how long pushes were refused; None when they were not.
        freed: bytes that were unlinked.
        notes: what the administrator should know of.
    """

    root: str
    supervised: bool
    marked: dict[str, Any] = field(default_factory=dict)
    repositories: list[dict[str, Any]] = field(default_factory=list)
    oddities: list[dict[str, Any]] = field(default_factory=list)
    swept: dict[str, Any] | None = None
    refused_seconds: float | None = None
    freed: int = 0
    notes: list[str] = field(default_factory=list)


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
                    f"a store behind the driver {target.config.driver} cannot be collected by ctl itself",
                    help="let the registry's own program do it: --engine registry",
                )
            self._judge_writers(target)
            self.report = Report(str(target.root), target.supervised)
            with interruptible(), running(self._layout), contextlib.closing(self._log), self._worded():
                record.begins()
                self._collect(target)
            record.message, record.deleted = self._sentence(), self._deleted()
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
                help="make every other registry on it read-only, then say --sole-writer",
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
            worker.ask(do="runs", root=root)
            try:
                self._mark(worker, target)
            except WorkerFailed as error:
                if error.code != "no-registry":
                    raise
                # As it is before the first push; there is nothing that could be lost.
                self.report.notes.append(
                    f"{root} holds no images: nothing was ever pushed, or it is not mounted"
                )
                return
            if self._wish.dry_run or not self._foretells(worker, target):
                return
            if self._anything():
                self._ask_somebody(target)
                self._sweep(worker, target, descriptor)
            self._progress.step("empty the trash")
            emptied = worker.ask(do="empty-trash", root=root, older_than=self._wish.keep_deleted)
            self.report.freed = int(emptied["bytes"])

    def _foretells(self, worker: StorageWorker, target: Target) -> bool:
        """Let a scheduled run say once what the next one takes and none took before.

        Returns:
            Whether this one may go on; then it takes what it used to.
        """
        found = collect_foretold.found(target, self.report) if self._wish.scheduled else set()
        new = found - foretold.read(self._layout)
        if not new:
            return True
        self.report.notes += collect_foretold.notes(new)
        goes_on = not any(one.startswith(collect_foretold.OUTSIDE) for one in new)
        if goes_on:
            self._mark(worker, target, keep_signed=True)
        foretold.add(self._layout, new)
        return goes_on

    def _mark(self, worker: StorageWorker, target: Target, *, keep_signed: bool = False) -> None:
        self._progress.step("mark what is needed")
        self.report.repositories.clear()
        self.report.oddities.clear()
        marked = worker.ask(
            do="mark",
            root=str(target.root),
            cache=str(target.cache) if target.cache else None,
            places=list(target.places),
            untagged=self._wish.untagged,
            min_age=self._wish.min_age,
            keep_signed=keep_signed or self._wish.keep_signed,
            orphaned_signatures=self._wish.orphaned_signatures,
        )
        self.report.marked = {name: value for name, value in marked.items() if name != "event"}

    def _anything(self) -> bool:
        marked = self.report.marked
        names = ("going_manifests", "going_layer_links", "going_blobs")
        return bool(self._unfinished) or any(marked[name] for name in names)

    def _ask_somebody(self, target: Target) -> None:
        marked = self.report.marked
        if marked["stops"]:
            raise Stopped(
                f"{marked['stops']} findings hide what may need any blob; nothing was touched",
                help="see what was reported, and mend it",
            )
        if marked["nothing_marked"]:
            raise Stopped(
                f"there are {marked['blobs']} blobs and none of them is needed: rather a mistake than a wish;"
                " nothing was touched",
                help="is this the right store, wholly mounted?",
            )
        if not self._wish.yes and self._confirm is not None:
            self._progress.step("wait for an answer")
            if not self._confirm(self.report):
                raise Stopped("nothing was touched")
        elif marked["percent"] > self._wish.max_delete:
            raise Stopped(
                f"{marked['percent']:.0f} % of all bytes would go, more than {self._wish.max_delete:.0f} %;"
                " nothing was touched",
                help="look at it with --dry-run; allow it with --max-delete",
            )

    def _sweep(self, worker: StorageWorker, target: Target, descriptor: int) -> None:
        marked = self.report.marked
        run = self._unfinished or datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        wanted = Lease(self._layout, self._runner, self._progress, PURPOSE, self._wish.patience)
        with (
            wanted.held(descriptor) if target.supervised else nullcontext(),
            blobs_forgotten(target.config.redis, self._progress),
            worker.ended_on_failure(),
        ):
            self._check_same_store(target)
            self._progress.step("sweep")
            swept = worker.ask(
                do="sweep",
                run=run,
                limit={
                    "manifests": marked["going_manifests"],
                    "blobs": marked["going_blobs"],
                    "bytes": marked["going_bytes"],
                },
            )
            self.report.swept = {name: value for name, value in swept.items() if name != "event"}
        if target.supervised:
            self.report.refused_seconds = wanted.refused_seconds

    def _check_same_store(self, target: Target) -> None:
        """Stop when a reconfigure has meanwhile given the registry another store, this one perhaps."""
        now = find_target(self._layout, self._wish.config)
        if (now.root, now.supervised) != (target.root, target.supervised):
            raise Stopped(
                "the settings have changed, and the registry has another store; nothing was touched",
                help="run this again",
            )

    def _told(self, event: Event) -> None:
        kind = event["event"]
        values = {name: value for name, value in event.items() if name != "event"}
        if kind == "progress":
            self._progress.detail(_progress(values))
        elif kind == "moved":
            self._log.write(values)
        elif kind == "repository":
            self.report.repositories.append(values)
        elif kind in ("oddity", "oddities"):
            self.report.oddities.append(values)
        elif kind == "note":
            self.report.notes.append(str(values["message"]))
        elif kind == "run" and not values["finished"] and not values["unlinking"]:
            self._unfinished = str(values["run"])

    def _deleted(self) -> dict[str, int] | None:
        swept = self.report.swept
        names = ("manifests", "blobs", "bytes")
        return {name: int(swept["moved"][name]) for name in names} if swept is not None else None

    def _sentence(self) -> str:
        moved = self._deleted()
        if moved is None:
            return "there was nothing to delete"
        return f"deleted {moved['manifests']} manifests and {moved['blobs']} blobs, {moved['bytes']} bytes"


@contextmanager
def running(layout: Layout) -> Iterator[None]:
    """Hold the lock of collections, for hours if need be; services are not held by it.

    Raises:
        CtlError: another collection holds it (exit 4).
    """
    with locked(layout, PURPOSE, path=collection.lock_path(layout)):
        yield


def _progress(values: dict[str, Any]) -> str:
    """Say how far a phase is: counts, rate and what is left."""
    done, total, rate = int(values["done"]), int(values["total"]), int(values["rate"])
    parts = [f"{values['phase']}: {done:,}" + (f" of {total:,}" if total else "")]
    if values["bytes"]:
        parts.append(f"{int(values['bytes']) / 1e9:.1f} GB")
    if rate:
        parts.append(f"{rate:,}/s")
    if total and rate:
        parts.append(f"{max(0, total - done) / rate:.0f} s left")
    return ", ".join(parts)


__all__ = ["Collection", "Report", "Wish", "WorkerFailed", "running"]
