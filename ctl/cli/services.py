"""Commands for services, with gitlab-ctl's lines and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ctl.cli.options import Json, Root, layout_of, wants_json

Service = Annotated[str | None, typer.Argument(help="Service; all of them when not given.")]

_ACTIONS = {
    "start": "Start services.",
    "stop": "Stop services; they stay down, also through a reconfigure, until they are started.",
    "restart": "Restart services; behind nginx, the registry without a failed pull.",
    "once": "Start services that are not started again when they end.",
    "hup": "Send SIGHUP, on which nginx reads its configuration again.",
    "int": "Send SIGINT.",
    "term": "Send SIGTERM; runit starts again what ends.",
    "kill": "Send SIGKILL; runit starts again what ends.",
    "usr1": "Send SIGUSR1, on which nginx opens its logs again.",
    "usr2": "Send SIGUSR2.",
    "graceful-kill": "Stop services, then kill whatever is left of their processes.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("status")(status)
    for action, text in _ACTIONS.items():
        app.command(action, help=text)(_command(action))
    app.command("service-list")(service_list)
    app.command("tail")(tail)
    app.command("shutdown")(shutdown)


def status(service: Service = None, root: Root = None, json: Json = False) -> None:
    """Show the state of services: exits with the sum of 0 running, 3 down, 4 unknown."""
    layout = layout_of(root)
    as_json = wants_json(json)
    if not as_json and not sys.stdout.isatty():
        from ctl.operations.status import status_lines

        lines, code = status_lines(layout, service)
        print("\n".join(lines))
        raise typer.Exit(code)
    from datetime import UTC, datetime

    from ctl.console import services, terminal
    from ctl.operations.overview import overview

    found = overview(layout, service, datetime.now(UTC))
    if as_json:
        print(services.document(found))
    else:
        terminal.tolerate(sys.stdout)
        for line in services.table(found, terminal.columns(), terminal.is_coloured(sys.stdout)):
            print(line)
    raise typer.Exit(found.code)


def _command(action: str) -> Callable[[str | None, Path | None], None]:
    def run(service: Service = None, root: Root = None) -> None:
        from ctl.operations.control import act

        raise typer.Exit(act(action, service, layout_of(root)))

    return run


def service_list(root: Root = None) -> None:
    """List all services; a star is behind those that are enabled."""
    from ctl.operations.status import service_list as names

    for name in names(layout_of(root)):
        print(name)


def tail(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[SERVICE|PATH]", help="Service, or path below the directory of logs; all when not given."
        ),
    ] = None,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="Lines of each log to begin with.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on with what is written from now on.")] = True,
    root: Root = None,
) -> None:
    """Follow logs, each line behind the name of its service; Ctrl-C ends it."""
    from ctl.console import terminal
    from ctl.console.tail import LinePrinter
    from ctl.operations.tail import tail as run
    from ctl.operations.tail import wanted

    about = wanted(layout_of(root), what)
    out = sys.stdout
    terminal.tolerate(out)
    width = terminal.columns() if out.isatty() else None
    printer = LinePrinter(out, about.file is None, width, terminal.is_coloured(out))
    try:
        run(about, lines, printer.show, (lambda time: terminal.still_read(out, time)) if follow else None)
    except KeyboardInterrupt:
        # The usual way to end it is no error; the code is that of any program that was interrupted.
        raise typer.Exit(130) from None


def shutdown(root: Root = None) -> None:
    """Stop every service and their supervisor."""
    from ctl.operations.control import shutdown as run

    run(layout_of(root))
