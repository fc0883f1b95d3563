"""Where the services listen, and who can get there: read from the sockets of the running processes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_address

from msgspec import Struct
from msgspec.structs import replace

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import InForce
from ctl.checks.ports import Address, addresses
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import stopped
from ctl.supervise.ports import EVERYWHERE, Holder, listening
from ctl.supervise.sockets import traffic

DEBUG = "registry['debug_addr']"
_OPEN = "whoever gets there reads profiles and counters without a password, and can slow the registry down"


class Reach(StrEnum):
    """Who can get to an address, as far as the address alone tells; a firewall may allow less."""

    MACHINE = "this machine only"
    NETWORK = "this network"
    EVERYBODY = "everybody"


def reach_of(address: str) -> Reach:
    """Return who can get to a numeric address that is listened on."""
    number = ip_address(address.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    if number.is_loopback:
        return Reach.MACHINE
    # The address that stands for all counts as private.
    return Reach.NETWORK if number.is_private and not number.is_unspecified else Reach.EVERYBODY


class _Seen(Struct, frozen=True):
    """What listens, and what it was found to be told."""

    holder: Holder
    address: Address | None

    @property
    def reach(self) -> Reach:
        return reach_of(self.holder.address)

    @property
    def line(self) -> str:
        host = self.holder.address
        place = f"[{host}]:{self.holder.port}" if ":" in host else f"{host}:{self.holder.port}"
        named = f", as {self.address.named_by} says" if self.address else ", which no setting says"
        return f"{place}: {self.reach} ({self.holder.name or 'a process'}{named})"


def check_listeners(in_force: InForce) -> Finding | None:
    """List every address that our processes listen on, and find those that are missing or reach too far."""
    wanted = list(addresses(in_force.plan, in_force.settings))
    if not wanted:
        return None
    seen = [_Seen(holder, _told(holder, wanted)) for holder in listening(in_force.layout)]
    evidence = (*(listener.line for listener in seen), *_sockets(in_force.layout))
    if stopped.names(in_force.layout):
        return Finding(Outcome.NOTE, "not all are there: a service is stopped on purpose", evidence=evidence)
    return replace(_judged(wanted, seen), evidence=evidence)


def _judged(wanted: list[Address], seen: list[_Seen]) -> Finding:
    missing = [address for address in wanted if not any(_told(other.holder, [address]) for other in seen)]
    if missing:
        lines = (
            f"no service listens on {address.host}:{address.port}, as {address.named_by} says"
            for address in missing
        )
        return Finding(Outcome.ERROR, "; ".join(lines), "ctl status says which service is down")
    if any(listener.address is None for listener in seen):
        text = "a service listens where no setting says so"
        return Finding(Outcome.WARNING, text, "ctl restart, if an earlier configuration has left it")
    far = next(
        (listener for listener in seen if listener.address and listener.address.named_by == DEBUG), None
    )
    if far is not None and far.reach is not Reach.MACHINE:
        remedy = f"'127.0.0.1:{far.holder.port}' is for this machine alone"
        return Finding(Outcome.WARNING, f"{DEBUG} is for {far.reach}: {_OPEN}", remedy)
    widest = max((listener.reach for listener in seen), key=[*Reach].index)
    return Finding(Outcome.OK, f"as the settings say, and none is for more than {widest}")


def _told(holder: Holder, wanted: list[Address]) -> Address | None:
    """Return the address that a listener was told; by its port alone where that was given by a name."""
    return next(
        (address for address in wanted if address.port == holder.port and _is(address.host, holder.address)),
        None,
    )


def _is(host: str, address: str) -> bool:
    host = host.strip("[]")
    is_name = ":" not in host and not host.replace(".", "").isdigit()
    return is_name or host == address or (host in EVERYWHERE and address in EVERYWHERE)


def _sockets(layout: Layout) -> Iterator[str]:
    """Yield the sockets between nginx and the registry that somebody listens on."""
    for name in (REGISTRY, STANDBY):
        path = layout.instance_socket(name)
        if traffic(path).listening:
            yield f"unix:{path}: {Reach.MACHINE} ({name}, for nginx)"


PROBES = (
    Probe(
        name="listeners",
        area=Area.SERVICES,
        title="the addresses that services listen on",
        matters="what listens further than it has to can be reached by who should not",
        needs=InForce,
        run=check_listeners,
    ),
)
