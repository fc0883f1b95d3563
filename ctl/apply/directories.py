"""Directories that services need, with the owner and mode they need."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Sequence
from pathlib import Path

from ctl.apply.safety import how_to_own, unsafe_ancestor
from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.targets.model import Directory


def make_directories(layout: Layout, directories: Sequence[Directory]) -> None:
    """Make what is missing and mend mode and owner of root's own directories.

    A service's own directory is made when it is missing, where root can do so safely, and left alone ever
    after.

    Raises:
        CtlError: a directory cannot be made, or its place belongs to another account.
    """
    for directory in directories:
        path = Path(directory.path)
        try:
            _make(path, directory, layout)
        except OSError as error:
            raise CtlError(f"the directory {path} cannot be made: {reason(error)}") from error


def _make(path: Path, directory: Directory, layout: Layout) -> None:
    if directory.data and not directory.managed and not path.is_dir():
        raise CtlError(
            f"the directory {path} is missing, and manage_storage_directories['enable'] is false",
            help=f"make it by hand: {_by_hand(directory)}",
        )
    unsafe = unsafe_ancestor(path, layout)
    if directory.data and (unsafe or path.exists()):
        if not path.is_dir():
            missing = f"the directory {path} is missing, and another account can write {unsafe}"
            raise CtlError(
                f"{missing}, so root must not make it" if unsafe else f"{path} is not a directory",
                help=f"make it by hand: {_by_hand(directory)}"
                if unsafe
                else "see what stands there, and choose another place for it",
            )
        return
    if unsafe:
        raise CtlError(
            f"{path} cannot be used: another account can write {unsafe}",
            help=how_to_own(unsafe),
        )
    _mend(path, directory, layout)


def _by_hand(directory: Directory) -> str:
    """Return the command that makes a directory that is missing."""
    owner = f"-o {directory.owner} -g {directory.group} " if directory.owner else ""
    return f"install -d {owner}-m {directory.mode:04o} {shlex.quote(directory.path)}"


def _mend(path: Path, directory: Directory, layout: Layout) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    made = not path.is_dir()
    if made:
        path.mkdir(mode=0o700)
    if path.is_symlink():
        # Logs are often moved to another disk this way.
        if where := unsafe_ancestor(path / "entry", layout):
            raise CtlError(
                f"{where} is a symlink to where another account can write", help="make it a directory"
            )
        path = path.resolve()
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        uid = pwd.getpwnam(directory.owner).pw_uid if directory.owner else os.geteuid()
        gid = grp.getgrnam(directory.group).gr_gid if directory.group else os.getegid()
        if (status.st_uid, status.st_gid) != (uid, gid):
            os.fchown(descriptor, uid, gid)
        if stat.S_IMODE(status.st_mode) != directory.mode:
            os.fchmod(descriptor, directory.mode)
    finally:
        os.close(descriptor)
