"""The sweep of a collection, in windows: for each of them pushes are refused, and taken again between two.

Renames dominate a sweep, some ten thousand a second; of millions of blobs that makes minutes. So a window has
a limit, and when it is over, the rest waits for the next one, which lists and marks again: what was dead may
have been pushed again between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Protocol

from msgspec import Struct, field

from ctl.operations.collect.blob_cache import blobs_forgotten, check_forgetting
from ctl.operations.collect.record import Stopped
from ctl.operations.collect.storage_worker import StorageWorker
from ctl.operations.collect.target import Target
from ctl.operations.progress import Progress
from ctl.operations.serve.lease import Lease
from ctl.operations.serve.serving import UploadsRunning
from ctl.paths import REGISTRY, Layout
from ctl.process import Runner
from ctl.state import readonly
from ctl.storage.events import Counts, Swept, Timed
from ctl.supervise.status import process_of

# What the registry takes to be writable again, in seconds.
RETURN_SECONDS = 2.0
# How much of a window may be spent on waiting for uploads, on listing, and has to be left for moving.
UPLOADS, LISTING, MOVING = 1 / 4, 1 / 2, 1 / 4
# A value that is proposed leaves room for a disk that is a little slower next time.
ROOM = 1.25
# How often the rest of a pause is said.
TICK_SECONDS = 1.0


class Times(Protocol):
    """The durations of a wish, in seconds; see `ctl.operations.collect.run.Wish`."""

    @property
    def window(self) -> float:
        """How long pushes may be refused at a time; 0 for as long as it takes."""
        ...

    @property
    def pause(self) -> float:
        """How long they are taken between two windows, at least."""
        ...

    @property
    def patience(self) -> float:
        """How long uploads are waited for."""
        ...


class Refused(Struct):
    """How long pushes were refused.

    Args:
        windows: how often.
        seconds: in all; None where nobody could push anyway.
        longest: at a time; None as well.
    """

    windows: int = 0
    seconds: float | None = None
    longest: float | None = None

    def add(self, seconds: float | None) -> None:
        """Add a window."""
        self.windows += 1
        if seconds is not None:
            self.seconds = (self.seconds or 0.0) + seconds
            self.longest = max(self.longest or 0.0, seconds)


class Deleted(Struct):
    """What all windows have done; see `ctl.storage.events.Swept`."""

    run: str
    planned: Counts
    moved: Counts = field(default_factory=Counts)
    vanished: int = 0
    left: int = 0
    removed: int = 0

    def add(self, swept: Swept) -> None:
        """Add a window."""
        self.moved += swept.moved
        self.vanished += swept.vanished
        self.left += swept.left
        self.removed += swept.removed


class Windows(Struct):
    """The windows of one collection.

    Args:
        layout: of this installation.
        runner: runs programs.
        progress: told of every step.
        purpose: what it is for, for who wonders.
        target: whose store.
        times: how long each may take, and what lies between.
        listing: seconds that a sweep spends on listing and marking, as the mark has told.
        check: raises CtlError when the store has become another one; called in every window.
        swept: what was done so far; None as long as there was no window.
        refused: how long pushes were refused so far.
    """

    layout: Layout
    runner: Runner
    progress: Progress
    purpose: str
    target: Target
    times: Times
    listing: float
    check: Callable[[], None]
    swept: Deleted | None = None
    refused: Refused = field(default_factory=Refused)
    _waited: float = 0.0

    def sweep(self, worker: StorageWorker, descriptor: int, request: Mapping[str, Any]) -> None:
        """Sweep until nothing is left of the plan.

        Args:
            worker: has marked.
            descriptor: of the lease's lock, open.
            request: of every sweep, but for its time.

        Raises:
            Stopped: listing takes too long for the windows, or they make no headway.
            CtlError: a window could not be had, or failed; what was moved before is gone on with.
        """
        while True:
            self._judge_listing(worker)
            lease = Lease(self.layout, self.runner, self.progress, self.purpose, self._patience())
            finished = self._window(lease, worker, descriptor, request)
            if finished:
                return
            self._pause(lease.refused_seconds or 0.0)

    def _window(
        self, lease: Lease, worker: StorageWorker, descriptor: int, request: Mapping[str, Any]
    ) -> bool:
        """Sweep once, and tell whether that was all of it."""
        cache, shared = self.target.config.redis, self.target.others_fill_cache
        check_forgetting(cache)
        try:
            with (
                lease.held(descriptor) if self.target.supervised else nullcontext(),
                blobs_forgotten(cache, self.progress, shared=shared),
                worker.ended_on_failure(),
            ):
                self.check()
                self.progress.step("sweep")
                swept = worker.ask(Swept, do="sweep", milliseconds=self._milliseconds(lease), **request)
                self._add(swept)
        except UploadsRunning as error:
            self._waited += lease.patience
            if self._waited >= self.times.patience:
                self._advise(lease, error)
                raise
            self.progress.note(
                f"uploads are under way: tried again later, for {self.times.patience:g} s in all"
            )
            return False
        finally:
            self.refused.add(lease.refused_seconds)
        self._waited = 0.0
        self._judge_headway(swept)
        return swept.finished

    def _advise(self, lease: Lease, error: UploadsRunning) -> None:
        """Name the window in which uploads are waited for as long as was asked for."""
        if lease.patience < self.times.patience:
            works = math.ceil(self.times.patience / UPLOADS)
            error.help = (
                f"{error.help}; --window {works}s waits for {self.times.patience:g} s at a time, and pushes"
                " are refused for up to that long"
            )

    def _judge_headway(self, swept: Swept) -> None:
        """Stop where the next window would find just what this one did.

        Raises:
            Stopped: nothing of what a window had time for can be moved.
        """
        if swept.finished or swept.items or swept.removed or swept.vanished or not swept.left:
            return
        raise Stopped(
            f"the system lets nothing be moved of what a window has time for: {swept.left} things; what"
            " was deleted so far can be brought back",
            help="see what is mounted below the store; a longer --window gets past them",
        )

    def _add(self, swept: Swept) -> None:
        self.listing = swept.listing
        self.swept = self.swept or Deleted(swept.run, swept.planned)
        self.swept.add(swept)

    def _is_limited(self) -> bool:
        """Whether a window ends at all: not where nobody can push anyway."""
        return (
            self.times.window > 0
            and self.target.supervised
            and readonly.wanted(self.layout) is None
            and process_of(self.layout, REGISTRY).is_up
        )

    def _fits(self) -> bool:
        return not self._is_limited() or self.listing <= self.times.window * LISTING

    def _judge_listing(self, worker: StorageWorker) -> None:
        """Stop before pushes are refused, where a window would pass with little more than listing.

        Raises:
            Stopped: it would.
        """
        window = self.times.window
        if not self._fits() and self.swept is None:
            # The mark may have been the first to read the store from the disk; a window is not.
            self.progress.step("list once more, to see what a window takes for it")
            self.listing = worker.ask(Timed, do="list").listing
        if self._fits():
            return
        works = math.ceil(self.listing / LISTING * ROOM / 10) * 10
        done = "nothing was touched" if self.swept is None else "what was deleted so far can be brought back"
        raise Stopped(
            f"to list and mark the store takes {self.listing:.1f} s of every window, more than half of"
            f" --window {window:g}s; {done}",
            help=f"--window {works}s works; pushes are refused for up to that long at a time",
        )

    def _patience(self) -> float:
        return (
            min(self.times.patience, self.times.window * UPLOADS)
            if self._is_limited()
            else self.times.patience
        )

    def _milliseconds(self, lease: Lease) -> int | None:
        """Tell how long a sweep may take, so that with the ways in and out the window is kept."""
        window, since = self.times.window, lease.refused_since
        if window <= 0 or since is None:
            return None
        left = window - (time.monotonic() - since) - RETURN_SECONDS
        return math.ceil(1000 * max(left, window * MOVING))

    def _pause(self, refused: float) -> None:
        """Let pushes be taken for at least as long as they were refused."""
        seconds = max(self.times.pause, refused)
        until = time.monotonic() + seconds
        self.progress.step(f"take pushes for {seconds:.1f} s before the next window")
        while (left := until - time.monotonic()) > 0:
            self.progress.detail(f"{left:.0f} s left")
            time.sleep(min(left, TICK_SECONDS))


__all__ = ["Deleted", "Refused", "Windows"]
