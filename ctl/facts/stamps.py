"""Stamps of files: cheap to take, different after a change."""

from __future__ import annotations

from pathlib import Path


def stamp(path: Path) -> str:
    """Return a text that changes when a file is replaced or written to; empty when it is missing.

    Also when its content was put back since: who read it meanwhile has read something else.
    """
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
