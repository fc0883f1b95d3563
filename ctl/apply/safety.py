"""Where root may write by path: never below a directory that another account can write.

Who can write a directory can swap what is in it, and so make root write elsewhere.
"""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from ctl.paths import Layout


def unsafe_ancestor(path: Path, layout: Layout) -> Path | None:
    """Return the topmost existing directory above a path that another account can write; None if all is well.

    A symlink on the way counts as well unless it belongs to root or the caller and leads to a place of which
    the same holds. The directory that the caller chose as root, and what is above it, is the caller's own
    affair.
    """
    trusted = {0, os.geteuid()}
    inside = path.is_relative_to(layout.root)
    current = layout.root if inside else Path(path.anchor)
    for part in path.parent.relative_to(current).parts:
        current = current / part
        try:
            status = current.lstat()
        except FileNotFoundError:
            return None
        if status.st_uid not in trusted:
            return current
        if stat.S_ISLNK(status.st_mode):
            if not _leads_to_safety(current, layout):
                return current
        elif _others_write(status.st_mode, status.st_gid):
            return current
    return None


def how_to_own(unsafe: Path) -> str:
    """Say what to do about a directory that another account can write, without taking it from its users."""
    status, quoted = unsafe.lstat(), shlex.quote(str(unsafe))
    elsewhere = "let the setting name a place that only root can write"
    if stat.S_ISLNK(status.st_mode) or status.st_uid not in (0, os.geteuid()):
        return f"{elsewhere}; ls -ld {quoted} shows whose this one is"
    return f"{elsewhere}; or, where nobody else has to write there: chmod go-w {quoted}"


def _leads_to_safety(link: Path, layout: Layout) -> bool:
    target = Path(os.path.realpath(link))
    return target.is_dir() and not target.is_symlink() and unsafe_ancestor(target / "entry", layout) is None


def _others_write(mode: int, group: int) -> bool:
    if mode & stat.S_ISVTX:
        return False
    own_group = group in (0, os.getegid())
    return bool(mode & stat.S_IWOTH) or (bool(mode & stat.S_IWGRP) and not own_group)
