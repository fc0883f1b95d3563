"""The file of the log of what was deleted; imported by who deletes something."""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import Any

from ctl.errors import reason


class DeletionFile(RotatingFileHandler):
    """A log file that nobody else reads; ``failure`` says why a line could not be written."""

    failure: str | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))

    def _open(self) -> TextIOWrapper:
        # Also when it is made anew by rotation, and whatever the umask is.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.baseFilename, flags, 0o600)
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def add(self, line: str) -> None:
        """Add a line, behind the time."""
        self.emit(logging.LogRecord("ctl", logging.INFO, "", 0, line, None, None))

    def handleError(self, record: logging.LogRecord) -> None:
        """Remember what went wrong, instead of printing it."""
        error = sys.exc_info()[1]
        self.failure = reason(error) if isinstance(error, OSError) else str(error)
