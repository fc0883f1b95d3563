"""The registry's config.yml."""

from __future__ import annotations

from ctl.plan.model import RegistryPlan
from ctl.render.environment import render_template
from ctl.render.files.sections import sections, storage_section


def config_yml(
    registry: RegistryPlan, *, read_only: bool = False, socket: str | None = None, debug: bool = True
) -> str:
    """Render config.yml, without a line that says where it comes from.

    Args:
        registry: its plan.
        read_only: whether pushes are refused.
        socket: that the registry listens on; None for its address.
        debug: whether it listens at the address of its metrics; two processes cannot listen at the same.
    """
    storage = registry.storage
    return render_template(
        "registry/config.yml.j2",
        registry=registry,
        storage=storage_section(storage.read_only if read_only else storage),
        sections=sections(registry),
        socket=socket,
        debug_addr=registry.debug_addr if debug else None,
    )
