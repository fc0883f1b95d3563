"""The store of a plan: proven, and known to be the one in force, before anything serves from it.

A run that changes nothing of the store asks no worker, so nothing of `ctl.storage` is imported here.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ctl.apply.generation import Staged
from ctl.apply.manifest import StoreMark
from ctl.checks.model import Checked
from ctl.checks.needs import Stored
from ctl.facts.mounts import missing_mount
from ctl.operations.change.request import Request
from ctl.operations.compile.prepare import Prepared
from ctl.state import proven, readonly

LATER = "the next ctl reconfigure proves it"


class Known(Struct, frozen=True):
    """What is known of the store of a plan.

    Args:
        mark: which it is; None where the plan has no registry.
        checked: what was tried, and found well.
        notes: what the administrator should know of.
    """

    mark: StoreMark | None
    checked: list[Checked]
    notes: tuple[str, ...] = ()


def settle(request: Request, prepared: Prepared, previous: Staged | None) -> Known:
    """Try the store of a plan, and make sure that nobody's images move silently.

    It is tried where it, its credentials or its registry are not those that were proven last. A directory of
    images that is missing is made.

    Args:
        request: of the run.
        prepared: what is about to be put in force.
        previous: the generation in force; None where there is none that is whole.

    Raises:
        CtlError: the store does not work, or is another one than that in force, which holds images.
    """
    registry = prepared.plan.registry
    if registry is None:
        return Known(None, [])
    read_only = readonly.in_force(request.layout) is not None or registry.storage.refuses_writes
    stored = Stored(request.runner, registry, read_only, prepared.source.places)
    stamp = proven.stamp_of(_depends_on(stored))
    mark = previous.manifest.store if previous else None
    if mark is not None and mark.id is not None and _is_known(request, stored, stamp, mark.id):
        return Known(mark, [])
    from ctl.operations.change.proving import settle_anew

    return Known(*settle_anew(request, prepared, previous, stored, stamp))


def _is_known(request: Request, stored: Stored, stamp: str, own: str) -> bool:
    """Whether a store is the one in force and was proven, as far as a look from outside tells."""
    directory = stored.registry.storage.directory
    if directory is not None and missing_mount(Path(directory)):
        return False
    return proven.is_proven(request.layout, stamp, own, directory)


def _depends_on(stored: Stored) -> object:
    registry = stored.registry
    return [
        registry.storage.driver,
        registry.storage.parameters,
        registry.environment,
        registry.stamp,
        registry.account.user,
        stored.read_only,
    ]
