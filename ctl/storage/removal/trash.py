"""The runs of sweeps: what they moved out, and the way back.

A run lies in ``<rootdirectory>/ctl-trash/<run>``, on the same file system and where the registry never looks:
``plan-1`` (and further ones, when a run was interrupted and gone on with), ``finished`` when it came to its
end, and what was moved, below the path that it had. What was pushed again between two parts of a run, and
went once more, lies there too: the newer copy in its place, the older one below ``older-2`` and so on. What
is being unlinked, and cannot come back any more, is called ``<run>.unlinking``; where nothing can be renamed,
an object below that name says so.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from msgspec import Struct

from ctl.errors import reason
from ctl.regex import compile_late
from ctl.storage import layout
from ctl.storage.engine import plan
from ctl.storage.engine.plan import Item
from ctl.storage.engine.progress import Progress
from ctl.storage.events import Counts, Kind, Undone
from ctl.storage.store import RETIRED, NoObject, Obstacle, Store, StoreError

_NAME = compile_late(r"[A-Za-z0-9][A-Za-z0-9:_-]{0,63}\Z", re.ASCII)
_PLAN = compile_late(r"plan-(\d+)\Z", re.ASCII)
_UNLINKING = ".unlinking"
FINISHED = "finished"
# What says that a file system will take no more, or not from us; nothing was lost by it.
_REFUSALS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read-only", errno.EXDEV: "another one"}

# A link, a directory or a socket lies in the place of a file.
_NO_FILE = (errno.ELOOP, errno.EISDIR, errno.ENXIO)


class Run(Struct, frozen=True):
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
def locked(store: Store) -> Iterator[None]:
    """Hold the trash, so that no two runs move at a time.

    Raises:
        StoreError: ``locked``: another run holds it.
    """
    with ExitStack() as held:
        with failures("the trash cannot be locked"):
            if is_obstructed(store):
                _put_aside(store, layout.TRASH)
            _lock(store, f"{layout.TRASH}/lock", held)
        yield


def is_obstructed(store: Store) -> bool:
    """Whether something that is no directory of ours has the trash's name, such as a link to elsewhere."""
    return store.is_obstructed(layout.TRASH)


def _lock(store: Store, path: str, held: ExitStack) -> None:
    try:
        held.enter_context(store.locked(path))
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        _put_aside(store, path)
        held.enter_context(store.locked(path))


def _put_aside(store: Store, path: str) -> None:
    """Put aside what has a name of ours: whoever may write here could else stop every collection."""
    number = 1
    while store.exists(f"{path}.aside-{number}"):
        number += 1
    store.move(path, f"{path}.aside-{number}")


def directory_of(run: str) -> str:
    """Give a run's directory.

    Raises:
        StoreError: ``bad-run``: no name of a run.
    """
    if not _NAME.match(run):
        raise StoreError("bad-run", f"{run!r} is no name of a run")
    return f"{layout.TRASH}/{run}"


def plans(store: Store, directory: str) -> list[int]:
    """Give the numbers of a run's plans, in the order in which they were made."""
    try:
        with store.directory(directory) as opened, opened.entries() as entries:
            matches = [_PLAN.match(entry.name) for entry in entries]
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for match in matches if match)


def runs(store: Store) -> list[Run]:
    """Give the runs in the trash, the oldest first."""
    with failures("the trash cannot be listed"):
        if is_obstructed(store):
            return []
        try:
            with store.directory(layout.TRASH) as directory, directory.entries() as entries:
                # A link is no run of ours, wherever it leads.
                names = {entry.name for entry in entries if entry.is_dir() and not entry.is_symlink()}
        except FileNotFoundError:
            return []
        bare = {name.removesuffix(_UNLINKING) for name in names}
        listed = [_run(store, name, names) for name in bare if _NAME.match(name)]
    return sorted(listed, key=lambda run: (run.modified, run.name))


def _run(store: Store, name: str, names: Collection[str]) -> Run:
    unlinking = name + _UNLINKING in names
    base, total = f"{layout.TRASH}/{name if name in names else name + _UNLINKING}", Counts()
    with store.directory(base) as directory:
        modified = directory.standing(".").modified
    for number in plans(store, base):
        counts = _checked(store, f"{base}/plan-{number}")
        if counts is not None:
            total += counts
    return Run(
        name=name,
        modified=int(modified),
        finished=store.exists(f"{base}/{FINISHED}"),
        unlinking=unlinking,
        counts=total,
    )


def _checked(store: Store, path: str) -> Counts | None:
    try:
        with _opened(store, path) as file:
            return plan.check(file)
    except StoreError:
        return None


