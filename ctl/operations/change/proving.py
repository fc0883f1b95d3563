"""The store of a plan, tried where it is new, and compared with the one in force."""

from __future__ import annotations

import secrets
from pathlib import Path

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
from ctl.state import proven
from ctl.storage.backends.place import place_of


def settle_anew(
    request: Request, prepared: Prepared, previous: Staged | None, stored: Stored, stamp: str
) -> tuple[StoreMark, list[Checked], tuple[str, ...]]:
    """Try a store; return which it is, what was tried, and what is to be known of it.

    See `ctl.operations.change.store.settle`.

    Args:
        request: of the run.
        prepared: what is about to be put in force.
        previous: the generation in force.
        stored: the store.
        stamp: what stands for it.
    """
    storage = stored.registry.storage
    place, directory = place_of(storage.driver, storage.parameters), storage.directory
    before = moved.in_force(request.layout, previous, stored)
    known = before.mark if before is not None and before.mark.place == place else None
    is_there = directory is None or Path(directory).exists()
    if directory and missing_mount(Path(directory)):
        # Nothing is made below the place of a disk, and nothing there is the store.
        _tried(request, stored)
    if not request.store_proof:
        if known is None:
            moved.refuse_silence(request, before, place, stored)
        proven.leave_out(request.layout)
        return known or StoreMark(place, None), [], ()
    checked = _tried(request, stored) if is_there and not proven.has_stamp(request.layout, stamp) else []
    own, note = moved.check(request, before, stored, place, is_there=is_there)
    if not is_there:
        data = [entry for entry in prepared.rendered.directories if entry.data]
        record_places(request.layout, data, ())
        make_directories(request.layout, data)
        checked = _tried(request, stored)
    if not own and not stored.read_only:
        own = moved.identified(stored, secrets.token_hex(16), adopt=True).id
    proven.record(request.layout, stamp, own, directory)
    return StoreMark(place, own or None), checked, (note,) if note else ()


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
