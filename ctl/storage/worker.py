"""The child that works inside a storage tree, as the account that owns it.

``python -m ctl.storage.worker`` takes no arguments, reads one request a line from stdin and writes events,
one a line, to stdout; both are JSON objects. It ends with 0 at the end of stdin, with 1 when it was told to
stop: by SIGTERM, SIGINT or SIGHUP, by the death of its parent, by the end of stdin or of its listener while
it is at work. It then stops between two moves, and the next run goes on. It never prints a traceback.

Requests (optional fields in brackets; times are epoch seconds, ages and sizes seconds and bytes)::

    {"do": "mark", "root": "/…", ["cache": "/…/file", "untagged": false, "min_age": 0, "now": …,
                                  "keep_signed": false, "orphaned_signatures": false]}
    {"do": "list"}
    {"do": "sweep", "run": "NAME", ["limit": {"manifests": n, "blobs": n, "bytes": n}, "milliseconds": n,
                                    "now": …, "allow_nothing_marked": false]}
    {"do": "moved", "root": "/…", "run": "NAME"}
    {"do": "undo", "root": "/…", "run": "NAME"}
    {"do": "runs", "root": "/…"}
    {"do": "empty-trash", "root": "/…", "older_than": seconds, ["now": …]}
    {"do": "prove", "name": "ctl-proof-…", "driver": "s3", "parameters": {…},
                    ["environment": {…}, "read_only": false]}         (driver and parameters of config.yml)
    {"do": "identify", "name": "32 hex digits", "driver": …, "parameters": {…},
                       ["environment": {…}, "adopt": false, "counted": false, "whole": false]}
    {"do": "usage", "root": "/…", ["cache": "/…/file", "min_age": 0, "now": …, "grouped": false]}

Wherever there is a ``root`` there may be ``places``: a list of directories outside of it that its links may
lead to.

``list`` follows a ``mark`` in the same process, and tells anew what a sweep will spend on listing: the mark
may have been the first to read the store from the disk. ``sweep`` follows one as well, and moves nothing that
the mark did not show. The caller holds the registry read-only from before ``sweep`` until its answer. A sweep
that was given ``milliseconds`` may end before all is moved (``finished`` false); the next ``sweep`` goes on,
after another listing and marking, and the limit holds for all of them together. A name in use by an
unfinished run goes on with that run; its parts are undone together. A request is answered by any number of ::

    {"event": "progress", "phase": …, "done": n, "total": n or 0, "bytes": n, "seconds": s, "rate": n}
    {"event": "oddity", "code", "path", "message", "consequence": "noted" | "kept" | "stops"}   (examples)
    {"event": "oddities", "code", "consequence", "count"}
    {"event": "note", "code": "cache", "message"}
    {"event": "repository", … see `events.Going`}             (mark: from which something goes,
                                                                           or which is kept or spared)
    {"event": "listing", "seconds": s}              (mark: what a sweep will spend on listing and marking)
    {"event": "moved", "kind": "tag|history|revision|layer|blob", "repository", "tag", "digest", "size"}
    {"event": "usage", … see `events.Usage`}                  (usage: every repository, or group)
    {"event": "run", "run", "modified", "finished", "unlinking", "manifests", "layer_links", "blobs", "bytes"}

and at last by exactly one of ::

    {"event": "marked", … see `events.Marked`}
    {"event": "timed", "listing": s}                (list: as ``listing``)
    {"event": "swept", "run", "planned": {…}, "moved": {…}, "items", "vanished", "left", "removed",
                       "finished", "listing": s}
    {"event": "counted", "manifests", "layer_links", "blobs", "bytes"}      (moved: what lies in the trash)
    {"event": "undone", "run", "restored": {…}, "present", "homeless"}
    {"event": "listed"}
    {"event": "emptied", "runs": […], "files", "bytes", "left"}              (left: runs that are kept)
    {"event": "used", "repositories", "pushed_bytes", "bytes", "going_bytes", "going_untagged_bytes", "ratio"}
    {"event": "proven", "once", "seconds"}
    {"event": "identified", "id", "repositories", "bytes", "complete", "digest"}
    {"event": "error", "code", "message", "help"}

``stops`` counts the findings that let no sweep go on. Codes of errors: bad-request, root-missing,
root-unreadable, no-registry, database-in-use, hidden, nothing-marked, limit-exceeded, foreign-writer,
other-file-system, run-finished, no-mark, locked, bad-run, no-run, bad-plan, unlinked, disk-refused, io-error,
stopped, internal.

Bytes of names that are not UTF-8 stand as lone surrogates, as in Python.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from ctl.errors import CtlError, reason
from ctl.storage import layout
from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.channel import Channel, die_with_parent
from ctl.storage.engine.ages import Rules
from ctl.storage.engine.cache import Cache
from ctl.storage.engine.digests import Digests, text_of
from ctl.storage.engine.index import Index
from ctl.storage.engine.listing import list_store
from ctl.storage.engine.mark import Marking, mark
from ctl.storage.engine.oddity import Oddities
from ctl.storage.engine.progress import Progress, Stopped
from ctl.storage.engine.references import References
from ctl.storage.engine.summary import going_of, totals_of, usage_of
from ctl.storage.events import (
    Counts,
    Emptied,
    Failed,
    Kind,
    Listed,
    Listing,
    Marked,
    Moved,
    Note,
    OddityCount,
    Progressed,
    RunFound,
    Timed,
    Used,
)
from ctl.storage.requests import Request, read_request
from ctl.storage.store import Store, StoreError

if TYPE_CHECKING:
    from ctl.storage.backends.bucket import Bucket
    from ctl.storage.backends.directory import Directory


class Worker:
    """Answers requests.

    Args:
        channel: where they come from and where events go.
        clock: tells the epoch second.
    """

    def __init__(self, channel: Channel, clock: Callable[[], float]) -> None:
        self._channel = channel
        self._clock = clock
        self._progress = Progress(self._report, channel.is_stopped)
        self._store: Store | None = None
        self._cache = Cache(None)
        self._listing = self._marking = 0.0
        self._stopped = False
        self._shown: tuple[Marking, References] | None = None
        self._moved = Counts()
        self._answers = {
            "mark": self._mark,
            "list": self._list,
            "sweep": self._sweep,
            "moved": self._count_moved,
            "undo": self._undo,
            "runs": self._runs,
            "empty-trash": self._empty,
            "usage": self._usage,
            "prove": self._prove,
            "identify": self._identify,
        }

    def serve(self) -> int:
        """Answer until there is nothing more; return what the process ends with."""
        while (line := self._channel.next()) is not None:
            if line.strip():
                self._answer(line)
            self._channel.flush()
        self._close()
        return int(self._stopped or self._channel.is_signalled)

    def _answer(self, line: bytes) -> None:
        try:
            request = read_request(line)
            self._answers[request.do](request)
        except StoreError as error:
            self._stopped |= isinstance(error, Stopped)
            self._fail(error.code, error.message, error.help)
        except CtlError as error:
            self._fail("internal", error.message, error.help)
        except OSError as error:
            self._fail("io-error", f"{reason(error)} at {error.filename or 'the store'}", None)
        except Exception as error:
            # Whatever it is, the parent is to hear of it in its own language.
            self._fail("internal", f"{type(error).__name__}: {error}", None)

    def _fail(self, code: str, message: str, help_: str | None) -> None:
        self._channel.say(Failed(code, message, help_))

    def _report(self, phase: str, done: int, total: int, size: int, seconds: float) -> None:
        rate = round(done / seconds) if seconds > 0 else 0
        self._channel.say(Progressed(phase, done, total, size, round(seconds, 3), rate))
        self._channel.flush()

    def _now(self, request: Request) -> int:
        return int(self._clock()) if request.now is None else request.now

    def _open(self, request: Request) -> Store:
        self._close()
        self._store = FilesystemStore(request.root, request.places)
        return self._store

    def _close(self) -> None:
        self._shown = None
        self._cache.close()
        self._cache = Cache(None)
        if self._store is not None:
            self._store.close()
            self._store = None

    def _listed(self, request: Request, *, history: bool) -> tuple[Store, Index, References]:
        store = self._open(request)
        self._cache = Cache(request.cache)
        began = time.monotonic()
        index = list_store(store, Digests(), self._progress, history=history)
        self._listing = time.monotonic() - began
        references = References()
        references.load(store, index, self._cache, self._progress)
        self._cache.commit()
        if self._cache.problem is not None:
            self._channel.say(Note("cache", self._cache.problem))
        return store, index, references

    def _mark(self, request: Request) -> None:
        # Whoever pushes while we read is younger than the marking.
        now = self._now(request)
        store, index, references = self._listed(request, history=request.untagged)
        rules = Rules(
            request.untagged,
            request.min_age,
            now,
            keep_signed=request.keep_signed,
            orphaned_signatures=request.orphaned_signatures,
            listed=self._now(request),
        )
        began = time.monotonic()
        marking = mark(store, index, references, rules, self._progress)
        self._marking = time.monotonic() - began
        self._channel.say(Listing(self._spent_by_a_sweep()))
        self._tell_oddities(index.oddities, marking.oddities)
        for going in going_of(marking, references):
            if going.untagged or going.layer_links or going.blobs or going.kept or going.spared:
                self._channel.say(going)
        self._shown, self._moved = (marking, references), Counts()
        self._channel.say(
            Marked(
                **asdict(totals_of(marking)),
                stops=index.oddities.stopping + marking.oddities.stopping,
                read=references.read,
            )
        )

    def _spent_by_a_sweep(self) -> float:
        """Return the seconds: it lists before it moves, and once more afterwards."""
        return 2 * self._listing + self._marking

    def _list(self, request: Request) -> None:
        if self._shown is None or self._store is None:
            raise StoreError("no-mark", "a list follows a mark in the same process")
        began = time.monotonic()
        list_store(self._store, Digests(), self._progress, history=self._shown[0].rules.untagged)
        self._listing = time.monotonic() - began
        self._channel.say(Timed(self._spent_by_a_sweep()))

    def _tell_oddities(self, *gathered: Oddities) -> None:
        for oddities in gathered:
            for example in oddities.examples:
                self._channel.say(example)
            for (code, consequence), count in sorted(oddities.counts.items()):
                self._channel.say(OddityCount(code, consequence, count))

    def _sweep(self, request: Request) -> None:
        from ctl.storage.engine.plan import Item
        from ctl.storage.removal.sweep import Sweeper, Wish

        if self._shown is None or self._store is None:
            raise StoreError("no-mark", "a sweep follows a mark in the same process")
        # Another sweep goes on with the same marking only where this one came to its end.
        shown, self._shown = self._shown, None
        marking, references = shown
        gone: list[bytes] = []

        def moved(item: Item) -> None:
            if item.kind is Kind.BLOB and marking.index.digests.number(item.digest) in references:
                gone.append(item.digest)
            digest = text_of(item.digest)
            self._channel.say(Moved(item.kind, item.repository, item.tag, digest, item.size))

        sweeper = Sweeper(self._store, marking, references, self._cache, self._progress, moved)
        wish = Wish(
            request.run,
            request.limit,
            self._now(request),
            already=self._moved,
            seconds=None if request.milliseconds is None else request.milliseconds / 1000,
            allow_nothing_marked=request.allow_nothing_marked,
        )
        swept = sweeper.sweep(wish)
        self._cache.forget(gone)
        if not swept.finished:
            self._shown, self._moved = shown, self._moved + swept.moved
        self._channel.say(swept)

    def _undo(self, request: Request) -> None:
        from ctl.storage.removal import trash

        store = self._open(request)
        if not trash.runs(store):
            raise StoreError("no-run", "nothing was moved out of this store")
        with trash.locked(store):
            undone = trash.undo(store, request.run, self._progress)
        self._channel.say(undone)

    def _runs(self, request: Request) -> None:
        from ctl.storage.removal import trash

        store = self._open(request)
        if trash.is_obstructed(store):
            message = f"{layout.TRASH} is no directory but a link or a file: a sweep puts it aside"
            self._channel.say(Note("trash", message))
        for run in trash.runs(store):
            counts = asdict(run.counts)
            self._channel.say(RunFound(run.name, run.modified, run.finished, run.unlinking, **counts))
        self._channel.say(Listed())

    def _count_moved(self, request: Request) -> None:
        from ctl.storage.removal import trash

        self._channel.say(trash.moved(self._open(request), request.run, self._progress))

    def _empty(self, request: Request) -> None:
        from ctl.storage.removal import trash

        store = self._open(request)
        if not trash.runs(store):
            self._channel.say(Emptied([], 0, 0, 0))
            return
        with trash.locked(store):
            names, files, size = trash.empty(store, request.older_than, self._now(request), self._progress)
        self._channel.say(Emptied(names, files, size, len(trash.runs(store))))

    def _prove(self, request: Request) -> None:
        from ctl.storage.proof import is_name, prove, prove_reading

        if not is_name(request.name):
            raise StoreError("bad-request", "the request is wrong: name: none of a proof")
        store = _named(request)
        self._channel.say(prove_reading(store) if request.read_only else prove(store, request.name))

    def _identify(self, request: Request) -> None:
        from ctl.storage.identity import SECONDS, count, identify, is_id

        if not is_id(request.name):
            raise StoreError("bad-request", "the request is wrong: name: no id of a store")
        store = _named(request)
        own = identify(store, request.name, adopt=request.adopt)
        seconds = float("inf") if request.whole else SECONDS if request.counted else 0.0
        self._channel.say(count(store, own or "", seconds))

    def _usage(self, request: Request) -> None:
        now = self._now(request)
        store, index, references = self._listed(request, history=False)
        choices = [Rules(wish, request.min_age, now, listed=self._now(request)) for wish in (False, True)]
        plain, untagged = (mark(store, index, references, rules, self._progress) for rules in choices)
        self._tell_oddities(index.oddities)
        pushed = 0
        for usage in usage_of(plain, untagged, references, grouped=request.grouped):
            # Groups that are in no other group share no repository.
            pushed += usage.pushed_bytes if not request.grouped or "/" not in usage.repository else 0
            self._channel.say(usage)
        totals = totals_of(plain)
        self._channel.say(
            Used(
                repositories=totals.repositories,
                pushed_bytes=pushed,
                bytes=totals.bytes,
                going_bytes=totals.going_bytes,
                going_untagged_bytes=totals_of(untagged).going_bytes,
                ratio=round(pushed / totals.bytes, 3) if totals.bytes else 1.0,
            )
        )


def _named(request: Request) -> Bucket | Directory:
    """Return the store that the driver of a request means."""
    if request.driver == "filesystem":
        from ctl.storage.backends.directory import Directory

        return Directory(str(request.parameters["rootdirectory"]))
    from ctl.storage.backends.bucket import Bucket
    from ctl.storage.backends.connection import connection

    return Bucket(connection(request.driver, request.parameters), request.environment)


def main() -> int:
    """Serve requests on stdin and stdout."""
    die_with_parent()
    # Nothing here makes cycles, and looking for them among millions of objects takes long.
    gc.disable()
    return Worker(Channel(0, 1), time.time).serve()


if __name__ == "__main__":
    # At once: to take millions of small objects apart one by one takes long.
    os._exit(main())
