"""Services that nobody looks after or reaches; every status asks this, so nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Standing
from ctl.state import proven
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


def check_store_proven(standing: Standing) -> Finding | None:
    """Say that a run was told to put a store in force without trying it."""
    if not proven.is_owed(standing.layout):
        return None
    text = "the store was not proven (--no-store-proof): ctl reconfigure proves it"
    return Finding(Outcome.WARNING, text, evidence=(text,))


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
    Probe(
        name="store-proven",
        area=Area.STORE,
        title="the proof of the store",
        matters="a store that does not work is found out by a client",
        needs=Standing,
        run=check_store_proven,
    ),
)
