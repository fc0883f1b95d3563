"""A registry that is meant to serve as planned, and the ways that lead to it."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from ctl.credentials.certificate import CredentialError
from ctl.credentials.keys import describe_key, matches
from ctl.paths import NGINX, REGISTRY, Layout
from ctl.plan.model import Plan, RegistryPlan, VhostPlan
from ctl.process import Runner, SubprocessRunner
from ctl.registry.client import Client, Endpoint, Tls
from ctl.registry.token import mint, parse_scopes
from ctl.state import readonly, stopped

SERVICE = "container_registry"
SUBJECT = "ctl"


class Way(StrEnum):
    """A way to the registry, in words."""

    INSTANCE = "the registry"
    ADDRESS = "the registry's address"
    VHOST = "the vhost"

    @property
    def service(self) -> str:
        """Who answers at its end."""
        return REGISTRY if self is Way.INSTANCE else NGINX


class Served(Struct, frozen=True):
    """What a plan promises, to be tried out.

    Args:
        layout: whose services.
        plan: what shall be.
        registry: its registry.
        token_id: a unique text for the token.
        patience: seconds that a service may take to answer at all; None where it does by now.
        settling: seconds that a wrong answer may take to become the right one: nginx's old workers answer a
            little longer.
        instance: one instance of the registry, to be asked in place of the service and whether or not that
            was stopped; its other ways do not count then.
    """

    layout: Layout
    plan: Plan
    registry: RegistryPlan
    token_id: str
    patience: float | None = 20.0
    instance: Client | None = None
    settling: float = 3.0
    sparing: bool = False
    runner: Runner = field(default_factory=SubprocessRunner)

    def leads(self, way: Way) -> bool:
        """Whether there is such a way, and nobody has stopped on purpose who has to answer on it."""
        if self.instance is not None:
            return way is Way.INSTANCE
        if way is Way.ADDRESS and self.registry.sockets is None:
            return False
        return not {REGISTRY, way.service} & stopped.names(self.layout)

    def obstacle(self, way: Way) -> str:
        """Say why a way cannot be gone from here; empty when it can."""
        vhost = self.plan.vhost
        if way is not Way.VHOST:
            return ""
        if vhost is None:
            return "nginx is not run by ctl on this machine"
        if vhost.proxy_protocol:
            return "the vhost expects the PROXY protocol of a load balancer"
        if vhost.tls and vhost.tls.verify_client == "on":
            return "the vhost asks for a client certificate"
        return ""

    def client(self, way: Way) -> Client:
        """Return a client that takes a way that has no obstacle."""
        if way is Way.VHOST:
            assert self.plan.vhost is not None  # noqa: S101 - obstacle() has made sure
            return Client(_of_vhost(self.plan.vhost))
        address = self._address()
        if way is Way.ADDRESS or self.registry.sockets is None:
            return self.instance or Client(address)
        socket = self.layout.instance_socket(REGISTRY)
        return self.instance or Client(replace(address, socket=socket))

    def users_client(self) -> Client:
        """Return a client that takes the way of the registry's users, or as much of it as can be gone."""
        if self.registry.sockets and NGINX in stopped.names(self.layout):
            return self.client(Way.INSTANCE)
        return self.client(Way.ADDRESS if self.obstacle(Way.VHOST) else Way.VHOST)

    def _address(self) -> Endpoint:
        """The registry's own address, where GitLab reaches it."""
        address = self.registry.http_addr.reached
        return Endpoint(address.host, address.port, str(address))

    def refuses_pushes(self) -> str:
        """Say why the registry has to refuse pushes; empty when it has to take them."""
        if readonly.in_force(self.layout) or self.registry.storage.refuses_writes:
            return "the registry is read-only"
        if "REGISTRY_PROXY_REMOTEURL" in dict(self.registry.environment):
            return "the registry is a cache of another one, which takes no pushes"
        return ""

    def no_token(self) -> str:
        """Say why no token can be minted that the registry has to accept; empty when one can."""
        key = self.plan.gitlab.key
        if self.registry.bundle is not None:
            return "" if key else "the signing key is not on this machine"
        own = "the certificate bundle is the administrator's own"
        if key is None:
            return f"{own}, and the key to it is not on this machine"
        try:
            bundle = Path(self.registry.bundle_path).read_text(encoding="utf-8", errors="replace")
            return "" if matches(key, bundle) else own
        except (OSError, CredentialError):
            return own

    def token(self, scopes: str = "") -> str:
        """Mint a short-lived token, as GitLab would.

        Args:
            scopes: such as ``repository:group/app:pull,push``.
        """
        key = self.plan.gitlab.key
        assert key is not None  # noqa: S101 - no_token() has made sure
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer=self.registry.issuer,
            service=SERVICE,
            subject=SUBJECT,
            access=parse_scopes(scopes),
            now=int(time.time()),
            token_id=self.token_id,
        )


def served(layout: Layout, plan: Plan, token_id: str, patience: float | None = 20.0) -> Served | None:
    """Return what there is to be tried out of a plan; None where it has no registry."""
    return Served(layout, plan, plan.registry, token_id, patience) if plan.registry else None


def _of_vhost(vhost: VhostPlan) -> Endpoint:
    """The first address that the vhost listens on, asked under its public name."""
    address = vhost.listen[0]
    host = address.reached.host if address.everywhere else address.host
    default = 443 if vhost.tls else 80
    name = vhost.host if vhost.port == default else f"{vhost.host}:{vhost.port}"
    tls = Tls(vhost.host.strip("[]"), None) if vhost.tls else None
    return Endpoint(host, vhost.port, name, tls)
