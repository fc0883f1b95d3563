"""Going back when what was switched to does not work: the generation before, or nothing after a first run."""

from __future__ import annotations

from msgspec.structs import replace

from ctl.apply import generation, recovery
from ctl.apply.generation import Staged
from ctl.apply.links import make_links, remove_links
from ctl.apply.touched import remember_links
from ctl.errors import CtlError, reason
from ctl.operations.serve.exchange import nothing
from ctl.operations.serve.services import Convergence, converge
from ctl.supervise import runsvdir

STOP_SECONDS = 30


def go_back(about: Convergence, staged: Staged, previous: Staged | None) -> str:
    """Undo a switch, as far as that is possible, and say what came of it.

    Args:
        about: whose services, and what the run that failed knows of them.
        staged: the generation that was switched to.
        previous: the one that was in force before.
    """
    try:
        if previous is None:
            return _to_nothing(about, staged)
        if previous.number == staged.number:
            return "the settings in force are the same, so there is nothing to go back to"
        _to(about, staged, previous)
    except CtlError as second:
        return f"going back failed as well: {second.message}"
    except OSError as second:
        return f"going back failed as well: {second.filename}: {reason(second)}"
    return f"generation {previous.number} is in force again"


def _to(about: Convergence, staged: Staged, previous: Staged) -> None:
    about.progress.step(f"go back to generation {previous.number}")
    generation.switch(about.layout, previous.number)
    try:
        make_links(about.layout, previous.manifest.links)
        remove_links(about.layout, staged.manifest.links, keep=previous.manifest.links)
        remember_links(about.layout, previous.manifest.links)
    finally:
        # A link that cannot be made is no reason to leave services with the settings that failed.
        converge(replace(about, prove=nothing), previous)


def _to_nothing(about: Convergence, staged: Staged) -> str:
    layout = about.layout
    if recovery.earlier(layout, staged.number):
        # The generation in force before was damaged, so its services are better left running.
        return "what was in force before is damaged, so there is nothing to go back to"
    about.progress.step("stop what was started")
    runsvdir.stop(layout, about.runner, timeout=STOP_SECONDS)
    for name in staged.manifest.services:
        (layout.services / name).unlink(missing_ok=True)
    layout.active_socket.unlink(missing_ok=True)
    generation.unset(layout)
    remove_links(layout, staged.manifest.links, keep=())
    generation.discard(layout, staged.number)
    return "what this first run had started is stopped again"