@contextmanager
def _opened(store: Store, path: str) -> Iterator[BinaryIO]:
    """Open a plan.

    Raises:
        StoreError: ``bad-plan``: there is something else in its place.
    """
    try:
        with store.reading(path) as file:
            yield file
    except NoObject as error:
        raise StoreError("bad-plan", f"{path} is damaged: {error.strerror}", help=_BAD_PLAN) from error


def items(store: Store, run: str, number: int) -> Iterator[Item]:
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


def emptied(store: Store, run: str, number: int) -> Iterator[str]:
    """Give the repositories that a plan empties.

    Raises:
        StoreError: the plan cannot be read.
        ValueError: it is damaged.
    """
    with _opened(store, f"{directory_of(run)}/plan-{number}") as file:
        yield from plan.emptied(file)


def moved(store: Store, run: str, progress: Progress) -> Counts:
    """Count what a run holds; of what went twice only the newer copy.

    Its plans cannot tell: of a plan that was interrupted not all was moved, and the next one holds the rest.
    """
    counts = Counts()
    progress.begin("trash")
    base = f"{directory_of(run)}/{layout.BASE}"
    with failures(f"the run {run} cannot be looked through"):
        for entry in store.inventory((base,), _passed) if store.exists(base) else ():
            progress.step(size=entry.size)
            inner, leaf = entry.key.removeprefix(f"{base}/"), entry.key.rpartition("/")[2]
            if inner.startswith("blobs/"):
                counts.blobs += leaf == "data"
                counts.bytes += entry.size
            elif leaf == "link":
                counts.manifests += "/_manifests/revisions/" in inner
                counts.layer_links += f"/{layout.LAYERS}/" in inner
    progress.end()
    return counts


def _passed(obstacle: Obstacle, path: str, message: str) -> None:
    """Pass over what is in the way of counting; whoever has to come by it says so."""


def undo(store: Store, run: str, progress: Progress) -> Undone:
    """Bring back all that a run moved out: blobs first, so that no manifest appears without them.

    Nothing is overwritten: what is there anew stays. An undo that was interrupted is gone on with.

    Raises:
        StoreError: ``no-run``, ``unlinked``, or what the system refused.
        Stopped: somebody has asked to stop.
    """
    base, done = directory_of(run), Undone(run)
    if _is_there(store, base + _UNLINKING):
        raise StoreError("unlinked", f"the run {run} was unlinked already, wholly or in part")
    if not _is_there(store, base):
        raise StoreError("no-run", f"there is no run {run} in {layout.TRASH}")
    numbers = plans(store, base)
    total = sum(listed.counts.blobs + listed.counts.manifests for listed in runs(store) if listed.name == run)
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


def _is_there(store: Store, directory: str) -> bool:
    return store.exists(directory) and not store.is_obstructed(directory)


def _bring_back(store: Store, base: str, item: Item, done: Undone, progress: Progress) -> None:
    progress.step(size=item.size)
    if item.kind is Kind.REPOSITORY:
        # The directories that the registry knows a repository by.
        for part in (layout.TAGS, layout.REVISIONS, layout.LAYERS):
            store.make(f"{item.path}/{part}")
        return
    source = f"{base}/{item.path}"
    if not store.exists(source):
        return  # it was never moved, or is back already
    if item.kind is Kind.HISTORY and not store.exists(
        f"{layout.repository(item.repository)}/{layout.TAGS}/{item.tag}/current"
    ):
        done.homeless += 1  # the tag was deleted since; an entry alone would make a tag that points nowhere
        return
    try:
        store.move(source, item.path)
    except FileExistsError:
        if store.exists(f"{item.path}/{item.leaf}"):
            done.present += 1
            return
        store.move(f"{source}/{item.leaf}", f"{item.path}/{item.leaf}")
    plan.count(done.restored, item)


def empty(store: Store, older_than: int, now: int, progress: Progress) -> tuple[list[str], int, int]:
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


def unlink_run(store: Store, run: str, progress: Progress) -> tuple[int, int]:
    """Unlink a run, or what is left of it, and tell how many files and bytes that freed."""
    base = directory_of(run)
    doomed = base + _UNLINKING
    if store.is_obstructed(doomed):
        _put_aside(store, doomed)
    if store.exists(base) and not store.exists(doomed):
        # From here on nobody takes it for something that can be undone.
        store.retire(base, doomed)
    files = size = 0
    for top in (base, doomed):
        for entry in store.remove(top) if store.exists(top) else ():
            files, size = files + (entry.key != f"{doomed}/{RETIRED}"), size + entry.size
            progress.step(size=entry.size)
        store.flush()
    return files, size
