"""What a running service still has to do."""

from __future__ import annotations

from collections.abc import Sequence

from ctl.apply.generation import Staged
from ctl.apply.touched import Edit
from ctl.operations.serve.due import Dues, dues
from ctl.operations.serve.hand_edits import owing
from ctl.paths import Layout
from ctl.state.fingerprint import Due
from ctl.supervise.status import ServiceState


def asked_of_services(layout: Layout, current: Staged | None, edits: Sequence[Edit]) -> Dues:
    """Return what the generation in force, and what was done to it by hand, ask of services."""
    if current is None:
        return dues(layout, {})
    return dues(layout, current.manifest.services, owing(layout, current, edits))


def service_pending(asked: Dues, state: ServiceState) -> str | None:
    """Return what a running service still has to do: ``restart``, ``reload``; None for nothing.

    Args:
        asked: as `asked_of_services` returned it.
        state: of its process.
    """
    due = asked.due(state)
    return str(due) if due in (Due.RELOAD, Due.RESTART) else None
