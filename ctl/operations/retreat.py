"""Going back when what was switched to does not work: the generation before, or nothing after a first run."""

from __future__ import annotations

from ctl.apply import generation, recovery
from ctl.apply.generation import Staged
from ctl.apply.links import make_links, remove_links
from ctl.errors import CtlError, reason
from ctl.operations.reconfigure import Request
from ctl.operations.services import converge
from ctl.supervise import runsvdir

STOP_SECONDS = 30


def go_back(request: Request, staged: Staged, previous: Staged | None, wait: float) -> str:
    """Undo a switch, as far as that is possible, and say what came of it.

    Args:
        request: of the run that failed.
        staged: the generation that was switched to.
        previous: the one that was in force before.
        wait: seconds that a service may take to stop.
    """
    try:
        if previous is None:
            return _to_nothing(request, staged)
        if previous.number == staged.number:
            return "the settings in force are the same, so there is nothing to go back to"
        _to(request, staged, previous, wait)
    except CtlError as second:
        return f"going back failed as well: {second.message}"
    except OSError as second:
        return f"going back failed as well: {second.filename}: {reason(second)}"
    return f"generation {previous.number} is in force again"


def _to(request: Request, staged: Staged, previous: Staged, wait: float) -> None:
    request.progress.step(f"go back to generation {previous.number}")
    generation.switch(request.layout, previous.number)
    try:
        make_links(request.layout, previous.links)
        remove_links(request.layout, staged.links, keep=previous.links)
    finally:
        # A link that cannot be made is no reason to leave services with the settings that failed.
        converge(request.layout, request.runner, previous, wait, request.progress)


def _to_nothing(request: Request, staged: Staged) -> str:
    layout = request.layout
    if recovery.earlier(layout, staged.number):
        # The one in force before was damaged, so its services are better left running.
        return "what was in force before is damaged, so there is nothing to go back to"
    request.progress.step("stop what was started")
    runsvdir.stop(layout, request.runner, timeout=STOP_SECONDS)
    for name in staged.fingerprints:
        (layout.services / name).unlink(missing_ok=True)
    generation.unset(layout)
    remove_links(layout, staged.links, keep=())
    generation.discard(staged)
    return "what this first run had started is stopped again"
