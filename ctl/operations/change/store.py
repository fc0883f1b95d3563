"""The store of a plan: proven, and known to be the one in force, before anything serves from it."""

from __future__ import annotations

import secrets
from pathlib import Path

from msgspec import Struct

from ctl.apply.directories import make_directories
from ctl.apply.generation import Staged
from ctl.apply.made import record_places
from ctl.apply.manifest import StoreMark
from ctl.checks.catalogue import stored as probes
from ctl.checks.model import Checked, first_error
from ctl.checks.needs import Stored
from ctl.checks.runner import run
from ctl.errors import CtlError
from ctl.facts.mounts import missing_mount
from ctl.operations.change import moved
from ctl.operations.change.request import Request
from ctl.operations.compile.prepare import Prepared
from ctl.operations.serve.serving import demands_read_only
from ctl.state import proven, readonly
from ctl.storage.backends.place import place_of

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
    read_only = readonly.in_force(request.layout) is not None or demands_read_only(prepared.source.settings)
    stored = Stored(request.runner, registry, read_only, prepared.source.places)
    place = place_of(registry.storage.driver, registry.storage.parameters)
    before = moved.in_force(request.layout, previous, stored)
    directory = registry.storage.directory
    is_there = directory is None or Path(directory).exists()
    stamp = proven.stamp_of(_depends_on(stored))
    if directory and missing_mount(Path(directory)):
        # Nothing is made below the place of a disk, and nothing there is the store.
        _tried(request, stored)
    known = before.mark if before is not None and before.mark.place == place else None
    if known and known.id and is_there and proven.is_proven(request.layout, stamp, known.id, directory):
        return Known(known, [])
    if not request.store_proof:
        if known is None:
            moved.refuse_silence(request, before, place, None)
        proven.leave_out(request.layout)
        return Known(known or StoreMark(place, None), [])
    checked = _tried(request, stored) if is_there and not proven.has_stamp(request.layout, stamp) else []
    own, note = moved.check(request, before, stored, place, is_there=is_there)
    if not is_there:
        data = [entry for entry in prepared.rendered.directories if entry.data]
        record_places(request.layout, data, ())
        make_directories(request.layout, data)
        checked = _tried(request, stored)
    if not own and not read_only:
        own = moved.identified(stored, secrets.token_hex(16), adopt=True).id
    proven.record(request.layout, stamp, own, directory)
    return Known(StoreMark(place, own or None), checked, (note,) if note else ())


def _tried(request: Request, stored: Stored) -> list[Checked]:
    """Ask every probe of the store.

    Raises:
        CtlError: it does not work; names the setting and the remedy.
    """
    request.progress.step("prove the store")
    results = run(probes(), stored)
    wrong = first_error(results)
    if wrong is None:
        return results
    place = f"{wrong.finding.place}: " if wrong.finding.place else ""
    later = "a store that comes up later: ctl reconfigure --no-store-proof"
    raise CtlError(
        f"{place}{wrong.finding.message}; nothing has been changed",
        help="\n".join(text for text in (wrong.finding.help, later) if text),
    )


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
