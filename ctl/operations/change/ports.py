"""The ports that services are about to listen on: found taken before anything is changed."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from ctl.errors import CtlError
from ctl.operations.change import takeover
from ctl.operations.change.request import Request
from ctl.plan.model import Plan
from ctl.settings.model import Settings
from ctl.settings.types import split_host_port
from ctl.supervise.ports import Holder, holders, ours

_NO_IPV6 = "name an IPv4 address, or switch IPv6 on"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service is about to listen, and the settings that say so.

    Args:
        host: an address, in brackets where it is one of IPv6, or a name.
        port: the port.
        named_by: the setting that decides on the port.
        host_named_by: the setting that decides on the host.
    """

    host: str
    port: int
    named_by: str
    host_named_by: str


def addresses(plan: Plan, settings: Settings) -> Iterator[Address]:
    """Yield every address and port that a plan's services listen on."""
    if plan.registry:
        for address, setting in (
            (plan.registry.http_addr, "registry['registry_http_addr']"),
            (plan.registry.debug_addr, "registry['debug_addr']"),
        ):
            if address:
                host, port = split_host_port(address)
                # What an empty host means to the registry.
                yield Address(host or "0.0.0.0", port, setting, setting)  # noqa: S104
    if plan.vhost:
        main = (
            "registry['nginx']['listen_port']"
            if settings.registry.nginx.listen_port
            else "registry_external_url"
        )
        redirect = plan.vhost.redirect.listen if plan.vhost.redirect else ()
        for listen, setting in (
            (plan.vhost.listen, main),
            (redirect, "registry['nginx']['redirect_http_to_https_port']"),
        ):
            for words in listen:
                host, _, port_text = words.split()[0].rpartition(":")
                host = "0.0.0.0" if host == "*" else host  # noqa: S104 - what * means to nginx
                yield Address(host, int(port_text), setting, "registry['nginx']['listen_addresses']")


def check(request: Request, plan: Plan, settings: Settings) -> None:
    """Make sure that services can listen where they will: the address is here, and nobody else has the port.

    Raises:
        CtlError: an address is not this machine's, or a port is taken; names the setting, who holds the
            port and what to do.
    """
    wanted = list(addresses(plan, settings))
    _here(wanted)
    strangers = _strangers(request, wanted)
    if strangers and request.take_over:
        takeover.take_over(request.layout, request.runner, strangers, request.progress)
        strangers = _strangers(request, wanted)
    if strangers:
        raise _taken(strangers, wanted)


def _here(wanted: list[Address]) -> None:
    for one in wanted:
        found = _absent(one.host.strip("[]"))
        if found is not None:
            raise CtlError(
                f"{one.host_named_by}: {one.host} cannot be used: {found}; nothing has been changed",
                help=_NO_IPV6 if ":" in one.host else "name an address of this machine",
            )


def _absent(host: str) -> str | None:
    """Try to listen, on a port that the kernel chooses, and tell why the address does not allow it."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        return None
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.bind((host, 0))
    except OSError as error:
        missing = error.errno == errno.EADDRNOTAVAIL
        if error.errno == errno.EAFNOSUPPORT or (missing and host in ("::", "::1")):
            return "this machine has no IPv6"
        return "no interface has this address" if missing else None
    return None


def _strangers(request: Request, wanted: list[Address]) -> list[Holder]:
    found = holders((one.host, one.port) for one in wanted)
    return [one for one in found if one.pid is None or not ours(request.layout, one.pid)]


def _taken(strangers: list[Holder], wanted: list[Address]) -> CtlError:
    lines = [
        f"port {one.port} is held by {one.described}, and wanted by {_wanting(one.port, wanted)}"
        for one in strangers
    ]
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


def _wanting(port: int, wanted: list[Address]) -> str:
    return " and ".join(dict.fromkeys(one.named_by for one in wanted if one.port == port))
