"""What is not what ctl made below its own directory: put aside under a name beside it, and named.

Done by a reconfigure before it looks at anything. A generation is left where it is, for services run with its
files: a new one takes its place. Of what was put aside, only what says that pushes are refused, or that an
exchange is under way, is made anew here; the rest is by whoever needs it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ctl.apply import generation, made
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state import begun, collection, foretold, guard, lease, owed, readonly
from ctl.state.files import (
    ASIDE,
    Damaged,
    free_name,
    irregularity,
    read_document,
    read_object,
    read_optional,
)
from ctl.state.fingerprint import Due

Look = Callable[[Path], object]
_PEM = (b"-----BEGIN ", b"-----END ")


def mend_places(layout: Layout) -> list[str]:
    """Put aside what stands in the place of directories and of the lock that a reconfigure takes.

    Returns:
        What was done, one sentence each.
    """
    # The whole of them is not looked at: a link that leads nowhere is a disk that is not there yet.
    directories = (layout.state, layout.generations, layout.sockets)
    return [*_put_aside(directories, _directory), *_put_aside([layout.lock], _file)]


def mend(layout: Layout) -> list[str]:
    """Put aside what cannot be used; the caller holds the lock.

    Returns:
        What was done, one sentence each.
    """
    return [
        *_marks(layout),
        *_owed(layout),
        *_record(layout),
        *_notes(layout),
        *_edits(layout),
        *_generations(layout),
    ]


def _marks(layout: Layout) -> Iterator[str]:
    """Mend the files whose being there is what counts."""
    anew: list[tuple[Path, Callable[[], None]]] = [
        (readonly.demand_file(layout), lambda: readonly.demand(layout, readonly.UNKNOWN)),
        (readonly.lease_file(layout), lambda: readonly.lease(layout, readonly.UNKNOWN)),
        (guard.mark_of(layout), lambda: guard.begin_exchange(layout, fresh=True)),
    ]
    for path, make in anew:
        for sentence in _put_aside([path], _file):
            make()
            yield sentence


def _owed(layout: Layout) -> Iterator[str]:
    """Mend what services need; a need that cannot be read counts as the larger one: a restart."""
    yield from _put_aside([layout.state / "owed"], _directory)
    for path in _below(layout.state / "owed"):
        for sentence in _put_aside([path], _file):
            owed.note(layout, path.name, Due.RESTART)
            yield sentence


def _record(layout: Layout) -> Iterator[str]:
    path = layout.state / "made"
    for kept, problem in _moved([path], made.check):
        made.salvage(layout, kept)
        yield _sentence(path, kept, f"{problem}; what could be read of it was taken over")


def _notes(layout: Layout) -> Iterator[str]:
    """Put aside what is made anew by whoever needs it."""
    state = layout.state
    looks: list[tuple[Iterable[Path], Look]] = [
        ([state / name for name in ("running", "stopped", "tls", "reserve")], _directory),
        ([layout.home / "collect", layout.instance_sockets], _directory),
        (
            [state / "applied.json", state / "drivers.json", state / "links.json", state / "proven.json"],
            read_object,
        ),
        ([state / "last-collection.json"], collection.check),
        ([state / "taken-over.json", foretold.path_of(layout)], _names),
        ([state / "wake"], _pipe),
        ([state / "ctl", state / "logrotate.status"], _file),
        ([lease.lock_path(layout), collection.lock_path(layout)], _file),
        ([path for name in ("running", "stopped", "reserve") for path in _below(state / name)], _file),
        (_below(state / "tls"), _pem),
        ([layout.active_socket], _link),
    ]
    for paths, look in looks:
        yield from _put_aside(paths, look)


def _edits(layout: Layout) -> Iterator[str]:
    """Put aside what stands in the way of a kept text: it lies where its file lay in the generation."""
    yield from _put_aside([layout.edits], _directory)
    for path in sorted(layout.edits.rglob("*")):
        if (layout.generations / path.relative_to(layout.edits)).is_dir():
            yield from _put_aside([path], _directory)


def _generations(layout: Layout) -> Iterator[str]:
    """Say what is wrong with the generation in force; put aside what is none in a generation's place."""
    below = [path for path in _below(layout.generations) if generation.is_number(path.name)]
    yield from _put_aside(below, _directory)
    yield from _put_aside([layout.current], lambda path: generation.current_number(layout))
    number = generation.current_number(layout)
    if number is None:
        return
    try:
        generation.load_whole(layout, number)
    except (CtlError, OSError) as error:
        text = f"generation {number} stays as it is, and a new one takes its place"
        yield f"{error.message if isinstance(error, CtlError) else error}; {text}"


def _put_aside(paths: Iterable[Path], look: Look) -> Iterator[str]:
    for path in paths:
        for kept, problem in _moved([path], look):
            yield _sentence(path, kept, problem)


def _sentence(path: Path, kept: Path, problem: str) -> str:
    return f"{path} could not be used: {problem}; it is kept as {kept}"


def _moved(paths: Iterable[Path], look: Look) -> Iterator[tuple[Path, str]]:
    """Rename what a look at it refuses; yield where each is now, and why."""
    for path in paths:
        if not os.path.lexists(path):
            continue
        try:
            look(path)
        except Damaged as error:
            kept = free_name(path)
            begun.note()
            path.rename(kept)
            yield kept, error.problem


def _below(directory: Path) -> list[Path]:
    """Return what lies in a directory, but what was put aside there already."""
    try:
        return sorted(path for path in directory.iterdir() if ASIDE not in path.name)
    except OSError:
        return []


def _directory(path: Path) -> None:
    # Whoever has put it on another disk has left a link.
    if not path.is_dir():
        raise Damaged(path, "a directory is expected")


def _file(path: Path) -> None:
    wrong = irregularity(path.lstat())
    if wrong is not None:
        raise Damaged(path, wrong)


def _pipe(path: Path) -> None:
    status = path.lstat()
    if not stat.S_ISFIFO(status.st_mode) or status.st_uid not in (0, os.geteuid()):
        raise Damaged(path, "a named pipe of ours is expected")


def _link(path: Path) -> None:
    if not path.is_symlink():
        raise Damaged(path, "a symlink is expected")


def _names(path: Path) -> None:
    names = read_document(path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Damaged(path, "a list of names is expected")


def _pem(path: Path) -> None:
    content = read_optional(path) or b""
    if not all(marker in content for marker in _PEM):
        raise Damaged(path, "it holds no certificate and no key")
