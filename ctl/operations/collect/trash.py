"""What collections deleted lies in the trash for a while: brought back, or unlinked."""

from __future__ import annotations

from ctl.errors import CtlError
from ctl.operations.collect.record import Record
from ctl.operations.collect.run import PURPOSE, Wish, running
from ctl.operations.collect.storage_worker import StorageWorker
from ctl.operations.collect.target import Target, find_target
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Progress, Unfailing
from ctl.paths import Layout
from ctl.state.collection import Outcome
from ctl.storage.events import Emptied, Listed, Progressed, RunFound, Told, Undone


def bring_back(layout: Layout, progress: Progress, wish: Wish, run: str | None) -> Undone:
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
    runs: list[RunFound] = []

    def told(event: Told) -> None:
        if isinstance(event, RunFound):
            runs.append(event)
        elif isinstance(event, Progressed):
            progress.detail(f"{event.done:,} of {event.total:,}")

    with interruptible(), running(layout), StorageWorker(target.account, (), told) as worker:
        root = _root(target)
        worker.ask(Listed, do="runs", root=root)
        names = [listed.run for listed in runs if not listed.unlinking]
        if not names or (run is not None and run not in names):
            have = ", ".join(names) or "none"
            raise CtlError(
                f"there is no run {run} to undo" if run else "there is nothing to undo",
                help=f"runs that can be undone: {have}",
            )
        progress.step(f"bring back what {run or names[-1]} deleted")
        undone = worker.ask(Undone, do="undo", root=root, run=run or names[-1])
    record = Record(layout, f"{PURPOSE} --undo", silent=False, own=target.supervised)
    record.ends(Outcome.DONE, f"brought back what the run {undone.run} deleted")
    return undone


def empty(layout: Layout, progress: Progress, wish: Wish) -> Emptied:
    """Unlink what was deleted longer ago than it is kept.

    Raises:
        CtlError: the store cannot be reached, or the system refuses.
    """
    progress = Unfailing(progress)
    target = find_target(layout, wish.config)

    def told(event: Told) -> None:
        if isinstance(event, Progressed):
            progress.detail(f"{event.done:,} files, {event.bytes / 1e9:.1f} GB")

    with interruptible(), running(layout), StorageWorker(target.account, (), told) as worker:
        progress.step("empty the trash")
        return worker.ask(Emptied, do="empty-trash", root=_root(target), older_than=wish.keep_deleted)


def _root(target: Target) -> str:
    if target.root is None:
        raise CtlError(
            f"a store behind the driver {target.config.driver} has no trash of ctl's",
            help="what the registry's own program has deleted is freed at once, and cannot be brought back",
        )
    return str(target.root)


__all__ = ["Emptied", "Undone", "bring_back", "empty"]
