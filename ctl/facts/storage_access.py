"""Whether the registry can reach what its storage needs on this machine."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.errors import reason
from ctl.facts.gather import Machine
from ctl.plan.derive import Derived
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name

# A service account's key has these; the driver does not start without them.
_OF_KEY_FILE = ("client_email", "private_key")
_LARGEST = 1024 * 1024


def check_storage_access(
    settings: Settings, derived: Derived, machine: Machine, places: Finder
) -> Iterator[Diagnostic]:
    """Yield what keeps the registry from its storage: a useless key file, a closed directory on the way.

    A run that only renders looks at nothing.

    Args:
        settings: validated.
        derived: what follows from them.
        machine: which root, and whether services run as accounts of their own.
        places: where settings were given.
    """
    if machine.offline or not machine.programs or not derived.registry_enabled:
        return
    storage = settings.registry.storage
    if storage is not None and storage.gcs is not None and storage.gcs.keyfile is not None:
        path: SettingPath = ("registry", "storage", "gcs", "keyfile")
        problem = key_file_problem(machine.layout.under(storage.gcs.keyfile))
        if problem:
            yield Diagnostic(
                Severity.ERROR, "key-file-unusable", f"{setting_name(path)}: {problem}", places.value(path)
            )
    if machine.accounts and derived.image_directory is not None:
        yield from _closed(settings, machine.layout.under(derived.image_directory), places)


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


def _closed(settings: Settings, directory: Path, places: Finder) -> Iterator[Diagnostic]:
    """Warn of a directory that the registry's account cannot pass through (F13)."""
    name = settings.registry.username
    try:
        account = pwd.getpwnam(name)
        numbers = os.getgrouplist(name, account.pw_gid)
    except (KeyError, OSError):
        # It is made later, or is said to be missing.
        return
    closed = closed_directory(directory, account.pw_uid, numbers)
    if closed is None:
        return
    path = _named_by(settings)
    yield Diagnostic(
        Severity.WARNING,
        "directory-closed",
        f"the account {name} cannot pass through {closed} to the images in {directory}",
        places.value(path),
        f"chmod o+x {shlex.quote(str(closed))}   # or give a group of {name} the right to pass",
    )


def _named_by(settings: Settings) -> SettingPath:
    """Return the setting that says where images lie."""
    storage = settings.registry.storage
    if storage is not None and storage.filesystem is not None and storage.filesystem.rootdirectory:
        return ("registry", "storage", "filesystem", "rootdirectory")
    if settings.gitlab_rails.registry_path is not None:
        return ("gitlab_rails", "registry_path")
    return ("registry_external_url",)


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
