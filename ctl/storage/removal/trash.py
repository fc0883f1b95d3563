"""The runs of sweeps: what they moved out, and the way back.

A run lies in ``<rootdirectory>/ctl-trash/<run>``, on the same file system and where the registry never looks:
``plan-1`` (and further ones, when a run was interrupted and gone on with), ``finished`` when it came to its
end, and what was moved, below the path that it had. What was pushed again between two parts of a run, and
went once more, lies there too: the newer copy in its place, the older one below ``older-2`` and so on.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from ctl.errors import reason
from ctl.state import flock
from ctl.storage import layout
from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine import plan
from ctl.storage.engine.limit import Counts
from ctl.storage.engine.plan import Item, Kind
from ctl.storage.engine.progress import Progress
from ctl.storage.store import StoreError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_-]{0,63}\Z", re.ASCII)
_PLAN = re.compile(r"plan-(\d+)\Z", re.ASCII)
_UNLINKING = ".unlinking"
FINISHED = "finished"
# What says that a file system will take no more, or not from us; nothing was lost by it.
_REFUSALS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read-only", errno.EXDEV: "another one"}


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the trash.

    Args:
        name: what it is called by.
        modified: the epoch second in which it was last worked on.
        finished: whether it came to its end.
        unlinking: whether some of it was unlinked already, so that it cannot be undone.
        counts: what its plans move.
    """

    name: str
    modified: int
    finished: bool
    unlinking: bool
    counts: Counts


_BAD_PLAN = "what lies there is moved back by hand, or goes with --empty-trash --keep-deleted 0"


@contextmanager
def failures(doing: str) -> Iterator[None]:
    """Say what could not be done where a system call was refused.

    Raises:
        StoreError: ``disk-refused`` for a full, read-only or foreign file system, else ``io-error``.
    """
    try:
        yield
    except OSError as error:
        known = _REFUSALS.get(error.errno or 0)
        code = "io-error" if known is None else "disk-refused"
        place = f" at {error.filename}" if error.filename else ""
        message = f"{doing}: {reason(error)}{place}"
        full = "nothing is lost; make a little room on the store's file system, then run again, or undo"
        help_ = full if known == "full" else "nothing is lost; mend it and run again, or undo"
        raise StoreError(code, message, help=help_) from error


@contextmanager
def locked(store: FilesystemStore) -> Iterator[None]:
    """Hold the trash, so that no two runs move at a time.

    Raises:
        StoreError: ``locked``: another run holds it.
    """
    with failures("the trash cannot be locked"):
        _clear_place(store)
        descriptor = store.open_own(f"{layout.TRASH}/lock", os.O_RDWR | os.O_CREAT)
    try:
        try:
            taken = flock.take(descriptor)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise StoreError("io-error", f"the trash cannot be locked: {reason(error)}") from error
            # Of a store that knows no locks nobody can tell.
            taken = True
        if not taken:
            raise StoreError("locked", f"another run works on {layout.TRASH} of this store")
        yield
    finally:
        os.close(descriptor)


def is_obstructed(store: FilesystemStore) -> bool:
    """Whether something that is no directory of ours has the trash's name, such as a link to elsewhere."""
    return store.has_own(layout.TRASH) and not store.is_directory(layout.TRASH)


def _clear_place(store: FilesystemStore) -> None:
    """Put aside what has the trash's name: whoever may write here could else stop every collection."""
    if is_obstructed(store):
        number = 1
        while store.has_own(f"{layout.TRASH}.aside-{number}"):
            number += 1
        store.move(layout.TRASH, f"{layout.TRASH}.aside-{number}")


def directory_of(run: str) -> str:
    """Give a run's directory.

    Raises:
        StoreError: ``bad-run``: no name of a run.
    """
    if not _NAME.match(run):
        raise StoreError("bad-run", f"{run!r} is no name of a run")
    return f"{layout.TRASH}/{run}"


def plans(store: FilesystemStore, directory: str) -> list[int]:
    """Give the numbers of a run's plans, in the order in which they were made."""
    try:
        with store.directory(directory) as found, found.entries() as entries:
            matches = [_PLAN.match(entry.name) for entry in entries]
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for match in matches if match)


