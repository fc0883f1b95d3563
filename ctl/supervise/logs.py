"""Where the logs are, and the end of a log."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ctl.diagnostics.known import mask_urls
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.regex import compile_late
from ctl.state.files import read_text
from ctl.supervise.directories import defined

MAXIMUM_BYTES = 64 * 1024

# svlogd's own files, what it and logrotate have put away, and what a program is just writing aside.
_NO_LOG = compile_late(
    r"config|lock|state|newstate|[@.].*|.*\.(?:gz|tgz|gzip|bz2|xz|zst|[0-9]+)|.*-[0-9]{8}", re.DOTALL
)


class Log(Struct, frozen=True, order=True):
    """A log that is being written.

    Args:
        label: the service's name, with the file's where it is not the service's own output.
        path: of the file.
    """

    label: str
    path: Path


def log_tail(layout: Layout, name: str, lines: int) -> list[str]:
    """Return the last lines of a service's log, to be shown; empty when there is none that can be read.

    The log is found through the service's own log script, wherever its directory is.
    """
    directory = log_directory(layout, name)
    if directory is None:
        return []
    try:
        descriptor = open_log(directory / "current")
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        before = max(0, os.fstat(descriptor).st_size - MAXIMUM_BYTES)
        file.seek(before)
        tail = file.read().decode("utf-8", "replace").splitlines()
    # A line whose beginning is not there may begin within a secret.
    return [mask_urls(line) for line in tail[1 if before else 0 :][-lines:]]


def open_log(path: Path) -> int:
    """Open a regular file for reading; what lies there as a link or a pipe may be somebody's trap.

    Raises:
        OSError: it is missing, may not be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(2, "no regular file", str(path))


def log_directory(layout: Layout, name: str) -> Path | None:
    """Return the directory that a service logs into, as its log script says; None when it has none."""
    try:
        script = (layout.service_definitions / name / "log" / "run").resolve()
        directory = Path(_last_word(read_text(script) or ""))
    except (OSError, IndexError, ValueError, RuntimeError, CtlError):
        return None
    return directory if directory.is_absolute() else None


def log_directories(layout: Layout) -> dict[Path, str]:
    """Return the service of each directory that a service logs into."""
    services = {}
    for name in defined(layout):
        directory = log_directory(layout, name)
        if directory is not None:
            services[directory] = name
    return services


def logs_below(directory: Path, layout: Layout) -> Iterator[Log]:
    """Yield the logs in a directory and below it; links are not followed, put-away logs are left out.

    Raises:
        PermissionError: one of the directories may not be read.
    """
    services = log_directories(layout)
    for path in _files(directory):
        yield Log(_label(path, services, layout), path)


def log_at(path: Path, layout: Layout) -> Log:
    """Return the log of one file."""
    return Log(_label(path, log_directories(layout), layout), path)


def _files(directory: Path) -> Iterator[Path]:
    try:
        with os.scandir(directory) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except PermissionError:
        raise
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False) and not _NO_LOG.fullmatch(entry.name):
            yield Path(entry.path)


def _label(path: Path, services: dict[Path, str], layout: Layout) -> str:
    service = services.get(path.parent)
    if service is not None:
        return service if path.name == "current" else f"{service}/{path.name.removesuffix('.log')}"
    if path.is_relative_to(layout.logs):
        return str(path.relative_to(layout.logs)).removesuffix(".log").removesuffix("/current")
    return path.name


def _last_word(script: str) -> str:
    import shlex

    return shlex.split(script.strip().splitlines()[-1])[-1]
