"""Commands for services, with gitlab-ctl's lines and exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ctl.cli.options import Root, layout_of

Service = Annotated[str | None, typer.Argument(help="Service; all of them when not given.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (status, start, stop, restart, shutdown):
        app.command(command.__name__)(command)


def status(service: Service = None, root: Root = None) -> None:
    """Show the state of services: 0 running, 3 down, 4 unknown."""
    _act("status", service, root)


def start(service: Service = None, root: Root = None) -> None:
    """Start services."""
    _act("start", service, root)


def stop(service: Service = None, root: Root = None) -> None:
    """Stop services; they stay down, also through a reconfigure, until they are started."""
    _act("stop", service, root)


def restart(service: Service = None, root: Root = None) -> None:
    """Restart services."""
    _act("restart", service, root)


def _act(action: str, service: str | None, root: Path | None) -> None:
    from ctl.operations.control import act

    raise typer.Exit(act(action, service, layout_of(root)))


def shutdown(root: Root = None) -> None:
    """Stop every service and their supervisor."""
    from ctl.operations.control import shutdown as run

    run(layout_of(root))
