"""How the result of a backup looks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ctl.console.report import print_json
from ctl.console.text import safe

if TYPE_CHECKING:
    from ctl.operations.keep.backup_etc import Backup


def show_backup(backup: Backup, as_json: bool) -> None:
    """Print where the archive is and what to mind."""
    if as_json:
        print_json(backup.as_json())
        return
    for note in backup.notes:
        print(f"note: {safe(note)}", file=sys.stderr)
    for name in backup.deleted:
        print(f"deleted: {safe(name)}")
    files = f"{backup.files} file{'' if backup.files == 1 else 's'}"
    print(f"backup: {safe(backup.archive)} ({files}, {backup.size} bytes)")
    print("it holds secrets in clear: keep it where GitLab's other backups are not")
