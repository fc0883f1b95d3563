"""A registry that serves, proven; what is not as planned is an error, with the log that tells why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from ctl.checks import hops
from ctl.checks.catalogue import proving
from ctl.checks.model import Checked, first_error
from ctl.checks.runner import run
from ctl.checks.served import Served, served
from ctl.errors import CtlError
from ctl.operations.serve.exchange import evidence, nothing
from ctl.paths import Layout
from ctl.plan.model import Plan
from ctl.registry.client import Client
from ctl.state import proven


def proof(layout: Layout, plan: Plan, *, whole: bool = True) -> list[Checked]:
    """Try every hop to what a plan promises.

    Args:
        layout: whose services.
        plan: what shall be.
        whole: whether anything was done to what serves, or to its store.

    Raises:
        CtlError: a hop contradicts.
    """
    probes = proving(whole=whole, store=not proven.is_owed(layout))
    results = run(probes, served(layout, plan, uuid.uuid4().hex))
    _judge(layout, results)
    return results


def instance_proof(layout: Layout, plan: Plan) -> Callable[[str, Client], None]:
    """Return what makes sure that an instance is what a plan says, before clients get to it.

    It is given the instance's service and a client for it, and raises CtlError.
    """
    promised = served(layout, plan, uuid.uuid4().hex, None)
    if promised is None:
        return nothing

    def prove(service: str, client: Client) -> None:
        _judge(layout, run(hops.INSTANCE, replace(promised, instance=client)), service)

    return prove


def use_proof(reached: Served, *, read_only: bool) -> list[Checked]:
    """Try on its users' way whether a registry takes or refuses pushes, and answers pulls.

    Raises:
        CtlError: it is otherwise.
    """
    results = run(hops.USE, hops.Used(reached, read_only))
    wrong = first_error(results)
    if wrong is not None:
        raise CtlError(
            f"{wrong.name}: {wrong.finding.message}",
            help="ctl tail -n 50 --no-follow shows what the services say",
        )
    return results


def _judge(layout: Layout, results: Sequence[Checked], service: str | None = None) -> None:
    """Raise the first contradiction with its remedy, or with the end of the log of whom it concerns."""
    wrong = first_error(results)
    if wrong is None:
        return
    message, named = f"{wrong.name}: {wrong.finding.message}", service or wrong.probe.service
    if wrong.finding.help:
        raise CtlError(message, help=wrong.finding.help)
    raise CtlError(
        message,
        detail=evidence(layout, named),
        help=f"ctl tail {named} -n 50 --no-follow shows more of its log",
    )
