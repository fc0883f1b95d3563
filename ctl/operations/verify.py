"""Prove each hop: the registry itself, the vhost in front of it, a token of our own."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ctl.credentials.keys import describe_key
from ctl.paths import Layout
from ctl.plan.model import Plan, VhostPlan
from ctl.plan.vhost import upstream
from ctl.registry.client import Client, Endpoint, Tls, Unreachable
from ctl.registry.probe import Hop, Outcome, check_challenge, check_token, wait_answering
from ctl.registry.token import mint
from ctl.settings.types import split_host_port
from ctl.state import stopped
from ctl.supervise.status import process_of

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

    def _registry(self) -> Iterator[Hop]:
        assert self.plan.registry is not None  # noqa: S101 - hops() has made sure
        host, port = split_host_port(upstream(self.plan.registry.http_addr))
        client = Client(Endpoint(host.strip("[]"), port, f"{host}:{port}"))
        yield from self._answers(client, "registry", "the registry")

    def _vhost(self) -> Iterator[Hop]:
        vhost = self.plan.vhost
        if vhost is None:
            yield Hop("vhost", Outcome.UNVERIFIABLE, "nginx is not run by ctl on this machine")
        elif vhost.proxy_protocol:
            yield Hop(
                "vhost", Outcome.UNVERIFIABLE, "the vhost expects the PROXY protocol of a load balancer"
            )
        elif vhost.tls and vhost.tls.verify_client == "on":
            yield Hop("vhost", Outcome.UNVERIFIABLE, "the vhost asks for a client certificate")
        else:
            client = Client(self._endpoint(vhost))
            yield from self._answers(client, "nginx", "the vhost")
            if vhost.tls:
                yield self._certificate(client, vhost.tls.certificate)

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
            wait_answering(client, self.patience, alive=self._not_crashing(service))
        except Unreachable as error:
            text = f"{client.endpoint} does not answer: {error.reason}"
            yield Hop(label, Outcome.CONTRADICTION, text)
            return
        if registry.autoredirect:
            yield Hop(label, Outcome.UNVERIFIABLE, "with autoredirect the realm depends on who asks")
        else:
            yield _settled(
                lambda: check_challenge(client, registry.realm, SERVICE, f"{label} asks for a token")
            )
        yield self._token(client, f"{label} accepts a token")

    def _not_crashing(self, service: str) -> Callable[[], bool]:
        """Return a function that tells whether waiting for a service still makes sense."""
        first = process_of(self.layout, service).pid
        since = time.monotonic()

        def alive() -> bool:
            state = process_of(self.layout, service)
            # runsv starts a process that ended again after a second, with another pid.
            return time.monotonic() - since < 1.5 or (state.is_up and state.pid == first)

        return alive

    def _token(self, client: Client, label: str) -> Hop:
        registry, key = self.plan.registry, self.plan.gitlab.key
        assert registry is not None  # noqa: S101 - hops() has made sure
        if key is None:
            return Hop(label, Outcome.UNVERIFIABLE, "the signing key is not on this machine")
        if registry.bundle is None:
            return Hop(label, Outcome.UNVERIFIABLE, "the certificate bundle is the administrator's own")
        token = mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer=registry.issuer,
            service=SERVICE,
            subject=SUBJECT,
            access=(),
            now=int(time.time()),
            token_id=self.token_id,
        )
        return check_token(client, token, label)

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
