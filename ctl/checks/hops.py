"""Each hop to a registry that serves: the process itself, the address that GitLab has, the vhost."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from ctl.checks.answers import SCOPES, check_challenge, check_pushing, check_reading, check_token
from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.served import SERVICE, Served, Way
from ctl.paths import NGINX, REGISTRY
from ctl.registry.client import Client, Unreachable
from ctl.registry.waiting import wait_answering
from ctl.state import stopped
from ctl.supervise.status import not_crashing

# For a service that is slow to come up, answers that are awaited to their end, and what has to settle.
HOP_SECONDS = 60.0
_TOKENS = "whoever pulls or pushes is sent to GitLab for a token, and comes back with it"


class Used(Struct, frozen=True):
    """A registry that serves, as its users know it.

    Args:
        served: how it is reached.
        read_only: whether it has to refuse pushes.
    """

    served: Served
    read_only: bool


def _stopped(service: str, name: str, served: Served) -> Finding | None:
    on_purpose = stopped.names(served.layout)
    if service not in on_purpose or (service != REGISTRY and REGISTRY in on_purpose):
        return None
    subject = "the registry" if service == REGISTRY else service
    return Finding(Outcome.NOTE, f"{subject} is stopped on purpose", name=name)


def _asks(way: Way, served: Served) -> Finding | None:
    """Wait for an answer, then ask without a token."""
    if not served.leads(way):
        return None
    obstacle = served.obstacle(way)
    if obstacle:
        return Finding(Outcome.NOTE, obstacle, name="vhost")
    client, name = served.client(way), f"{way} asks for a token"

    def ask() -> Finding:
        return check_challenge(client, served.registry.realm, SERVICE, name)

    # Mostly there is nothing to wait for.
    if not served.registry.autoredirect and (at_once := ask()).outcome is Outcome.OK:
        return at_once
    silent = _silent(served, client, way)
    if silent is not None:
        return silent
    if served.registry.autoredirect:
        return Finding(Outcome.NOTE, "with autoredirect the realm depends on who asks", name=way)
    return _settled(served.settling, ask)


def _silent(served: Served, client: Client, way: Way) -> Finding | None:
    if served.patience is None:
        return None
    try:
        wait_answering(client, served.patience, alive=not_crashing(served.layout, way.service))
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}", name=way)
    return None


def _settled(seconds: float, check: Callable[[], Finding]) -> Finding:
    """Repeat a check for so long as it contradicts."""
    deadline = time.monotonic() + seconds
    while (finding := check()).outcome is Outcome.ERROR and time.monotonic() < deadline:
        time.sleep(0.05)
    return finding


def _accepts(way: Way, served: Served) -> Finding | None:
    if not served.leads(way) or served.obstacle(way):
        return None
    obstacle = served.no_token()
    if obstacle:
        return Finding(Outcome.NOTE, obstacle)
    return check_token(served.client(way), served.token(), f"{way} accepts a token")


def _certificate(served: Served) -> Finding | None:
    """Wait until the vhost serves the certificate of the file: a reload takes a moment."""
    vhost = served.plan.vhost
    if vhost is None or vhost.tls is None or not served.leads(Way.VHOST) or served.obstacle(Way.VHOST):
        return None
    path, client = vhost.tls.certificate, served.client(Way.VHOST)
    expected = _first_of(path)
    deadline = time.monotonic() + (served.patience or 0.0)
    while _presented(client) != expected:
        if time.monotonic() > deadline:
            return Finding(Outcome.ERROR, f"the vhost does not serve the certificate {path}")
        time.sleep(0.05)
    return Finding(Outcome.OK, f"the vhost serves {path} ({len(expected)} bytes)")


def _first_of(path: str) -> bytes:
    """Return the first certificate of a file, in DER."""
    pem = Path(path).read_text().partition("-----END CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(pem[0][pem[0].index("-----BEGIN CERTIFICATE-----") :] + pem[1])


def _chain(served: Served) -> Finding | None:
    """Hold what the vhost shows against what this machine trusts; what its file lacks is said elsewhere."""
    from ctl.registry.trust import client_context, refused_of_files, refused_of_served

    vhost = served.plan.vhost
    if vhost is None or vhost.tls is None or not served.leads(Way.VHOST) or served.obstacle(Way.VHOST):
        return None
    context, client = client_context(served.layout), served.client(Way.VHOST)
    try:
        shown = refused_of_served(client, context)
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}")
    if shown is None:
        return Finding(Outcome.OK, "the vhost shows a chain that this machine trusts")
    try:
        expected = refused_of_files(Path(vhost.tls.certificate), Path(vhost.tls.key), context)
    except (OSError, ValueError):
        return None
    if expected is not None or _presented(client) != _first_of(vhost.tls.certificate):
        return None
    text = f"the vhost does not show all of {vhost.tls.certificate}: {shown.reason}"
    return Finding(Outcome.ERROR, text)


def _presented(client: Client) -> bytes | None:
    try:
        return client.peer_certificate()
    except Unreachable:
        return None


def _pushing(used: Used) -> Finding | None:
    obstacle = used.served.no_token()
    if obstacle:
        return Finding(Outcome.NOTE, obstacle)
    token = used.served.token(SCOPES)
    return check_pushing(used.served.users_client(), token, read_only=used.read_only)


def _reading(used: Used) -> Finding | None:
    if used.served.no_token():
        return None
    return check_reading(used.served.users_client(), used.served.token(SCOPES))


def _way(name: str, area: Area, way: Way, after: tuple[str, ...]) -> Iterator[Probe[Served]]:
    """Yield what is asked on a way: without a token, and with one."""
    asks = f"{name}-asks-for-token"
    for own, does, run, before in (
        (asks, "asks for a token", _asks, after),
        (f"{name}-accepts-token", "accepts a token", _accepts, (asks,)),
    ):
        yield Probe(
            name=own,
            area=area,
            title=f"{way} {does}",
            matters=_TOKENS,
            needs=Served,
            run=partial(run, way),
            service=way.service,
            after=before,
            seconds=HOP_SECONDS,
        )


INSTANCE = tuple(_way("registry", Area.AUTH, Way.INSTANCE, ()))
_INSTANCE_WELL = (INSTANCE[-1].name,)
_VHOST = tuple(_way("vhost", Area.PROXY, Way.VHOST, _INSTANCE_WELL))

PROOF: tuple[Probe[Served], ...] = (
    *(
        Probe(
            name=f"{service}-not-stopped",
            area=Area.SERVICES,
            title=f"{service} is to run",
            matters="what is stopped on purpose answers nobody until ctl start",
            needs=Served,
            run=partial(_stopped, service, name),
            service=service,
        )
        for service, name in ((REGISTRY, "registry"), (NGINX, "vhost"))
    ),
    *INSTANCE,
    *_way("address", Area.AUTH, Way.ADDRESS, _INSTANCE_WELL),
    *_VHOST,
    Probe(
        name="vhost-certificate",
        area=Area.TLS,
        title="the vhost's certificate",
        matters="clients are shown what nginx has read, which need not be what the file holds by now",
        needs=Served,
        run=_certificate,
        service=NGINX,
        after=(_VHOST[-1].name,),
        seconds=HOP_SECONDS,
    ),
    Probe(
        name="vhost-chain",
        area=Area.TLS,
        title="the vhost's chain of certificates",
        matters="clients trust what leads to an authority that they know, by what they are shown alone",
        needs=Served,
        run=_chain,
        service=NGINX,
        after=(_VHOST[-1].name,),
        seconds=HOP_SECONDS,
    ),
)
USE: tuple[Probe[Used], ...] = (
    Probe(
        name="pushes",
        area=Area.CLIENTS,
        title="pushes",
        matters="a registry that takes pushes while it must not loses them to a collection",
        needs=Used,
        run=_pushing,
        service=REGISTRY,
    ),
    Probe(
        name="pulls",
        area=Area.CLIENTS,
        title="pulls are answered",
        matters="a registry that cannot read its store knows no image",
        needs=Used,
        run=_reading,
        service=REGISTRY,
    ),
)
