"""The registry's files in a generation, the links to them, its directories and its services."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.paths import GUARD, REGISTRY, STANDBY
from ctl.plan.model import RegistryPlan
from ctl.render.files.registry import config_yml
from ctl.render.quoting import environment_file
from ctl.targets.model import Directory, Link, RenderedFile, Service
from ctl.targets.runit.places import BUNDLE, CONFIGS, ENVIRONMENT, JWKS
from ctl.targets.runit.scripts import HEADER, guard_run, registry_run


def registry_files(registry: RegistryPlan, home: str) -> Iterator[RenderedFile]:
    """Render what the registry reads."""
    for service in instances(registry):
        for read_only in (False, True):
            text = config_yml(
                registry,
                read_only=read_only,
                socket=f"{registry.sockets.directory}/{service}" if registry.sockets else None,
                debug=service == REGISTRY,
            )
            yield RenderedFile(CONFIGS[service, read_only], HEADER + text)
    if registry.bundle is not None:
        yield RenderedFile(BUNDLE, registry.bundle)
    if registry.jwks is not None:
        yield RenderedFile(JWKS, registry.jwks)
    for name, value in registry.environment:
        yield RenderedFile(f"{ENVIRONMENT}/{name}", environment_file(value), 0o600)
    for service in instances(registry):
        yield registry_run(registry, service, home)
    yield guard_run(home)


def instances(registry: RegistryPlan) -> tuple[str, ...]:
    """The services that run the registry: one, and with sockets a second that takes over meanwhile."""
    return (REGISTRY, STANDBY) if registry.sockets else (REGISTRY,)


def registry_links(registry: RegistryPlan) -> Iterator[Link]:
    """The well-known paths of the registry's files."""
    for service in instances(registry):
        for read_only in (False, True):
            path = CONFIGS[service, read_only]
            yield Link(f"{registry.directory}/{path.rpartition('/')[2]}", path)
    if registry.bundle is not None:
        yield Link(registry.bundle_path, BUNDLE)
    if registry.jwks_path is not None and registry.jwks is not None:
        yield Link(registry.jwks_path, JWKS)
    yield Link(registry.environment_directory, ENVIRONMENT)


def registry_directories(registry: RegistryPlan) -> Iterator[Directory]:
    """What has to be there before the registry starts.

    Unlike Omnibus's, the registry's directory belongs to root: the registry only reads in it, and root
    makes no links where another account could swap them.
    """
    yield Directory(registry.directory, 0o750, None, registry.account.group)
    if registry.sockets is not None:
        yield Directory(registry.sockets.root, 0o711)
        # The bit hands the directory's group on to the sockets, so that nginx may connect.
        mode = 0o700 if registry.account.user is None else 0o2750
        yield Directory(registry.sockets.directory, mode, registry.account.user, registry.sockets.group)
    if registry.storage.directory is not None:
        yield Directory(
            registry.storage.directory,
            0o770,
            registry.account.user,
            registry.account.group,
            data=True,
            managed=registry.storage.managed,
        )


def registry_services(registry: RegistryPlan) -> Iterator[Service]:
    """The registry reads everything once, at its start."""
    for service in instances(registry):
        yield Service(
            service,
            restart=("registry/", f"{ENVIRONMENT}/", f"runit/{service}/run"),
            restart_facts=(registry.stamp,),
        )


def guard_service() -> Service:
    """The guard reads nothing but its script."""
    return Service(GUARD, restart=(f"runit/{GUARD}/run",))
