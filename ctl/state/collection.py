"""How the last collection of this machine's registry ended, for who asks later."""

from __future__ import annotations

import contextlib
import json
import os
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from ctl.paths import Layout
from ctl.state import flock
from ctl.state.files import Damaged, read_object, write_atomically


class Outcome(StrEnum):
    """How a collection ended, or that it has not."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Collected(Struct, frozen=True):
    """A collection, as far as it has come.

    Args:
        moment: when it ended, or began while it runs: date and time in ISO 8601 with its zone.
        outcome: how it ended.
        message: what it did, or why it did not.
        help: what to do about it; None for nothing.
        deleted: how many ``manifests``, ``blobs`` and ``bytes`` went into the trash; None when nothing did.
        freed: bytes that were unlinked, of this collection or of earlier ones; None where that is not known.
    """

    moment: str
    outcome: Outcome
    message: str
    help: str | None = None
    deleted: dict[str, int] | None = None
    freed: int | None = None


_VANISHED = "it ended without a word: it was killed, the machine went down, or the disk was full"


def lock_path(layout: Layout) -> Path:
    """The file that a collection holds locked from its beginning to its end."""
    return layout.home / "collect.lock"


def write(layout: Layout, last: Collected) -> None:
    """Note how far a collection has come."""
    write_atomically(_path(layout), json.dumps(to_builtins(last)).encode(), 0o600)


def read(layout: Layout) -> Collected | None:
    """Return how the last collection ended; None when there was none.

    A collection that noted its beginning and is not there any more has failed.
    """
    path = _path(layout)
    try:
        last = _collected(path)
    except Damaged as error:
        # To tell of it must not keep who asks for the services' state from an answer.
        return Collected("at an unknown time", Outcome.FAILED, error.message, error.help)
    if last is not None and last.outcome is Outcome.RUNNING and not _at_work(layout):
        again = "nothing live is lost, and the next run goes on: ctl registry-garbage-collect"
        return replace(last, outcome=Outcome.FAILED, message=_VANISHED, help=again)
    return last


def check(path: Path) -> None:
    """Make sure that a file tells of a collection.

    Raises:
        Damaged: it does not.
    """
    _collected(path)


def _collected(path: Path) -> Collected | None:
    values = read_object(path)
    if values is None:
        return None
    try:
        last = Collected(**{**values, "outcome": Outcome(values["outcome"])})
    except (KeyError, TypeError, ValueError):
        raise Damaged(path, "it does not tell of a collection") from None
    texts = (last.moment, last.message, last.help or "")
    deleted = {} if last.deleted is None else last.deleted
    counts = isinstance(deleted, dict) and all(isinstance(count, int) for count in deleted.values())
    if not counts or not all(isinstance(text, str) for text in texts):
        raise Damaged(path, "it does not tell of a collection")
    return last


def _path(layout: Layout) -> Path:
    return layout.state / "last-collection.json"


def _at_work(layout: Layout) -> bool:
    with contextlib.suppress(OSError):
        return flock.is_held(lock_path(layout), os.O_NOFOLLOW)
    return False
