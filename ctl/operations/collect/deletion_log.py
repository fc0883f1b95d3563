"""The log of everything that was ever deleted: rotated, and read by root alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ctl.errors import reason
from ctl.paths import Layout

if TYPE_CHECKING:
    from ctl.operations.collect.deletion_file import DeletionFile

MAXIMUM_BYTES = 10 * 1024 * 1024
KEPT = 10


class DeletionLog:
    """The log; it is opened by the first line, and a full disk hinders no collection.

    Args:
        layout: whose log.
    """

    def __init__(self, layout: Layout) -> None:
        self._place = layout.logs / "ctl"
        self._handler: DeletionFile | None = None
        self._failure: str | None = None

    @property
    def problem(self) -> str | None:
        """Why some lines could not be written; None when all were."""
        return self._failure or (self._handler.failure if self._handler else None)

    def write(self, values: dict[str, Any]) -> None:
        """Add a line."""
        if self._failure is None and self._handler is None:
            from ctl.operations.collect.deletion_file import DeletionFile

            try:
                self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = self._place / "deleted.log"
                self._handler = DeletionFile(file, maxBytes=MAXIMUM_BYTES, backupCount=KEPT)
            except OSError as error:
                self._failure = reason(error)
        if self._handler is not None:
            self._handler.add(json.dumps(values, sort_keys=True))

    def close(self) -> None:
        """Let go of the file."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None
