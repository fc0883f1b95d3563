"""All that a plan comes to where ctl runs the services."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.plan.model import LogPlan, Plan
from ctl.targets.model import Directory, Link, Reader, Rendered, RenderedFile, Service
from ctl.targets.runit import gitlab, nginx, registry, scripts

READERS = (
    ("gitlab", Reader.GITLAB),
    ("logrotate", Reader.ROOT),
    ("nginx", Reader.WEB),
    ("registry", Reader.REGISTRY),
    ("registry-env", Reader.ROOT),
    ("runit", Reader.ROOT),
)


def render(plan: Plan, layout: Layout) -> Rendered:
    """Render a plan; the same plan always comes to the same bytes, in the same order.

    Raises:
        ctl.render.quoting.Unrepresentable: a value has no exact form in the syntax of its file.
    """
    return Rendered(
        files=tuple(sorted(_files(plan), key=lambda file: file.path)),
        readers=READERS,
        links=tuple(_links(plan, layout)),
        directories=tuple(
            {directory.path: directory for directory in reversed([*_directories(plan, layout)])}.values()
        )[::-1],
        services=tuple(_services(plan)),
    )


def _logs(plan: Plan) -> Iterator[tuple[str, LogPlan]]:
    if plan.registry:
        yield REGISTRY, plan.registry.log
        if plan.registry.sockets:
            directory = f"{plan.registry.log.directory}/standby"
            yield STANDBY, replace(plan.registry.log, directory=directory)
        yield GUARD, _plain_log(f"{plan.log_root}/{GUARD}")
    if plan.vhost:
        yield "nginx", _plain_log(plan.vhost.log_directory)
        yield "logrotate", _plain_log(f"{plan.log_root}/logrotate")


def _plain_log(directory: str) -> LogPlan:
    """The log of a service that says little; for nginx it lies beside its access logs."""
    return LogPlan(
        directory=directory,
        group=None,
        timestamps=True,
        size=10 * 1024 * 1024,
        count=10,
        timeout=7 * 24 * 60 * 60,
        filter="gzip",
        udp=None,
        prefix=None,
    )


def _files(plan: Plan) -> Iterator[RenderedFile]:
    if plan.registry:
        yield from registry.registry_files(plan.registry, plan.home)
    if plan.vhost:
        yield from nginx.nginx_files(plan.vhost, plan.home)
    yield from gitlab.gitlab_files(plan.gitlab)
    for service, log in _logs(plan):
        yield from scripts.log_files(service, log)


def _links(plan: Plan, layout: Layout) -> Iterator[Link]:
    if plan.registry:
        yield from registry.registry_links(plan.registry)
    if plan.vhost:
        yield from nginx.nginx_links(plan.vhost)
    yield from gitlab.gitlab_links(plan.gitlab)
    for service, log in _logs(plan):
        yield from scripts.service_links(service, str(layout.service_definitions), log)


def _directories(plan: Plan, layout: Layout) -> Iterator[Directory]:
    if plan.registry:
        yield from registry.registry_directories(plan.registry)
    if plan.vhost:
        yield from nginx.nginx_directories(plan.vhost)
    yield Directory(plan.gitlab.directory, 0o750, None, plan.gitlab.group)
    for service, log in _logs(plan):
        yield Directory(log.directory, 0o750 if log.group else 0o700, None, log.group)
        yield Directory(f"{layout.service_definitions}/{service}/log", 0o755)


def _services(plan: Plan) -> Iterator[Service]:
    if plan.registry:
        yield from registry.registry_services(plan.registry)
    if plan.vhost:
        yield from nginx.nginx_services(plan.vhost)
    if plan.registry:
        yield registry.guard_service()
