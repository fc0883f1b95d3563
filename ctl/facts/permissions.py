"""Who else may write or read the files that a run obeys."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_MOST_LINKS = 40


class Weakness(Struct, frozen=True):
    """A way by which others can change a file.

    Args:
        message: what was found.
        remedy: the command that ends it.
    """

    message: str
    remedy: str


def weakness(path: Path, caller: int) -> Weakness | None:
    """Tell by which way an account other than root and the caller can change a file, or put another there.

    The file and every directory on the way to it count, through all symlinks, and whose those are. A
    directory that all may write is harmless with the sticky bit, a group without other members is its owner
    alone.

    Args:
        path: absolute.
        caller: the user id that is trusted beside root's.

    Source: the rules are those of sshd for its files, with Debian's exception for groups of one's own.
    """
    for step in dict.fromkeys(_steps(path)):
        try:
            status = step.lstat()
        except OSError:
            return None
        place, mode = str(step), status.st_mode
        so = f" and so replace {path.name}" if stat.S_ISDIR(mode) or stat.S_ISLNK(mode) else ""
        if status.st_uid not in (0, caller):
            may = f", who can change it{so}"
            owner, trusted = account_name(status.st_uid), account_name(caller)
            expected = "root" if caller == 0 else f"root or {trusted}"
            text = f"{place} belongs to {owner}{may}; {expected} is expected"
            if stat.S_ISDIR(mode):
                # Whose directory it is may need it.
                return Weakness(text, f"keep {path.name} where only root can write, such as /etc/gitlab")
            own = "-h " if stat.S_ISLNK(mode) else ""
            return Weakness(text, f"chown {own}{shlex.quote(trusted)} {shlex.quote(place)}")
        who = None if stat.S_ISLNK(mode) else _writers(step, status)
        if who is not None:
            letters = "go-w" if mode & stat.S_IWGRP else "o-w"
            return Weakness(
                f"{who} can write {place}{so}: its mode is {stat.S_IMODE(mode):04o}",
                f"chmod {letters} {shlex.quote(place)}",
            )
    return None


def readable_by_others(path: Path) -> bool:
    """Whether every account of the machine can read a file: its own mode and its directories let them."""
    try:
        *directories, file = dict.fromkeys(_steps(path))
        ways = [directory for directory in directories if not directory.is_symlink()]
        return bool(file.stat().st_mode & stat.S_IROTH) and all(
            directory.stat().st_mode & stat.S_IXOTH for directory in ways
        )
    except OSError:
        return False


def _steps(path: Path) -> Iterator[Path]:
    """Yield every directory and symlink on the way to a file, and last the file itself."""
    current = Path("/")
    pending = [*reversed(path.parts[1:])]
    links = 0
    yield current
    while pending:
        part = pending.pop()
        if part == "..":
            current = current.parent
            continue
        following = current / part
        if not following.is_symlink():
            current = following
            yield current
            continue
        # In a directory that all may write, whoever owns the link can lead it elsewhere.
        yield following
        links += 1
        if links > _MOST_LINKS:
            return
        target = following.readlink()
        if target.is_absolute():
            current = Path("/")
        pending.extend(reversed(target.parts[target.is_absolute() :]))


def _writers(path: Path, status: os.stat_result) -> str | None:
    """Name those who may write beside the owner; None where there are none."""
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return None
    if status.st_mode & stat.S_IWOTH:
        return "others"
    if not status.st_mode & stat.S_IWGRP:
        return None
    if _has_list(path):
        # The bits of the group are then those of everybody whom the list names.
        return "whoever its access control list names"
    return None if _own_group(status) else f"the group {_group(status.st_gid)}"


def _has_list(path: Path) -> bool:
    """Whether a file has an access control list beyond its mode."""
    try:
        return bool(os.getxattr(path, "system.posix_acl_access"))
    except OSError:
        return False


def _own_group(status: os.stat_result) -> bool:
    """Whether a group is the owner's alone: it bears the owner's name and has no other member."""
    try:
        owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    return group.gr_name == owner and set(group.gr_mem) <= {owner}


def account_name(number: int) -> str:
    """Return the name of an account, or its number where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
