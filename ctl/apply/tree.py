"""Whole directories of files: brought to the disk, and removed."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ctl.aside import each
from ctl.state.files import fsync


def sync(root: Path) -> None:
    """Bring files and directories to the disk, side by side.

    Raises:
        OSError: the disk is full or broken.
    """
    places = ((place, names) for place, _, names in os.walk(root))
    paths = [Path(place, name) for place, names in places for name in ("", *names)]
    each(fsync, paths)


def remove(root: Path) -> None:
    """Remove a directory and whatever is in it; files of several directories side by side.

    Raises:
        OSError: something of it cannot be removed.
    """
    each(_empty, [(place, names) for place, _, names in os.walk(root)])
    shutil.rmtree(root)


def _empty(directory: tuple[str, list[str]]) -> None:
    place, names = directory
    for name in names:
        # What cannot be removed is told afterwards.
        with contextlib.suppress(OSError):
            os.unlink(f"{place}/{name}")  # noqa: PTH108 - a text costs less
