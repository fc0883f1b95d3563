"""What the registry needs of this machine to get at its storage."""

from __future__ import annotations

import json
import stat
from collections.abc import Collection
from pathlib import Path

from ctl.errors import reason

# A service account's key has these; the driver does not start without them.
_OF_KEY_FILE = ("client_email", "private_key")
_LARGEST = 1024 * 1024


def key_file_problem(path: Path) -> str | None:
    """Tell what is wrong with the key file of a Google service account; its content is never shown."""
    try:
        # A named pipe must not hold us up.
        if not stat.S_ISREG(path.stat().st_mode):
            return f"{path} is not a regular file"
        with path.open("rb") as stream:
            content = json.loads(stream.read(_LARGEST))
    except OSError as error:
        return f"{path} cannot be read: {reason(error)}"
    except (ValueError, RecursionError):
        return f"{path} is not JSON; the key file of a service account is expected"
    missing = [name for name in _OF_KEY_FILE if not (isinstance(content, dict) and content.get(name))]
    if missing:
        return f"{path} has no {' and no '.join(missing)}; the key file of a service account is expected"
    return None


def closed_directory(path: Path, uid: int, gids: Collection[int]) -> Path | None:
    """Return the topmost directory above a path that an account cannot pass through; None if it can pass.

    What does not exist yet counts as open.

    Args:
        path: absolute.
        uid: the account's number.
        gids: the numbers of its groups.
    """
    if uid == 0:
        return None
    for parent in reversed(path.parents):
        try:
            status = parent.stat()
        except OSError:
            return None
        if status.st_uid == uid:
            allowed = stat.S_IXUSR
        else:
            allowed = stat.S_IXGRP if status.st_gid in gids else stat.S_IXOTH
        if not status.st_mode & allowed:
            return parent
    return None
