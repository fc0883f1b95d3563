"""``ctl completion``: a script for the shell that knows every command."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """The shells that scripts are written for."""

    BASH = "bash"
    ZSH = "zsh"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("completion")(completion)


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(help="bash or zsh.", show_default=False)],
) -> None:
    """Print a completion script, for /etc/bash_completion.d/ctl or as _ctl into a directory of zsh's path."""
    from ctl.cli.shells import script

    print(script(shell, context.find_root().command))
