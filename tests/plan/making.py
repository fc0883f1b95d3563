"""Makes plans from settings files and from facts that the tests choose."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ctl.flavours.table import DISTRIBUTION_2_8, Flavour
from ctl.paths import Layout
from ctl.plan.address import ListenAddress
from ctl.plan.derive import derive
from ctl.plan.model import (
    BinaryFact,
    CertificateFact,
    CredentialFacts,
    Facts,
    GitlabPlan,
    Plan,
    RegistryPlan,
    Secret,
    VhostPlan,
)
from ctl.plan.resolve import resolve
from ctl.render.quoting import nginx_listen
from ctl.settings.load import load
from ctl.targets.runit.tree import render
from tests.settings.reading import URLS, read

SYSTEM = Layout(Path("/"))
CERTIFICATE = CertificateFact("/etc/gitlab/ssl/r.crt", "/etc/gitlab/ssl/r.key", "d1")
KEYS = '{"keys": []}'
CREDENTIALS = CredentialFacts(Secret("http-s3cret"), Secret("key-s3cret"), "PUBLIC CERTIFICATE", KEYS)
GROUPS = frozenset({"registry", "gitlab-www", "git", "root"})


def facts(flavour: Flavour = DISTRIBUTION_2_8, **changed: Any) -> Facts:
    """Return the facts of a machine that has everything."""
    values: dict[str, Any] = {
        "registry": BinaryFact("/usr/bin/docker-registry", "2.8.2", "s1"),
        "flavour": flavour,
        "nginx": BinaryFact("/usr/sbin/nginx", "1.22.1", "s2"),
        "nginx_version": (1, 22, 1),
        "certificate": CERTIFICATE,
        "credentials": CREDENTIALS,
        "groups": GROUPS,
    }
    return Facts(**(values | changed))


def plan_alone(
    text: str, *, layout: Layout = SYSTEM, environment: dict[str, str] | None = None, **changed: Any
) -> Plan:
    """Return the plan of a settings file that says all by itself."""
    evaluated = read(text, environment)
    result = load(evaluated)
    assert result.settings is not None, [diagnostic.message for diagnostic in result.diagnostics]
    return resolve(result.settings, derive(result.settings), facts(**changed), layout, evaluated.secrets)


def plan_of(text: str, **changed: Any) -> Plan:
    """Return the plan of settings below the URLs that every registry needs."""
    return plan_alone(URLS + text, **changed)


def words(listen: Iterable[ListenAddress]) -> tuple[str, ...]:
    """Return addresses with nginx's words."""
    return tuple(map(nginx_listen, listen))


def services_of(plan: Plan) -> tuple[str, ...]:
    """Return the services of a plan, in the order in which they are started."""
    return tuple(service.name for service in render(plan, SYSTEM).services)


def registry_of(text: str, **changed: Any) -> RegistryPlan:
    """Return the registry's part of a plan; it must have one."""
    registry = plan_of(text, **changed).registry
    assert registry is not None
    return registry


def vhost_of(text: str, *, url: str = "https://registry.example.com", **changed: Any) -> VhostPlan:
    """Return nginx's part of a plan for a URL; it must have one."""
    urls = f"external_url 'https://gitlab.example.com'\nregistry_external_url '{url}'\n"
    vhost = plan_alone(urls + text, **changed).vhost
    assert vhost is not None
    return vhost


def gitlab_of(text: str, *, url: str | None = "https://registry.example.com", **changed: Any) -> GitlabPlan:
    """Return GitLab's part of a plan."""
    line = f"registry_external_url '{url}'\n" if url else ""
    return plan_alone(f"external_url 'https://gitlab.example.com'\n{line}{text}", **changed).gitlab
