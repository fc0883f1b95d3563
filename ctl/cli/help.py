"""The program's own help: its commands in groups, and ``ctl help``."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ctl.cli.declared import Command
from ctl.cli.epilog import epilog
from ctl.cli.groups import GROUPS, listed

MORE = "ctl help COMMAND says more of a command, and man ctl of all."

_HELP = epilog(
    ("ctl help", "which commands there are"),
    ("ctl help registry-garbage-collect", "what it does, and its options"),
)


class Program(TyperGroup):
    """The group of all commands, which lists them by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write every command with its whole line, below the heading of its group."""
        for title, lines in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([*lines.items()], col_max=max(map(len, listed())) + 2)


def help_of(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="[COMMAND]", help="Its name; all of them when not given.")
    ] = None,
) -> None:
    """Show what a command does and takes, or list all of them.

    It is the same as --help behind the command's name.
    """
    root = context.find_root()
    program: Any = root.command
    if command is None:
        print(root.get_help())
        return
    name, chosen, _ = program.resolve_command(root, [command])
    with chosen.make_context(name, [], parent=root, resilient_parsing=True) as inner:
        print(inner.get_help())


COMMANDS = (Command("help", help_of, _HELP),)
