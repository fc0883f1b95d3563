"""The ports that services are about to listen on: found taken before anything is changed."""

from __future__ import annotations

from ctl.checks.catalogue import planned as probes
from ctl.checks.model import Checked, first_error
from ctl.checks.needs import Planned
from ctl.checks.ports import strangers
from ctl.checks.runner import run
from ctl.errors import CtlError
from ctl.operations.change import takeover
from ctl.operations.change.request import Request
from ctl.plan.model import Plan
from ctl.settings.model import Settings


def check(request: Request, plan: Plan, settings: Settings) -> None:
    """Make sure that services can listen where they will: the address is here, and nobody else has the port.

    Raises:
        CtlError: an address is not this machine's, or a port is taken; names the setting, who holds the
            port and what to do.
    """
    planned = Planned(request.layout, plan, settings)
    wrong = _wrong(planned)
    if wrong is not None and wrong.probe.name == "ports-free" and request.take_over:
        takeover.take_over(request.layout, request.runner, strangers(planned), request.progress)
        wrong = _wrong(planned)
    if wrong is not None:
        raise CtlError(f"{wrong.finding.message}; nothing has been changed", help=wrong.finding.help)


def _wrong(planned: Planned) -> Checked | None:
    return first_error(run(probes(), planned))
