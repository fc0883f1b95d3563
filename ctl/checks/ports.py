"""The addresses that services are about to listen on: are they this machine's, are their ports free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from msgspec import Struct

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Planned
from ctl.plan.address import ListenAddress
from ctl.plan.model import Plan
from ctl.settings.model import Settings
from ctl.supervise import ports
from ctl.supervise.ports import Holder, debian_unit

_NO_IPV6 = "name an IPv4 address, or switch IPv6 on"


class Address(Struct, frozen=True):
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
                yield _address(address, setting, setting)
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
            for address in listen:
                yield _address(address, setting, "registry['nginx']['listen_addresses']")


def _address(listen: ListenAddress, named_by: str, host_named_by: str) -> Address:
    # What * means to nginx, and an empty host to the registry.
    host = "0.0.0.0" if listen.everywhere and not listen.ipv6 else listen.url_host  # noqa: S104
    return Address(host, listen.port, named_by, host_named_by)


def check_addresses(planned: Planned) -> Finding:
    """Find the first address that this machine does not have."""
    wanted = list(addresses(planned.plan, planned.settings))
    for address in wanted:
        absent = _absent(address.host.strip("[]"))
        if absent is not None:
            return Finding(
                Outcome.ERROR,
                f"{address.host_named_by}: {address.host} cannot be used: {absent}",
                _NO_IPV6 if ":" in address.host else "name an address of this machine",
            )
    return Finding(Outcome.OK, f"this machine has {_listed(address.host for address in wanted)}")


def _absent(host: str) -> str | None:
    """Try to listen, on a port that the kernel chooses, and tell why the address does not allow it."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        return None
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind((host, 0))
    except OSError as error:
        missing = error.errno == errno.EADDRNOTAVAIL
        if error.errno == errno.EAFNOSUPPORT or (missing and host in ("::", "::1")):
            return "this machine has no IPv6"
        return "no interface has this address" if missing else None
    return None


def strangers(planned: Planned) -> list[Holder]:
    """Return who else holds ports that the services of a plan want."""
    wanted = [(address.host, address.port) for address in addresses(planned.plan, planned.settings)]
    first = ports.strangers(planned.layout, wanted)
    # Who ends, or has only begun to listen, while we look is nobody's at that moment.
    return [holder for holder in ports.strangers(planned.layout, wanted) if holder in first] if first else []


def check_free(planned: Planned) -> Finding:
    """Find who else holds ports that services want."""
    wanted, others = list(addresses(planned.plan, planned.settings)), strangers(planned)
    if not others:
        return Finding(Outcome.OK, f"nobody else holds {_listed(str(address.port) for address in wanted)}")
    lines = tuple(
        f"port {holder.port} is held by {holder.described}, and wanted by {_wanting(holder.port, wanted)}"
        for holder in others
    )
    return Finding(Outcome.ERROR, "; ".join(lines), _way_out(others), evidence=lines)


def _way_out(others: list[Holder]) -> str:
    debian = {unit for holder in others if (unit := debian_unit(holder))}
    units = sorted({holder.unit for holder in others if holder.unit})
    if debian:
        names = ", ".join(sorted(debian))
        return (
            f"let ctl disable Debian's own {names}, where it serves nothing else: ctl reconfigure --take-over"
        )
    if units:
        stop = f"systemctl disable --now {' '.join(units)}"
        return f"choose another port, or, where nobody needs what holds it, stop that: {stop}"
    return "stop that process, or choose another port"


def _wanting(port: int, wanted: list[Address]) -> str:
    return " and ".join(dict.fromkeys(address.named_by for address in wanted if address.port == port))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words)) or "nothing"


PROBES = (
    Probe(
        name="addresses-here",
        area=Area.SERVICES,
        title="the addresses to listen on",
        matters="a service that cannot listen where it is told ends at once",
        needs=Planned,
        run=check_addresses,
    ),
    Probe(
        name="ports-free",
        area=Area.SERVICES,
        title="the ports to listen on",
        matters="of two services that want a port the second does not start",
        needs=Planned,
        run=check_free,
        after=("addresses-here",),
    ),
)
