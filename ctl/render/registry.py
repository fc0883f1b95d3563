"""The registry's own files: config.yml, the bundle of token certificates, its environment."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.plan.model import RegistryPlan
from ctl.render.environment import render_template
from ctl.render.model import Directory, Link, RenderedFile, Service
from ctl.render.quoting import environment_file
from ctl.render.runit import registry_run

CONFIG = "registry/config.yml"
BUNDLE = "registry/gitlab-registry.crt"
JWKS = "registry/gitlab-registry.jwks"
ENVIRONMENT = "registry-env"


def registry_files(registry: RegistryPlan, home: str) -> Iterator[RenderedFile]:
    """Render what the registry reads."""
    yield RenderedFile(CONFIG, render_template("registry/config.yml.j2", registry=registry))
    if registry.bundle is not None:
        yield RenderedFile(BUNDLE, registry.bundle)
    if registry.jwks is not None:
        yield RenderedFile(JWKS, registry.jwks)
    for name, value in registry.environment:
        yield RenderedFile(f"{ENVIRONMENT}/{name}", environment_file(value), 0o600)
    yield registry_run(registry, home)


def registry_links(registry: RegistryPlan) -> Iterator[Link]:
    """The well-known paths of the registry's files."""
    yield Link(f"{registry.directory}/config.yml", CONFIG)
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
    if registry.storage_directory is not None:
        yield Directory(
            registry.storage_directory, 0o770, registry.account.user, registry.account.group, data=True
        )


def registry_service(registry: RegistryPlan) -> Service:
    """The registry reads everything once, at its start."""
    return Service(
        "registry",
        restart=("registry/", f"{ENVIRONMENT}/", "runit/registry/run"),
        restart_facts=(registry.stamp,),
    )
