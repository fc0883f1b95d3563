"""Prove each hop: the registry itself, the vhost in front of it, a token of our own."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ctl.credentials.keys import describe_key
from ctl.errors import CtlError
from ctl.operations.serve.exchange import evidence, not_crashing
from ctl.paths import REGISTRY, Layout
from ctl.plan.model import Plan, VhostPlan
from ctl.plan.vhost import upstream
from ctl.registry.client import Client, Endpoint, Tls, Unreachable
from ctl.registry.probe import Hop, Outcome, check_challenge, check_token, wait_answering
from ctl.registry.token import mint, parse_scopes
from ctl.settings.types import split_host_port
from ctl.state import stopped

SERVICE = "container_registry"
SUBJECT = "ctl"
SETTLING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Verifier:
    """Tries out what a plan promises.

    Args:
        layout: whose services.
        plan: what shall be.
        token_id: a unique text for the token.
        patience: seconds that a service may take to answer.
    """

    layout: Layout
    plan: Plan
    token_id: str
    patience: float = 20.0

    def hops(self) -> Iterator[Hop]:
        """Try one hop after the other; the hops after one that contradicts are not tried."""
        if self.plan.registry is None:
            return
        on_purpose = stopped.names(self.layout)
        if "registry" in on_purpose:
            yield Hop("registry", Outcome.UNVERIFIABLE, "the registry is stopped on purpose")
            return
        steps: list[Callable[[], Iterator[Hop]]] = [self._registry]
        if "nginx" in on_purpose:
            yield Hop("vhost", Outcome.UNVERIFIABLE, "nginx is stopped on purpose")
        else:
            steps.append(self._vhost)
        for step in steps:
            for hop in step():
                yield hop
                if hop.outcome is Outcome.CONTRADICTION:
                    return

    def prove(self, service: str, client: Client) -> None:
        """Make sure that an instance of the registry is what the plan says, before clients get to it.

        Raises:
            CtlError: it is not.
        """
        if self.plan.registry is None:
            return
        for hop in self._promises(client, "the registry"):
            if hop.outcome is Outcome.CONTRADICTION:
                raise CtlError(
                    f"{hop.name}: {hop.message}",
                    detail=evidence(self.layout, service),
                    help=f"ctl tail {service} -n 50 --no-follow shows more of its log",
                )

    def _registry(self) -> Iterator[Hop]:
        assert self.plan.registry is not None  # noqa: S101 - hops() has made sure
        address = self._address()
        if self.plan.registry.sockets is None:
            yield from self._answers(Client(address), REGISTRY, "the registry")
            return
        socket = self.layout.instance_socket(REGISTRY)
        yield from self._answers(Client(replace(address, socket=socket)), REGISTRY, "the registry")
        if "nginx" not in stopped.names(self.layout):
            yield from self._answers(Client(address), "nginx", "the registry's address")

    def _address(self) -> Endpoint:
        """The registry's own address, where GitLab reaches it."""
        assert self.plan.registry is not None  # noqa: S101 - hops() has made sure
        host, port = split_host_port(upstream(self.plan.registry.http_addr))
        return Endpoint(host.strip("[]"), port, f"{host}:{port}")

    def _vhost(self) -> Iterator[Hop]:
        vhost = self.plan.vhost
        obstacle = self._obstacle(vhost)
        if vhost is None or obstacle:
            yield Hop("vhost", Outcome.UNVERIFIABLE, obstacle)
            return
        client = Client(self._endpoint(vhost))
        yield from self._answers(client, "nginx", "the vhost")
        if vhost.tls:
            yield self._certificate(client, vhost.tls.certificate)

    def client(self) -> Client:
        """Return a client that takes the way of the registry's users, or as much of it as can be gone."""
        vhost, registry = self.plan.vhost, self.plan.registry
        if registry is not None and registry.sockets and "nginx" in stopped.names(self.layout):
            return Client(replace(self._address(), socket=self.layout.instance_socket(REGISTRY)))
        if vhost is None or self._obstacle(vhost):
            return Client(self._address())
        return Client(self._endpoint(vhost))

    def _obstacle(self, vhost: VhostPlan | None) -> str:
        """Say why the vhost cannot be asked from here; empty when it can."""
        if vhost is None:
            return "nginx is not run by ctl on this machine"
        if vhost.proxy_protocol:
            return "the vhost expects the PROXY protocol of a load balancer"
        if vhost.tls and vhost.tls.verify_client == "on":
            return "the vhost asks for a client certificate"
        return ""

    def _endpoint(self, vhost: VhostPlan) -> Endpoint:
        """The first address that the vhost listens on, asked under its public name."""
        address = vhost.listen[0].split()[0].rpartition(":")[0]
        host = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(address, address.strip("[]"))  # noqa: S104
        default = 443 if vhost.tls else 80
        name = vhost.host if vhost.port == default else f"{vhost.host}:{vhost.port}"
        tls = Tls(vhost.host.strip("[]"), None) if vhost.tls else None
        return Endpoint(host, vhost.port, name, tls)

    def _answers(self, client: Client, service: str, label: str) -> Iterator[Hop]:
        registry = self.plan.registry
        assert registry is not None  # noqa: S101 - hops() has made sure
        try:
            wait_answering(client, self.patience, alive=not_crashing(self.layout, service))
        except Unreachable as error:
            text = f"{client.endpoint} does not answer: {error.reason}"
            yield Hop(label, Outcome.CONTRADICTION, text)
            return
        yield from self._promises(client, label)

    def _promises(self, client: Client, label: str) -> Iterator[Hop]:
        registry = self.plan.registry
        assert registry is not None  # noqa: S101 - hops() has made sure
        if registry.autoredirect:
            yield Hop(label, Outcome.UNVERIFIABLE, "with autoredirect the realm depends on who asks")
        else:
            yield _settled(
                lambda: check_challenge(client, registry.realm, SERVICE, f"{label} asks for a token")
            )
        yield self._token(client, f"{label} accepts a token")

    def _token(self, client: Client, label: str) -> Hop:
        obstacle = self.no_token()
        if obstacle:
            return Hop(label, Outcome.UNVERIFIABLE, obstacle)
        return check_token(client, self.token(), label)

    def no_token(self) -> str:
        """Say why no token can be minted that the registry has to accept; empty when one can."""
        if self.plan.gitlab.key is None:
            return "the signing key is not on this machine"
        if self.plan.registry is None or self.plan.registry.bundle is None:
            return "the certificate bundle is the administrator's own"
        return ""

    def token(self, scopes: str = "") -> str:
        """Mint a short-lived token, as GitLab would.

        Args:
            scopes: such as ``repository:group/app:pull,push``.
        """
        registry, key = self.plan.registry, self.plan.gitlab.key
        assert registry is not None and key is not None  # noqa: S101, PT018 - no_token() has made sure
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer=registry.issuer,
            service=SERVICE,
            subject=SUBJECT,
            access=parse_scopes(scopes),
            now=int(time.time()),
            token_id=self.token_id,
        )

    def _certificate(self, client: Client, path: str) -> Hop:
        """Wait until the vhost serves the certificate of the file: a reload takes a moment."""
        label = "the vhost's certificate"
        pem = Path(path).read_text().partition("-----END CERTIFICATE-----")
        expected = ssl.PEM_cert_to_DER_cert(pem[0][pem[0].index("-----BEGIN CERTIFICATE-----") :] + pem[1])
        deadline = time.monotonic() + self.patience
        while (served := self._served(client)) != expected:
            if time.monotonic() > deadline:
                return Hop(label, Outcome.CONTRADICTION, f"the vhost does not serve the certificate {path}")
            time.sleep(0.05)
        return Hop(label, Outcome.OK, f"the vhost serves {path} ({len(served or b'')} bytes)")

    def _served(self, client: Client) -> bytes | None:
        try:
            return client.peer_certificate()
        except Unreachable:
            return None


def _settled(check: Callable[[], Hop]) -> Hop:
    """Repeat a check for a while as long as it contradicts: nginx's old workers answer a little longer."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (hop := check()).outcome is Outcome.CONTRADICTION and time.monotonic() < deadline:
        time.sleep(0.05)
    return hop
