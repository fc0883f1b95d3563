"""The end of a service's log."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ctl.paths import Layout

MAXIMUM_BYTES = 64 * 1024


def log_tail(layout: Layout, name: str, lines: int) -> list[str]:
    """Return the last lines of a service's log; empty when there is none that can be read.

    The log is found through the service's own log script, wherever its directory is.
    """
    try:
        script = (layout.service_definitions / name / "log" / "run").read_text()
        directory = Path(_last_word(script))
        descriptor = os.open(directory / "current", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, IndexError, ValueError):
        return []
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return []
        file.seek(max(0, status.st_size - MAXIMUM_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def _last_word(script: str) -> str:
    import shlex

    return shlex.split(script.strip().splitlines()[-1])[-1]
