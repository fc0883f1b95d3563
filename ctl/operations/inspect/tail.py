"""``ctl tail``: what the services write, as they write it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from ctl.errors import CtlError
from ctl.operations.serve.selection import unknown
from ctl.paths import Layout
from ctl.supervise.directories import defined, spelled
from ctl.supervise.follow import Follower, Line
from ctl.supervise.logs import Log, log_at, log_directories, log_directory, logs_below

LOOK_SECONDS = 0.2


class Wanted(Struct, frozen=True):
    """What was asked for: one file, or all logs below some directories."""

    layout: Layout
    file: Path | None = None
    directories: tuple[Path, ...] = ()

    def search(self) -> Sequence[Log]:
        """Return the logs that are there now."""
        if self.file is not None:
            return [log_at(self.file, self.layout)]
        logs = {log for directory in self.directories for log in logs_below(directory, self.layout)}
        return sorted(logs)


def wanted(layout: Layout, asked: str | None) -> Wanted:
    """Find what a word means: a service, or a path below the directory of all logs.

    Only logs are shown, whatever the path: the command may be granted to who may not read everything.

    Args:
        layout: whose logs.
        asked: the word; None for the logs of all services.

    Raises:
        CtlError: it means nothing.
    """
    own = tuple(log_directories(layout))
    if asked is None:
        return Wanted(layout, directories=(layout.logs, *own))
    if asked in defined(layout):
        directory = log_directory(layout, asked)
        if directory is None:
            raise CtlError(
                f"the service {spelled(asked)} keeps no log", help="ctl tail shows the logs that there are"
            )
        return Wanted(layout, directories=(directory,))
    if not asked or "\0" in asked:
        raise unknown(asked, defined(layout))
    path = Path(os.path.realpath(layout.logs / asked))
    allowed = [Path(os.path.realpath(directory)) for directory in (layout.logs, *own)]
    inside = any(path.is_relative_to(directory) for directory in allowed)
    if inside and path.is_dir():
        return Wanted(layout, directories=(path,))
    if inside and path.is_file():
        return Wanted(layout, file=path)
    if "/" not in asked:
        raise unknown(asked, defined(layout))
    there = f"is not there below {layout.logs}" if inside else f"is not below {layout.logs}"
    raise CtlError(f"the log {spelled(asked)} {there}", help=f"look into {layout.logs}")


def tail(
    about: Wanted,
    lines: int,
    show: Callable[[Iterator[Line]], None],
    pause: Callable[[float], bool] | None,
) -> None:
    """Show the last lines of logs, and then what comes.

    Args:
        about: the logs.
        lines: how many of each to begin with.
        show: prints lines.
        pause: waits so many seconds and returns whether anybody still reads; None not to wait for more.

    Raises:
        CtlError: the logs may not be read, or there is none and none is waited for.
    """
    follower = Follower(about.search)
    try:
        show(follower.begin(lines))
    except PermissionError as error:
        raise CtlError(f"{error.filename}: permission denied", help="run this as root") from error
    try:
        while pause is not None and (follower.is_behind or pause(LOOK_SECONDS)):
            show(follower.look())
    finally:
        show(follower.close())


__all__ = ["Line", "Wanted", "tail", "wanted"]
