"""``ctl registry-usage``: what every repository takes, and what a collection would free."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from ctl.errors import CtlError
from ctl.operations.collect.storage_worker import StorageWorker
from ctl.operations.collect.target import find_target
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Progress, Unfailing
from ctl.paths import Layout
from ctl.storage.events import Progressed, Told, Usage, Used

_ORDERS = {
    "tags": "tags",
    "manifests": "manifests",
    "bytes": "bytes",
    "exclusive": "exclusive_bytes",
    "reclaimable": "reclaimable_untagged_bytes",
}


class Measured(Struct, frozen=True):
    """What a store takes.

    Args:
        rows: one a repository or a group.
        totals: of the whole store, in which every blob counts once.
    """

    rows: list[Usage]
    totals: Used


def measure(layout: Layout, progress: Progress, config: Path | None, by: str, order: str) -> Measured:
    """Measure a store; nothing is touched, and nobody has to stop for it.

    Args:
        layout: of this installation.
        progress: told of every step.
        config: a registry's configuration; None for the registry that ctl runs here.
        by: ``repository`` or ``group``: of a name of three parts there are two, one in the other.
        order: ``name``, or what the greatest of comes first.

    Raises:
        CtlError: there is no such store, or it cannot be read.
    """
    progress = Unfailing(progress)
    target = find_target(layout, config)
    if target.root is None:
        raise CtlError(f"a store behind the driver {target.config.driver} cannot be measured")
    rows: list[Usage] = []

    def told(event: Told) -> None:
        if isinstance(event, Usage):
            rows.append(event)
        elif isinstance(event, Progressed):
            progress.detail(f"{event.phase}: {event.done:,}")

    with interruptible(), StorageWorker(target.account, (), told) as worker:
        progress.step("read the store")
        used = worker.ask(
            Used,
            do="usage",
            root=str(target.root),
            places=list(target.places),
            cache=str(target.cache) if target.cache else None,
            grouped=by == "group",
        )
    rows.sort(key=lambda row: row.repository)
    if order in _ORDERS:
        rows.sort(key=attrgetter(_ORDERS[order]), reverse=True)
    return Measured(rows, used)
