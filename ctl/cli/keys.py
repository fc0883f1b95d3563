"""Commands for those who may see secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from ctl.cli.declared import Command, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json

_TOKEN = epilog(
    ("ctl registry-token --scope repository:group/app:pull", "try whether the registry takes GitLab's key"),
    ("ctl registry-token --scope 'registry:catalog:*' --expires 1m", "list all repositories"),
)
_BACKUP = epilog(
    ("ctl backup-etc", "before settings or keys are changed"),
    ("ctl backup-etc -p /mnt/backup --no-delete-old-backups", "onto another file system; keep all"),
    exits=LOCKED,
)


def registry_token(
    scope: Annotated[
        list[str],
        option(
            "--scope",
            metavar="SCOPE",
            help="What it allows: repository:group/app:pull,push; may be given several times.",
        ),
    ],
    expires: Annotated[
        str, option("--expires", metavar="DURATION", help="How long it lives, at most 1h.")
    ] = "5m",
    root: Root = None,
) -> None:
    """Print a token for the registry, and nothing else.

    It is for those who may read the key. Send it as Authorization: Bearer. The registry's log names who asked
    for it.
    """
    from ctl.operations.keys.mint_token import mint_token

    print(mint_token(layout_of(root), scope, expires))


def backup_etc(
    path: Annotated[
        Path | None,
        option("-p", "--backup-path", metavar="DIR", help="Directory; by default etc/gitlab/config_backup."),
    ] = None,
    delete_old: Annotated[
        bool,
        option(
            "--delete-old-backups/--no-delete-old-backups",
            help="Delete backups older than gitlab_rails['backup_keep_time'].",
        ),
    ] = True,
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Put etc/gitlab, with its secrets, into one archive.

    Only its owner may read it. Keep it apart from the backups of images: with both, anybody has everything.
    """
    as_json = wants_json(json)
    from ctl.console.backup import show_backup
    from ctl.operations.keep.backup_etc import Wanted
    from ctl.operations.keep.backup_etc import backup_etc as run

    layout = layout_of(root)
    wanted = Wanted(layout, settings_file_of(config, layout), os.environ, path, delete_old)
    show_backup(run(wanted), as_json)


COMMANDS = (
    Command("registry-token", registry_token, _TOKEN),
    Command("backup-etc", backup_etc, _BACKUP),
)
