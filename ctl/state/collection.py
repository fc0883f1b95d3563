"""How the last collection of this machine's registry ended, for who asks later."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from ctl.paths import Layout
from ctl.state.files import read_optional, write_atomically


class Outcome(StrEnum):
    """How a collection ended, or that it has not."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Collected:
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
    write_atomically(_path(layout), json.dumps(asdict(last)).encode(), 0o600)


def read(layout: Layout) -> Collected | None:
    """Return how the last collection ended; None when there was none.

    One that noted its beginning and is not there any more has failed.
    """
    content = read_optional(_path(layout))
    try:
        values = json.loads(content) if content is not None else None
        last = Collected(**{**values, "outcome": Outcome(values["outcome"])}) if values else None
    except (KeyError, TypeError, ValueError):
        return None
    if last is not None and last.outcome is Outcome.RUNNING and not _at_work(layout):
        again = "nothing live is lost, and the next run goes on: ctl registry-garbage-collect"
        return replace(last, outcome=Outcome.FAILED, message=_VANISHED, help=again)
    return last


def _path(layout: Layout) -> Path:
    return layout.state / "last-collection.json"


def _at_work(layout: Layout) -> bool:
    with contextlib.suppress(OSError):
        descriptor = os.open(lock_path(layout), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            # Shared and for a moment: whoever wants to begin waits longer than that.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
