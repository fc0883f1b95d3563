"""Small files that are written whole or not at all, and read as what they are or not at all.

What is made under a temporary name and then renamed begins with `make_way` and ends with `put_in_place`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import stat
from pathlib import Path
from typing import Any

from ctl.errors import CtlError
from ctl.state import begun
from ctl.state.document import parse

# In the name of what a reconfigure could not use and put aside, before a number.
ASIDE = ".damaged-"
MAXIMUM_BYTES = 16 * 1024 * 1024
# Settings of a generation lie deeper in each other than what we note beside them.
MOST_DEPTH = 200


class Damaged(CtlError):
    """A file of ctl's own that is not what ctl made; names it and the way on.

    Args:
        path: of the file.
        problem: what it is instead, to follow "cannot be used: ".
        help: what to do about it.
    """

    def __init__(
        self, path: Path, problem: str, help: str = "ctl reconfigure puts it aside and makes a new one"
    ) -> None:
        super().__init__(f"{path} cannot be used: {problem}", help=help)
        self.path = path
        self.problem = problem


def write_atomically(path: Path, data: bytes, mode: int) -> None:
    """Put a file in place by one rename, brought to the disk; readers see the old one or the new one.

    The file has its mode before its first byte. What a killed run left half written is cleared.

    Raises:
        OSError: it cannot be written, and names the file; the old one is then untouched.
    """
    begun.note()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    make_way(fresh)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(data)
            output.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        put_in_place(fresh, path)
    except BaseException as error:
        fresh.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            # Of what is written to a descriptor the system does not know the name.
            error.filename = str(path)
        raise
    fsync_directory(path.parent)


def make_way(fresh: Path) -> None:
    """Clear a temporary name of ours, whatever a killed run or anybody else has left there.

    A directory that holds something is no work of ours: it is put aside under a name beside it.

    Raises:
        OSError: the system refuses.
    """
    try:
        fresh.unlink(missing_ok=True)
    except IsADirectoryError:
        try:
            fresh.rmdir()
        except OSError:
            fresh.rename(free_name(fresh))


def put_in_place(fresh: Path, path: Path) -> None:
    """Give what was made under a temporary name its own name, by one rename.

    Raises:
        OSError: it names the place, for that is what is wrong and not the temporary name, which is cleared.
    """
    try:
        fresh.rename(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        error.filename, error.filename2 = str(path), None
        raise


def free_name(path: Path) -> Path:
    """Return a name beside a path under which what is there can be put aside."""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}{ASIDE}{number}")):
        number += 1
    return kept


def read_optional(path: Path) -> bytes | None:
    """Return a file's contents; None when it is missing.

    Raises:
        Damaged: there is something else in its place, another account owns it, or it is too large.
        OSError: it is there and cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        kinds = {errno.ELOOP: _LINK, errno.ENXIO: _IRREGULAR, errno.ENOTDIR: "its parent is no directory"}
        if error.errno in kinds:
            raise Damaged(path, kinds[error.errno]) from None
        raise
    wrong = irregularity(os.fstat(descriptor))
    if wrong is not None:
        os.close(descriptor)
        raise Damaged(path, wrong)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise Damaged(path, f"larger than {MAXIMUM_BYTES // 1024 // 1024} MiB")
    return content


_LINK = "a symlink, a file is expected"
_IRREGULAR = "not a regular file"


def irregularity(status: os.stat_result) -> str | None:
    """Tell why something is no file of ours: its kind, or its owner; None when it may be one."""
    if stat.S_ISDIR(status.st_mode):
        return "a directory, a file is expected"
    if stat.S_ISLNK(status.st_mode):
        return _LINK
    if not stat.S_ISREG(status.st_mode):
        return _IRREGULAR
    if status.st_uid not in (0, os.geteuid()):
        return f"it belongs to {_account(status.st_uid)}"
    return None


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"the account {number}"


def read_text(path: Path) -> str | None:
    """Return a file's text, bytes that are not UTF-8 as lone surrogates; None when it is missing.

    Raises:
        Damaged, OSError: see `read_optional`.
    """
    content = read_optional(path)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def read_document(path: Path) -> Any:
    """Return what a JSON file says; None when it is missing.

    Raises:
        Damaged: see `read_optional`; or it is no JSON that we write.
        OSError: it is there and cannot be read.
    """
    content = read_optional(path)
    if content is None:
        return None
    try:
        return parse(content, MOST_DEPTH)
    except ValueError as error:
        raise Damaged(path, str(error)) from None


def read_object(path: Path) -> dict[str, Any] | None:
    """Return what a file says that holds a JSON object; None when it is missing.

    Raises:
        Damaged, OSError: see `read_document`.
    """
    document = read_document(path)
    if document is None and not os.path.lexists(path):
        return None
    if not isinstance(document, dict):
        raise Damaged(path, "an object is expected")
    return document


def open_lock(path: Path) -> int:
    """Open a file that is there to be locked, and make it where it is missing; return its descriptor.

    Raises:
        Damaged: there is something else in its place, or another account owns it.
        OSError: it cannot be opened.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(path, flags, 0o600)
    except OSError:
        wrong = irregularity(path.lstat()) if os.path.lexists(path) else None
        if wrong is not None:
            raise Damaged(path, wrong) from None
        raise
    wrong = irregularity(os.fstat(descriptor))
    if wrong is not None:
        os.close(descriptor)
        raise Damaged(path, wrong)
    return descriptor


def fsync_directory(path: Path) -> None:
    """Bring a directory's entries to the disk."""
    fsync(path, os.O_DIRECTORY)


def fsync(path: Path, flags: int = 0) -> None:
    """Bring what a file or directory holds to the disk.

    Raises:
        OSError: the disk is full or broken.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
