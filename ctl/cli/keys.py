"""Commands for those who may see secrets: tokens, and the backup of what is below etc/gitlab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("registry-token")(registry_token)
    app.command("backup-etc")(backup_etc)


def registry_token(
    scope: Annotated[
        list[str], typer.Option("--scope", help="What it allows: repository:group/app:pull,push; repeatable.")
    ],
    expires: Annotated[str, typer.Option("--expires", help="How long it lives, at most 1h.")] = "5m",
    root: Root = None,
) -> None:
    """Print a token for the registry, and nothing else; for those who may read the key."""
    from ctl.operations.mint_token import mint_token

    print(mint_token(layout_of(root), scope, expires))


def backup_etc(
    path: Annotated[
        Path | None,
        typer.Option("-p", "--backup-path", help="Directory; by default etc/gitlab/config_backup."),
    ] = None,
    delete_old: Annotated[
        bool,
        typer.Option(
            "--delete-old-backups/--no-delete-old-backups",
            help="Delete backups older than gitlab_rails['backup_keep_time'].",
        ),
    ] = True,
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Put etc/gitlab, with its secrets, into one archive."""
    as_json = wants_json(json)
    from ctl.console.backup import show_backup
    from ctl.operations.backup_etc import Wanted
    from ctl.operations.backup_etc import backup_etc as run

    layout = layout_of(root)
    wanted = Wanted(layout, settings_file_of(config, layout), os.environ, path, delete_old)
    show_backup(run(wanted), as_json)
