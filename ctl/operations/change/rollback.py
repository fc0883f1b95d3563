"""``ctl rollback``: the settings of an earlier generation, with the secrets of today."""

from __future__ import annotations

from ctl.apply import generation
from ctl.apply.lock import locked
from ctl.errors import CtlError
from ctl.operations.change.attempt import Run, attempt
from ctl.operations.change.request import Request, Result
from ctl.operations.compile.recorded import source_of
from ctl.paths import Layout


def rollback(request: Request, number: int | None) -> Result:
    """Put the settings of an earlier generation in force again, as a new generation.

    Args:
        request: as for a reconfigure; its settings file is not read.
        number: which; the one before the current when not given.

    Raises:
        CtlError: there is no such generation, or its settings cannot be put in force.
    """
    with locked(request.layout, "rollback"):
        target = _target(request.layout, number)
        with attempt(request, f"rollback {target}"):
            run = Run(request, f"rollback {target}")
            run.request.progress.step(f"read the settings of generation {target}")
            result = run.apply(source_of(request.layout, target), rolled_back=target)
        result.notes.append(
            f"{request.settings_file} was not changed; the next ctl reconfigure puts it in force again"
        )
        return result


def _target(layout: Layout, number: int | None) -> int:
    if number is not None:
        generation.load(layout, number)
        return number
    current = generation.current_number(layout)
    earlier = [
        candidate for candidate in generation.numbers(layout) if current is not None and candidate < current
    ]
    if not earlier:
        raise CtlError(
            "there is no earlier generation to go back to",
            help="every ctl reconfigure that changes something makes one more; change the settings file"
            " and run it",
        )
    return earlier[-1]
