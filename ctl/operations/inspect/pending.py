"""What a running service still has to do."""

from __future__ import annotations

from collections.abc import Mapping

from ctl.apply import touched
from ctl.apply.fingerprint import Due, due
from ctl.apply.generation import Staged
from ctl.operations.serve.condition import renewal_due
from ctl.operations.serve.hand_edits import dues
from ctl.paths import STANDBY, Layout
from ctl.state import running
from ctl.supervise.status import ServiceState


def services_due(layout: Layout, current: Staged | None) -> dict[str, Due]:
    """Return what services need whatever they noted at their start, because of edits by hand."""
    return dues(layout, current, touched.edits(layout, current)) if current else {}


def service_pending(
    layout: Layout, state: ServiceState, current: Staged | None, owed: Mapping[str, Due]
) -> str | None:
    """Return what a running service still has to do: ``restart``, ``reload``; None for nothing.

    Args:
        layout: whose service.
        state: of its process.
        current: the generation in force.
        owed: as `services_due` returned it.
    """
    wanted = current.fingerprints.get(state.name) if current else None
    if wanted is None or not state.is_up or state.name == STANDBY:
        return None
    what = due(running.read(layout, state.name), wanted, owed.get(state.name, Due.NOTHING))
    if renewal_due(layout, state.name):
        what = Due.RESTART
    return str(what) or None
