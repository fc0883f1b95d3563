"""Small files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

MAXIMUM_BYTES = 16 * 1024 * 1024


def write_atomically(path: Path, data: bytes, mode: int) -> None:
    """Put a file in place by one rename, brought to the disk; readers see the old one or the new one.

    The file has its mode before its first byte. What a killed run left half written is cleared.

    Raises:
        OSError: it cannot be written, and names the file; the old one is then untouched.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(data)
            output.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        fresh.rename(path)
    except BaseException as error:
        fresh.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            # Of what is written to a descriptor the system does not know the name.
            error.filename = str(path)
        raise
    fsync_directory(path.parent)


def read_optional(path: Path) -> bytes | None:
    """Return a file's contents; None when it is missing.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAXIMUM_BYTES)


def fsync_directory(path: Path) -> None:
    """Bring a directory's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
