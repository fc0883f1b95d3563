"""The log of everything that was ever deleted: rotated, and read by root alone."""

from __future__ import annotations

import json
import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import Any

from ctl.errors import reason
from ctl.paths import Layout

MAXIMUM_BYTES = 10 * 1024 * 1024
KEPT = 10


class DeletionLog:
    """The log; it is opened by the first line, and a full disk hinders no collection.

    Args:
        layout: whose log.
    """

    def __init__(self, layout: Layout) -> None:
        self._place = layout.logs / "ctl"
        self._handler: _Handler | None = None
        self._failure: str | None = None

    @property
    def problem(self) -> str | None:
        """Why some lines could not be written; None when all were."""
        return self._failure or (self._handler.failure if self._handler else None)

    def write(self, values: dict[str, Any]) -> None:
        """Add a line."""
        if self._failure is None and self._handler is None:
            try:
                self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = self._place / "deleted.log"
                self._handler = _Handler(file, maxBytes=MAXIMUM_BYTES, backupCount=KEPT)
            except OSError as error:
                self._failure = reason(error)
        if self._handler is not None:
            line = json.dumps(values, sort_keys=True)
            self._handler.emit(logging.LogRecord("ctl", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        """Let go of the file."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None


class _Handler(RotatingFileHandler):
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

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        self.failure = reason(error) if isinstance(error, OSError) else str(error)
