"""What collections deleted lies in the trash for a while: brought back, or unlinked."""

from __future__ import annotations

from typing import Any

from ctl.errors import CtlError
from ctl.operations.collect.record import Record
from ctl.operations.collect.run import PURPOSE, Wish, running
from ctl.operations.collect.storage_worker import Event, StorageWorker
from ctl.operations.collect.target import Target, find_target
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Progress, Unfailing
from ctl.paths import Layout
from ctl.state.collection import Outcome


def bring_back(layout: Layout, progress: Progress, wish: Wish, run: str | None) -> dict[str, Any]:
    """Bring back what a run deleted; the registry goes on serving meanwhile.

    Args:
        layout: of this installation.
        progress: told of every step.
        wish: names the store.
        run: which; the last one when not given.

    Raises:
        CtlError: there is no such run, or it was unlinked already.
    """
    progress = Unfailing(progress)
    target = find_target(layout, wish.config)
    runs: list[Event] = []

    def told(event: Event) -> None:
        if event["event"] == "run":
            runs.append(event)
        elif event["event"] == "progress":
            progress.detail(f"{event['done']:,} of {event['total']:,}")

    with interruptible(), running(layout), StorageWorker(target.account, (), told) as worker:
        root = _root(target)
        worker.ask(do="runs", root=root)
        names = [str(one["run"]) for one in runs if not one["unlinking"]]
        if not names or (run is not None and run not in names):
            have = ", ".join(names) or "none"
            raise CtlError(
                f"there is no run {run} to undo" if run else "there is nothing to undo",
                help=f"runs that can be undone: {have}",
            )
        progress.step(f"bring back what {run or names[-1]} deleted")
        undone = worker.ask(do="undo", root=root, run=run or names[-1])
    record = Record(layout, f"{PURPOSE} --undo", silent=False, own=target.supervised)
    record.ends(Outcome.DONE, f"brought back what the run {undone['run']} deleted")
    return {name: value for name, value in undone.items() if name != "event"}


def empty(layout: Layout, progress: Progress, wish: Wish) -> dict[str, Any]:
    """Unlink what was deleted longer ago than it is kept.

    Raises:
        CtlError: the store cannot be reached, or the system refuses.
    """
    progress = Unfailing(progress)
    target = find_target(layout, wish.config)

    def told(event: Event) -> None:
        if event["event"] == "progress":
            progress.detail(f"{event['done']:,} files, {event['bytes'] / 1e9:.1f} GB")

    with interruptible(), running(layout), StorageWorker(target.account, (), told) as worker:
        progress.step("empty the trash")
        found = worker.ask(do="empty-trash", root=_root(target), older_than=wish.keep_deleted)
    return {name: value for name, value in found.items() if name != "event"}


def _root(target: Target) -> str:
    if target.root is None:
        raise CtlError(
            f"a store behind the driver {target.config.driver} has no trash of ctl's",
            help="what the registry's own program has deleted is freed at once, and cannot be brought back",
        )
    return str(target.root)