def runs(store: FilesystemStore) -> list[Run]:
    """Give the runs in the trash, the oldest first."""
    with failures("the trash cannot be listed"):
        if is_obstructed(store):
            return []
        try:
            with store.directory(layout.TRASH) as found, found.entries() as entries:
                names = [entry.name for entry in entries if entry.is_dir()]
        except FileNotFoundError:
            return []
        several = [_run(store, name) for name in names if _NAME.match(name.removesuffix(_UNLINKING))]
    return sorted(several, key=lambda one: (one.modified, one.name))


def _run(store: FilesystemStore, name: str) -> Run:
    base, total, modified = f"{layout.TRASH}/{name}", Counts(), 0.0
    with store.directory(base) as directory:
        modified = directory.standing(".").modified
    numbers = plans(store, base)
    for number in numbers:
        counts = _checked(store, f"{base}/plan-{number}")
        if counts is not None:
            total.manifests += counts.manifests
            total.layer_links += counts.layer_links
            total.blobs += counts.blobs
            total.bytes += counts.bytes
    return Run(
        name=name.removesuffix(_UNLINKING),
        modified=int(modified),
        finished=store.has_own(f"{base}/{FINISHED}"),
        unlinking=name.endswith(_UNLINKING),
        counts=total,
    )


def _checked(store: FilesystemStore, path: str) -> Counts | None:
    try:
        with _opened(store, path) as file:
            return plan.check(file)
    except StoreError:
        return None


@contextmanager
def _opened(store: FilesystemStore, path: str) -> Iterator[BinaryIO]:
    """Open a plan.

    Raises:
        StoreError: ``bad-plan``: there is something else in its place.
    """
    try:
        # Not blocking, so that a named pipe cannot hold us up.
        descriptor = store.open_own(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.ENOENT):
            raise
        raise StoreError("bad-plan", f"{path} is damaged: {reason(error)}", help=_BAD_PLAN) from error
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        file = os.fdopen(os.dup(descriptor), "rb") if regular else None
    finally:
        os.close(descriptor)
    if file is None:
        raise StoreError("bad-plan", f"{path} is damaged: it is not a regular file", help=_BAD_PLAN)
    with file:
        yield file


def items(store: FilesystemStore, run: str, number: int) -> Iterator[Item]:
    """Give the items of a plan in the order of moving.

    Raises:
        StoreError: ``bad-plan``: it is damaged.
    """
    path = f"{directory_of(run)}/plan-{number}"
    with _opened(store, path) as file:
        if plan.check(file) is None:
            text = f"{path} is damaged; what was moved lies below {directory_of(run)}"
            raise StoreError("bad-plan", text, help=_BAD_PLAN)
        yield from plan.read(file)


def emptied(store: FilesystemStore, run: str, number: int) -> Iterator[str]:
    """Give the repositories that a plan empties.

    Raises:
        StoreError: the plan cannot be read.
        ValueError: it is damaged.
    """
    with _opened(store, f"{directory_of(run)}/plan-{number}") as file:
        yield from plan.emptied(file)


def moved(store: FilesystemStore, run: str, progress: Progress) -> Counts:
    """Count what a run holds; of what went twice only the newer copy.

    Its plans cannot tell: of one that was interrupted not all was moved, and the next one holds the rest.
    """
    found = Counts()
    progress.begin("trash")
    base = f"{directory_of(run)}/{layout.BASE}"
    with failures(f"the run {run} cannot be looked through"):
        for path, size, _ in tree(store, base) if store.has_own(base) else ():
            progress.step(size=size)
            inner, leaf = path.removeprefix(f"{base}/"), path.rpartition("/")[2]
            if inner.startswith("blobs/"):
                found.blobs += leaf == "data"
                found.bytes += size
            elif leaf == "link":
                found.manifests += "/_manifests/revisions/" in inner
                found.layer_links += f"/{layout.LAYERS}/" in inner
    progress.end()
    return found


@dataclass(slots=True)
class Undone:
    """What an undo did: how much came back, and how much is there anew, or has nowhere to go."""

    restored: Counts
    present: int = 0
    homeless: int = 0


