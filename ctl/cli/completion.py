"""The command for shells."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ctl.cli.declared import Command
from ctl.cli.epilog import epilog


class Shell(StrEnum):
    """The shells that scripts are written for."""

    BASH = "bash"
    ZSH = "zsh"


_COMPLETION = epilog(
    ("ctl completion bash > /etc/bash_completion.d/ctl", "where no package has put it in its place"),
    ("ctl completion zsh > /usr/local/share/zsh/site-functions/_ctl", "the same for zsh"),
)


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh", help="The shell.", show_default=False)],
) -> None:
    """Print a completion script for bash or zsh.

    It holds all commands, options and settings; names of services and logs are read at a TAB.
    """
    from ctl.cli.shells import script

    print(script(shell, context.find_root().command))


COMMANDS = (Command("completion", completion, _COMPLETION),)
