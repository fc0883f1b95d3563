"""The store of a plan, proven before anything is put in force that would serve from it."""

from __future__ import annotations

from pathlib import Path

from ctl.checks.catalogue import stored as probes
from ctl.checks.model import Checked, first_error
from ctl.checks.needs import Stored
from ctl.checks.runner import run
from ctl.errors import CtlError
from ctl.facts.mounts import missing_mount
from ctl.operations.change.request import Request
from ctl.operations.compile.prepare import Prepared
from ctl.operations.serve.serving import demands_read_only
from ctl.state import proven, readonly

LATER = "the next ctl reconfigure proves it"


def prove(request: Request, prepared: Prepared, *, switched: bool = False) -> list[Checked] | None:
    """Try the store of a plan where it, its credentials or its registry are not those that were proven last.

    Args:
        request: of the run.
        prepared: what is about to be put in force.
        switched: whether the files are in force by now, and all that was missing is made.

    Returns:
        What was found; None where the directory has yet to be made: ask again when it is.

    Raises:
        CtlError: the store does not work; names the setting and the remedy.
    """
    registry = prepared.plan.registry
    if registry is None:
        return []
    if not request.store_proof:
        proven.leave_out(request.layout)
        return []
    directory = registry.storage.directory
    if directory and not switched and not Path(directory).exists() and not missing_mount(Path(directory)):
        return None
    read_only = readonly.in_force(request.layout) is not None or demands_read_only(prepared.source.settings)
    stored = Stored(request.runner, registry, read_only, prepared.source.places)
    stamp = proven.stamp_of(_depends_on(stored))
    if proven.is_proven(request.layout, stamp):
        return []
    request.progress.step("prove the store")
    results = run(probes(), stored)
    wrong = first_error(results)
    if wrong is not None:
        place = f"{wrong.finding.place}: " if wrong.finding.place else ""
        raise CtlError(
            f"{place}{wrong.finding.message}" + ("" if switched else "; nothing has been changed"),
            help="\n".join(
                [
                    *([wrong.finding.help] if wrong.finding.help else []),
                    "a store that comes up later: ctl reconfigure --no-store-proof",
                ]
            ),
        )
    proven.record(request.layout, stamp)
    return results


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