def undo(store: FilesystemStore, run: str, progress: Progress) -> Undone:
    """Bring back all that a run moved out: blobs first, so that no manifest appears without them.

    Nothing is overwritten: what is there anew stays. An undo that was interrupted is gone on with.

    Raises:
        StoreError: ``no-run``, ``unlinked``, or what the system refused.
        Stopped: somebody has asked to stop.
    """
    base, done = directory_of(run), Undone(Counts())
    if store.has_own(base + _UNLINKING):
        raise StoreError("unlinked", f"the run {run} was unlinked already, wholly or in part")
    if not store.has_own(base):
        raise StoreError("no-run", f"there is no run {run} in {layout.TRASH}")
    numbers = plans(store, base)
    total = sum(one.counts.blobs + one.counts.manifests for one in runs(store) if one.name == run)
    progress.begin("undo", total)
    with failures(f"the undo of {run} was interrupted"):
        for number in reversed(numbers):
            # Blobs by themselves: there may be too many to hold; then the rest from its end.
            for item in items(store, run, number):
                if item.kind is Kind.BLOB:
                    _bring_back(store, base, item, done, progress)
            store.flush()
            links = [item for item in items(store, run, number) if item.kind is not Kind.BLOB]
            for item in reversed(links):
                _bring_back(store, base, item, done, progress)
        store.flush()
        if not done.homeless:
            unlink_run(store, run, progress)
    progress.end()
    return done


def _bring_back(store: FilesystemStore, base: str, item: Item, done: Undone, progress: Progress) -> None:
    progress.step(size=item.size)
    if item.kind is Kind.REPOSITORY:
        # The directories that the registry knows a repository by.
        for part in (layout.TAGS, layout.REVISIONS, layout.LAYERS):
            store.make(f"{item.path}/{part}")
        return
    source = f"{base}/{item.path}"
    if not store.has_own(source):
        return  # it was never moved, or is back already
    if item.kind is Kind.HISTORY and not store.has_own(
        f"{layout.repository(item.repository)}/{layout.TAGS}/{item.tag}/current"
    ):
        done.homeless += 1  # the tag was deleted since; an entry alone would make a tag that points nowhere
        return
    try:
        store.move(source, item.path)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        if store.has_own(f"{item.path}/{item.leaf}"):
            done.present += 1
            return
        store.move(f"{source}/{item.leaf}", f"{item.path}/{item.leaf}")
    plan.count(done.restored, item)


def empty(
    store: FilesystemStore, older_than: int, now: int, progress: Progress
) -> tuple[list[str], int, int]:
    """Unlink runs.

    Args:
        store: whose.
        older_than: seconds since a run was last worked on.
        now: the epoch second.
        progress: told of every file.

    Returns:
        The runs that were unlinked, and how many files and bytes that freed.

    Raises:
        StoreError: what the system refused.
        Stopped: somebody has asked to stop.
    """
    gone, files, size = [], 0, 0
    progress.begin("unlinking")
    for run in runs(store):
        if run.unlinking or run.modified + older_than <= now:
            with failures(f"the run {run.name} cannot be unlinked"):
                freed = unlink_run(store, run.name, progress)
            gone.append(run.name)
            files, size = files + freed[0], size + freed[1]
    progress.end()
    return gone, files, size


def unlink_run(store: FilesystemStore, run: str, progress: Progress) -> tuple[int, int]:
    """Unlink a run, or what is left of it, and tell how many files and bytes that freed."""
    base = directory_of(run)
    doomed = base + _UNLINKING
    if store.has_own(base):
        # From here on nobody takes it for something that can be undone.
        store.move(base, doomed)
        store.forget()
        store.flush()
    files = size = 0
    for path, bytes_, is_directory in tree(store, doomed):
        store.delete(path)
        files, size = files + (not is_directory), size + bytes_
        progress.step(size=bytes_)
    store.flush()
    return files, size


def tree(store: FilesystemStore, top: str) -> Iterator[tuple[str, int, bool]]:
    """Give what lies below a directory, and it itself at last; of links only themselves.

    Yields:
        The path, the size in bytes, and whether it is a directory.
    """
    waiting: list[tuple[str, list[str]]] = []
    following: str | None = top
    while following is not None or waiting:
        if following is not None:
            below = []
            with store.directory(following) as directory, directory.entries() as entries:
                for entry in entries:
                    path = f"{following}/{entry.name}"
                    if entry.is_dir() and not entry.is_symlink():
                        below.append(path)
                    else:
                        size = 0 if entry.is_symlink() else directory.standing(entry.name).size
                        yield path, size, False
            waiting.append((following, below))
        path, below = waiting[-1]
        following = below.pop() if below else None
        if following is None:
            waiting.pop()
            yield path, 0, True
