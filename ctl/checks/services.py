"""Services that nobody looks after or reaches; every status asks this, so nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Standing
from ctl.supervise.directories import spelled
from ctl.supervise.status import State, is_cut_off


def check_supervised(standing: Standing) -> Finding | None:
    """Say of every service that nobody supervises that it is so, and what helps."""
    return _summed_up(
        standing,
        (
            f"nobody supervises {spelled(state.name)}: ctl start {spelled(state.name)} ends that"
            for state in standing.states
            if state.state is State.ABSENT
        ),
        "every service is supervised",
    )


def check_reached(standing: Standing) -> Finding | None:
    """Say of every service that runs without the socket that leads to it that it is so, and what helps."""
    return _summed_up(
        standing,
        (
            f"{spelled(state.name)} runs, but its socket {standing.layout.instance_socket(state.name)} is"
            " gone, so nobody reaches it: ctl reconfigure brings it back"
            for state in standing.states
            if is_cut_off(standing.layout, state)
        ),
        "every service that runs has its socket",
    )


def _summed_up(standing: Standing, wrong: Iterator[str], well: str) -> Finding | None:
    lines = tuple(wrong)
    if not standing.states:
        return None
    return Finding(Outcome.ERROR, "; ".join(lines), evidence=lines) if lines else Finding(Outcome.OK, well)


PROBES = (
    Probe(
        name="supervised",
        area=Area.SERVICES,
        title="the supervisors of the services",
        matters="a service that nobody supervises is not started again when it ends",
        needs=Standing,
        run=check_supervised,
    ),
    Probe(
        name="reached",
        area=Area.SERVICES,
        title="the sockets of the services",
        matters="nginx reaches the registry by its socket alone",
        needs=Standing,
        run=check_reached,
    ),
)
