"""The ports that services are about to listen on: found taken before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.errors import CtlError
from ctl.operations import takeover
from ctl.operations.reconfigure import Request
from ctl.plan.model import Plan
from ctl.settings.types import split_host_port
from ctl.supervise.ports import Holder, holders, ours


def addresses(plan: Plan) -> Iterator[tuple[str, int]]:
    """Yield every address and port that a plan's services listen on."""
    if plan.registry:
        for address in (plan.registry.http_addr, plan.registry.debug_addr):
            if address:
                host, port = split_host_port(address)
                yield host or "0.0.0.0", port  # noqa: S104 - what an empty host means to the registry
    if plan.vhost:
        redirect = plan.vhost.redirect.listen if plan.vhost.redirect else ()
        for words in (*plan.vhost.listen, *redirect):
            host, _, port_text = words.split()[0].rpartition(":")
            yield "0.0.0.0" if host == "*" else host, int(port_text)  # noqa: S104 - what * means to nginx


def check(request: Request, plan: Plan) -> None:
    """Make sure that nobody else listens where our services will.

    Raises:
        CtlError: a port is taken; names who holds it and what to do.
    """
    strangers = _strangers(request, plan)
    if strangers and request.take_over:
        takeover.take_over(request.layout, request.runner, strangers, request.progress)
        strangers = _strangers(request, plan)
    if strangers:
        raise _taken(strangers)


def _strangers(request: Request, plan: Plan) -> list[Holder]:
    found = holders(addresses(plan))
    return [one for one in found if one.pid is None or not ours(request.layout, one.pid)]


def _taken(strangers: list[Holder]) -> CtlError:
    lines = [f"port {one.port} is held by {one.described}" for one in strangers]
    debian = {unit for one in strangers if (unit := takeover.debian_unit(one))}
    units = sorted({one.unit for one in strangers if one.unit})
    if debian:
        names = ", ".join(sorted(debian))
        help_text = (
            f"let ctl disable Debian's own {names}, where it serves nothing else: ctl reconfigure --take-over"
        )
    elif units:
        stop = f"systemctl disable --now {' '.join(units)}"
        help_text = f"choose another port, or, where nobody needs what holds it, stop that: {stop}"
    else:
        help_text = "stop that process, or choose another port"
    return CtlError("; ".join(lines) + "; nothing has been changed", help=help_text)
