"""Commands for services, with the lines and exit codes of gitlab-ctl."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from ctl.cli.declared import Command, argument, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.groups import line_of
from ctl.cli.options import Json, Root, layout_of, wants_json
from ctl.diagnostics.known import KNOWN

Service = Annotated[str | None, argument(metavar="[SERVICE]", help="Its name; all of them when not given.")]

# What is to be said beside its line, and an example with what it is for.
_ACTIONS = {
    "start": ("", "registry", "after a stop"),
    "stop": (
        "A reconfigure leaves them down, too.",
        "registry",
        "take the registry out of service; ctl start registry ends that",
    ),
    "restart": (
        "Behind nginx a standby serves while the registry is exchanged for a fresh process.",
        "registry",
        "have it read its certificates again",
    ),
    "once": ("", "registry", "see why it ends, without its being started over and over"),
    "hup": ("", "nginx", "have it read a renewed TLS certificate"),
    "int": ("", "nginx", "end it at once; runit starts it again"),
    "term": ("", "registry", "end it after requests are answered"),
    "kill": ("", "registry", "end what reacts to nothing else"),
    "usr1": ("", "nginx", "after its logs were moved away by hand"),
    "usr2": ("", "nginx", "whatever the program does on it"),
    "graceful-kill": ("", "registry", "where ctl stop registry runs out of patience"),
}
_SIGNALS = frozenset({"hup", "int", "term", "kill", "usr1", "usr2"})
_STATUS = epilog(
    ("ctl status", "what runs, and since when"),
    ("ctl status registry --json", "for a monitoring system"),
    exits={
        0: "every service runs",
        3: "one is down, or its socket is gone",
        4: "one is unknown; more are added up, at most to 125",
    },
)
_LIST = epilog(("ctl service-list", "which names the other commands take"))
_TAIL = epilog(
    ("ctl tail registry", "watch the registry"),
    ("ctl tail nginx/gitlab_registry_error.log -n 100 --no-follow", "the end of one log"),
)
_SHUTDOWN = epilog(("ctl shutdown", "before the machine's storage is taken away"))


def status(service: Service = None, root: Root = None, json: Json = False) -> None:
    """Show the state of services, and what is due.

    It exits with the sum of 0 running, 3 down, 4 unknown. On a terminal it is a table, with memory, ports and
    all that is due; otherwise gitlab-ctl's lines.
    """
    layout = layout_of(root)
    as_json = wants_json(json)
    if not as_json and not sys.stdout.isatty():
        from ctl.operations.serve.status import status_lines
        from ctl.supervise.directories import spelled

        lines, code, remarks = status_lines(layout, service)
        print("\n".join(map(spelled, lines)))
        for remark in remarks:
            print(f"note: {remark}", file=sys.stderr)
        raise SystemExit(code)
    from datetime import UTC, datetime

    from ctl.console import services, terminal
    from ctl.operations.inspect.overview import overview

    gathered = overview(layout, service, datetime.now(UTC))
    if as_json:
        print(services.document(gathered))
    else:
        terminal.tolerate(sys.stdout)
        for line in services.table(gathered, terminal.columns(), terminal.is_coloured(sys.stdout)):
            print(line)
    raise SystemExit(gathered.code)


def _command(action: str) -> Callable[[str | None, Path | None], None]:
    def run(service: Service = None, root: Root = None) -> None:
        from ctl.operations.serve.control import act

        raise SystemExit(act(action, service, layout_of(root)))

    return run


def service_list(root: Root = None) -> None:
    """List all services; a star is behind those that are enabled.

    The standby of the registry is listed only while it serves.
    """
    from ctl.operations.serve.status import service_list as names
    from ctl.supervise.directories import spelled

    for name in names(layout_of(root)):
        print(spelled(name))


def tail(
    log: Annotated[
        str | None,
        argument(
            metavar="[SERVICE|PATH]", help="Service, or path below the directory of logs; all when not given."
        ),
    ] = None,
    lines: Annotated[
        int, option("-n", "--lines", min=0, metavar="NUMBER", help="Lines of each log to begin with.")
    ] = 10,
    follow: Annotated[bool, option(help="Go on with what is written from now on.")] = True,
    raw: Annotated[
        bool, option("--raw", help="Show lines as they are, known secrets and passwords in URLs too.")
    ] = False,
    root: Root = None,
) -> None:
    """Follow logs, secrets masked; Ctrl-C ends it.

    Each line stands behind the name of its service. Only logs are shown, whatever the path, so that sudo may
    grant it to who may not read everything.
    """
    from ctl.console import terminal
    from ctl.console.tail import LinePrinter
    from ctl.operations.inspect.tail import tail as run
    from ctl.operations.inspect.tail import wanted

    KNOWN.revealed = raw
    about = wanted(layout_of(root), log)
    out = sys.stdout
    terminal.tolerate(out)
    width = terminal.columns() if out.isatty() else None
    printer = LinePrinter(out, about.file is None, width, terminal.is_coloured(out))
    try:
        run(about, lines, printer.show, (lambda time: terminal.still_read(out, time)) if follow else None)
    except KeyboardInterrupt:
        # The usual way to end it is no error; the code is that of any program that was interrupted.
        raise SystemExit(130) from None


def shutdown(root: Root = None) -> None:
    """Stop every service and their supervisor.

    The next reconfigure or start brings them back.
    """
    from ctl.operations.serve.control import shutdown as run

    run(layout_of(root))


def _actions() -> Iterator[Command]:
    for action, (more, example, purpose) in _ACTIONS.items():
        exits = {} if action in _SIGNALS else LOCKED
        below = epilog((f"ctl {action} {example}", purpose), exits=exits)
        yield Command(action, _command(action), below, text=f"{line_of(action)}.\n\n{more}")


COMMANDS = (
    Command("status", status, _STATUS),
    *_actions(),
    Command("service-list", service_list, _LIST),
    Command("tail", tail, _TAIL),
    Command("shutdown", shutdown, _SHUTDOWN),
)
