"""``ctl backup-etc``: settings, secrets and certificates in one archive that only its owner reads.

Source: the name, the place and what is deleted are those of ``gitlab-ctl backup-etc``. On purpose otherwise:
the archive gets its name when it is complete, its members have no leading slash, and a symlink that leads out
of the directory is followed, because a backup of a link to a certificate is no backup of the certificate.
Earlier backups are in none, wherever they lie: each would hold all before it.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct, field, to_builtins

from ctl.apply import history
from ctl.apply.lock import locked
from ctl.errors import CtlError, reason
from ctl.operations.interruption import interruptible
from ctl.operations.keep.etc_tree import Entry, Kind, entries_of
from ctl.operations.keep.keep_time import keep_time
from ctl.paths import Layout
from ctl.regex import compile_late

DIRECTORY = "config_backup"
PARTIAL = ".partial"
_ARCHIVE = compile_late(r"gitlab_config_([0-9]{10,11})_[0-9]{4}_[0-9]{2}_[0-9]{2}\.tar")


class Wanted(Struct, frozen=True):
    """What is asked of a backup.

    Args:
        layout: whose ``etc/gitlab``.
        settings_file: tells how long old backups are kept.
        environment: the variables behind ``ENV`` there.
        path: the directory of the backups; ``etc/gitlab/config_backup`` when not given.
        delete_old: whether backups that are too old are deleted.
    """

    layout: Layout
    settings_file: Path
    environment: Mapping[str, str]
    path: Path | None = None
    delete_old: bool = True

    @property
    def source(self) -> Path:
        """The directory that is backed up."""
        return self.layout.settings_file.parent

    @property
    def directory(self) -> Path:
        """The directory of the backups."""
        chosen = self.path or self.source / DIRECTORY
        return Path(os.path.abspath(chosen))  # noqa: PTH100 - a link stays a link


class Backup(Struct):
    """What a backup came to.

    Args:
        archive: its path.
        files: how many it holds.
        size: of the archive, in bytes.
        deleted: the names of the old backups that are gone.
        notes: what the administrator should know of.
    """

    archive: str
    files: int = 0
    size: int = 0
    deleted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for a script."""
        document: dict[str, Any] = to_builtins(self)
        return document


def backup_etc(wanted: Wanted, now: datetime | None = None) -> Backup:
    """Write an archive, whole or not at all, and delete those that are too old.

    Args:
        wanted: what is asked.
        now: the time in the archive's name, with its time zone; the present one when not given.

    Raises:
        CtlError: there is nothing to back up, or the archive cannot be written; then nothing is left of it,
            and no old one is deleted.
    """
    now = now or datetime.now().astimezone()
    if not wanted.source.is_dir():
        raise CtlError(
            f"there is no directory {wanted.source} to back up",
            help="name the root of another installation with --root",
        )
    with locked(wanted.layout, "backup-etc"), _interruptible():
        name = f"gitlab_config_{int(now.timestamp())}_{now:%Y_%m_%d}.tar"
        made = Backup(str(wanted.directory / name))
        try:
            with _opened(wanted.directory) as place:
                _exposed(wanted.directory, place, made)
                _clear(place)
                _write(wanted, place, name, made)
                _prune(wanted, place, name, now, made)
        except OSError as error:
            where = error.filename if isinstance(error.filename, str) else ""
            path = where if where.startswith("/") else made.archive
            raise CtlError(f"the backup failed: {path}: {reason(error)}") from error
        history.record(wanted.layout, "backup-etc", "done", made.archive, None)
    return made


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let signals end a backup as they end every run: with an error, and with nothing left behind."""
    with interruptible():
        try:
            yield
        except KeyboardInterrupt as error:
            raise CtlError(str(error), help="run it again when it suits") from error


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """Open the directory, made for its owner alone; all that follows goes by this descriptor.

    So whoever else may write in it, or above it, cannot lead us to another place.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _exposed(directory: Path, place: int, made: Backup) -> None:
    status = os.fstat(place)
    if stat.S_IMODE(status.st_mode) & 0o007:
        made.notes.append(f"others can look into {directory}: chmod 0700 {directory} ends that")


def _clear(place: int) -> None:
    """Remove what a killed backup left."""
    for name in os.listdir(place):
        if name.startswith(".gitlab_config_") and name.endswith(PARTIAL):
            # Neither is a hindrance: what is written now has another name.
            with suppress(IsADirectoryError, FileNotFoundError):
                os.unlink(name, dir_fd=place)


def _write(wanted: Wanted, place: int, name: str, made: Backup) -> None:
    partial = f".{name}{PARTIAL}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(partial, flags, 0o600, dir_fd=place)
    try:
        with os.fdopen(descriptor, "wb") as output:
            os.fchmod(descriptor, 0o600)
            _archive(wanted, output, made)
            output.flush()
            os.fsync(descriptor)
            made.size = output.tell()
        os.rename(partial, name, src_dir_fd=place, dst_dir_fd=place)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=place)
        raise
    os.fsync(place)


def _archive(wanted: Wanted, output: BinaryIO, made: Backup) -> None:
    # The format that every tar of the last twenty years reads, with long names and any bytes in them.
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries_of(wanted.source, (wanted.directory, wanted.source / DIRECTORY)):
            if _ARCHIVE.fullmatch(entry.path.name) and entry.kind is not Kind.DIRECTORY:
                continue
            if entry.kind is Kind.LEFT_OUT:
                made.notes.append(f"{entry.path} is left out: {entry.why}")
            else:
                _add(archive, entry, str(entry.path.relative_to(wanted.layout.root)))
                made.files += entry.kind is Kind.FILE


def _add(archive: tarfile.TarFile, entry: Entry, name: str) -> None:
    if entry.kind is not Kind.FILE:
        archive.add(entry.target, arcname=name, recursive=False)
        return
    # Opened first and asked then, so that what is written is what was asked; a named pipe holds nobody up.
    descriptor = os.open(entry.target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        member = archive.gettarinfo(arcname=name, fileobj=file)
        member.type, member.linkname = tarfile.REGTYPE, ""
        member.size = os.fstat(descriptor).st_size
        archive.addfile(member, file)


def _prune(wanted: Wanted, place: int, own: str, now: datetime, made: Backup) -> None:
    """Delete the archives that are older than the settings want them kept."""
    if not wanted.delete_old:
        return
    seconds, note = keep_time(wanted.layout, wanted.settings_file, wanted.environment)
    if note:
        made.notes.append(note)
    for name in sorted(os.listdir(place)) if seconds else ():
        match = _ARCHIVE.fullmatch(name)
        if match and name != own and int(match[1]) < now.timestamp() - seconds:
            os.unlink(name, dir_fd=place)
            made.deleted.append(name)
