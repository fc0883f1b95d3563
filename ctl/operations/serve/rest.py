"""How everything temporary ends: the one list of steps, run by who began it and by who finds that he died."""

from __future__ import annotations

from collections.abc import Callable

from ctl.apply import recovery
from ctl.operations.progress import Progress
from ctl.operations.serve.condition import renewal_due
from ctl.operations.serve.exchange import Exchange, drain_of
from ctl.operations.serve.serving import Registry
from ctl.paths import REGISTRY, Layout
from ctl.process import Runner
from ctl.state import guard
from ctl.supervise.status import process_of


def come_to_rest(
    layout: Layout, runner: Runner, progress: Progress, switched: Callable[[], None] | None = None
) -> None:
    """Let the registry's own process serve, alone and in the form that is wanted, and take the mark away.

    The order is that of urgency: first what answers requests, which needs no settings; then the form, which
    needs them; then the mark, without which nobody would come back; last what only takes up room.

    Args:
        layout: whose registry; the caller holds the main lock, and has ended the lease if there was one.
        runner: runs programs.
        progress: told of every step.
        switched: called as soon as new requests go to a process of the form that is wanted.

    Raises:
        CtlError: the registry does not come up, or not in that form; then the guard tries again.
    """
    Exchange(layout, drain_of(layout), progress).come_home()
    # A registry that is down finds everything in its place when somebody starts it.
    if process_of(layout, REGISTRY).is_up and renewal_due(layout, REGISTRY):
        Registry(layout, runner, progress).bring_surely(switched)
    else:
        guard.end_exchange(layout)
    recovery.clear_names(layout)
