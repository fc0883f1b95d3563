"""Whether a service that was started does what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ctl.apply import generation
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.supervise.orphans import working
from ctl.supervise.status import process_of
from ctl.targets.runit.places import CONFIGURATION

# Who ends sooner ends because of its settings; runsv itself waits a second before it tries again.
STAYS_SECONDS = 1.2


def readiness(layout: Layout, name: str) -> Callable[[], bool]:
    """Return the function that tells whether a service answers; of one that nobody asks, whether it stays.

    Raises:
        CtlError: the generation in force cannot be read.
    """
    current = generation.load_current(layout)
    if current is not None and name in current.manifest.services:
        if name == REGISTRY:
            return lambda: _registry_answers(layout)
        if name == "nginx":
            directory = next(
                Path(link.path).parent for link in current.manifest.links if link.target == CONFIGURATION
            )
            return lambda: _listens(directory / "run/nginx.pid", working(layout, name))
    return lambda: process_of(layout, name).since >= STAYS_SECONDS


def _registry_answers(layout: Layout) -> bool:
    from ctl.operations.serve.exchange import client_of
    from ctl.registry.client import Unreachable
    from ctl.supervise.usage import usage

    if not (layout.services / STANDBY).is_symlink():
        used = usage(working(layout, REGISTRY))
        return used is not None and bool(used.ports)
    try:
        client_of(layout, REGISTRY).get("/")
    except Unreachable:
        return False
    return True


def _listens(pid_file: Path, pid: int) -> bool:
    """Whether nginx has come to listen: its master notes its number when it has every port.

    Source: nginx.c: ngx_create_pidfile comes after ngx_init_cycle.
    """
    try:
        return pid_file.read_text().strip() == str(pid)
    except OSError:
        return False
