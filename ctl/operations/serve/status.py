"""``ctl status`` and ``ctl service-list`` as scripts read them; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable

from ctl.checks import services
from ctl.checks.model import Probe
from ctl.checks.needs import Standing
from ctl.checks.runner import run
from ctl.operations.serve.selection import permitted, shown
from ctl.paths import STANDBY, Layout
from ctl.supervise import runsvdir
from ctl.supervise.directories import defined, enabled, spelled
from ctl.supervise.status import ServiceState, State, is_cut_off, log_process_of, process_of, status_line

HAS_ENDED = "runsvdir, which looks after the supervisors of the services, had ended"

# The highest sum that does not look like a signal to a shell.
HIGHEST_CODE = 125


def status_lines(layout: Layout, service: str | None) -> tuple[list[str], int, list[str]]:
    """Return gitlab-ctl's lines, one a service, its exit code, and remarks on what these do not tell.

    Raises:
        CtlError: the service is unknown or disabled, no service is there, or they belong to somebody else.
    """
    with permitted(layout):
        names = shown(layout, service)
        states = [process_of(layout, name) for name in names]
        lines = [
            spelled(status_line(state, log_process_of(layout, name)))
            for name, state in zip(names, states, strict=True)
        ]
        died = remark(layout)
        return (
            lines,
            summed(layout, states),
            [*([died] if died else []), *troubles(services.PROBES, Standing(layout, None, states))],
        )


def remark(layout: Layout) -> str | None:
    """Say that runsvdir was killed, which sv's lines do not tell; None when it was not."""
    return f"{HAS_ENDED}; ctl start starts it again" if runsvdir.has_died(layout) else None


def summed(layout: Layout, states: list[ServiceState]) -> int:
    """Return the exit code: what an init script would say of each service, added up, as gitlab-ctl does."""
    return min(sum(code_of(layout, state) for state in states), HIGHEST_CODE)


def code_of(layout: Layout, state: ServiceState) -> int:
    """Return what an init script would: 0 running, 3 down, 4 unknown.

    A registry that runs and cannot be reached is as good as down.
    """
    if state.state is State.RUN:
        return 3 if is_cut_off(layout, state) else 0
    return 4 if state.state is State.ABSENT else 3


def troubles(probes: Iterable[Probe[Standing]], standing: Standing) -> list[str]:
    """Return line by line what is wrong or due with services, and what helps."""
    return [line for checked in run(probes, standing) for line in checked.finding.evidence]


def service_list(layout: Layout) -> list[str]:
    """Return the names of all services, a star behind those that are enabled.

    The standby instance belongs to the registry, and is shown only while it serves.
    """
    with permitted(layout):
        on = enabled(layout)
        names = sorted({*defined(layout), *on})
        hidden = STANDBY in on and not process_of(layout, STANDBY).pid
        return [
            spelled(name) + ("*" if name in on else "")
            for name in names
            if name != STANDBY or (name in on and not hidden)
        ]
