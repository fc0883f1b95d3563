"""The errors that reach a person, and the exit codes that reach a script."""

from __future__ import annotations

import errno
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process answers; the same in every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INVALID = 3
    LOCKED = 4


class CtlError(Exception):
    """Something an administrator has to know of; printed without a traceback.

    Args:
        message: lower case, no full stop: what was found and what was expected.
        help: what to do about it, one sentence or several lines.
        detail: further lines to show below the message, such as the end of a log.
        exit_code: what the process ends with.
    """

    def __init__(
        self,
        message: str,
        *,
        help: str | None = None,
        detail: str | None = None,
        exit_code: ExitCode = ExitCode.FAILED,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.detail = detail
        self.exit_code = exit_code


def reason(error: OSError) -> str:
    """Say why the system refused, in the system's own words: ``permission denied``."""
    return (error.strerror or str(error)).lower()


def refused(error: OSError) -> CtlError:
    """Turn what the system refused into an error that names the file and the way out."""
    where = f"{error.filename}: " if error.filename else ""
    helps = {
        errno.EACCES: "run this as root",
        errno.EPERM: "run this as root",
        errno.ENOSPC: "make room on that file system, then run this again",
        errno.EROFS: "mount that file system writable, then run this again",
    }
    return CtlError(f"{where}{reason(error)}", help=helps.get(error.errno or 0))
