"""A store in a directory of this machine.

Everything is reached from one descriptor of ``rootdirectory``: a directory that is renamed or mounted over
meanwhile does not lead us elsewhere. Reading follows links, because the registry does, but opens no directory
outside of the store and of the places that were named: whoever may make a link in the store could else lead
us through the whole machine. Moving and deleting open every component of the way by itself and refuse a link,
so that a tree that somebody else changes at this moment cannot make us reach out of it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ctl.errors import reason
from ctl.mounts import mounts_below
from ctl.state import flock
from ctl.storage import layout
from ctl.storage.backends.walk import Pass, below, directories
from ctl.storage.backends.ways import Ways, exists_in, is_plain
from ctl.storage.store import NoObject, Object, Outside, Place, Report, Standing, StoreError

_PIECE = 65536
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_FOLLOW = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Of more directories than these the whole file system is synchronised: it waits for the disk but once, though
# then for what others have written, too.
_FEW = 300


class FilesystemDirectory:
    """An open directory."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def entries(self) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """See `store.Directory.entries`."""
        return os.scandir(self._descriptor)

    def standing(self, path: str) -> Standing:
        """See `store.Directory.standing`."""
        status = os.stat(path, dir_fd=self._descriptor)
        return Standing(status.st_size, status.st_mtime, stat.S_ISREG(status.st_mode))

    def read(self, path: str, limit: int) -> bytes:
        """See `store.Directory.read`."""
        return _read(path, limit, self._descriptor)

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._descriptor


def _read(path: str, limit: int, directory: int) -> bytes:
    descriptor = os.open(path, _READ, dir_fd=directory)
    try:
        content = os.read(descriptor, min(limit, _PIECE))
        if len(content) < min(limit, _PIECE):
            return content
        # A long file comes in pieces.
        pieces, left = [content], limit - len(content)
        while content and left > 0:
            content = os.read(descriptor, min(left, _PIECE))
            pieces.append(content)
            left -= len(content)
        return b"".join(pieces)
    except BlockingIOError:  # a pipe that nobody has written to
        return b""
    finally:
        os.close(descriptor)


def _is_in(path: str, top: str) -> bool:
    return path.startswith(top) and (len(path) == len(top) or top == "/" or path[len(top)] == "/")


def _sync_file_system(descriptor: int) -> bool:
    """Bring all of a file system to the disk at once; tell whether that could be done."""
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return syncfs is not None and syncfs(descriptor) == 0


class FilesystemStore:
    """A `store.Store` in a directory; a context manager that closes it.

    Args:
        root: ``rootdirectory``; a link there is followed once.
        places: other directories that links in it may lead to, absolute.

    Raises:
        StoreError: it is missing, no directory, or may not be read.
    """

    def __init__(self, root: str, places: Iterable[str] = ()) -> None:
        try:
            self._root = os.open(root, _FOLLOW)
        except OSError as error:
            code = "root-missing" if isinstance(error, FileNotFoundError) else "root-unreadable"
            raise StoreError(
                code,
                f"the storage directory {root} cannot be opened: {reason(error)}",
                help="is its file system mounted?",
            ) from error
        self._descriptors = os.open("/proc/self/fd", _FOLLOW)
        self._places = [os.path.realpath(place) for place in places]
        self._top = self._path_of(self._root)
        self._ways = Ways(self._root)

    def __enter__(self) -> FilesystemStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every descriptor; done twice, it must not close what has got the number since."""
        self.forget()
        descriptors = (self._root, self._descriptors)
        self._root = self._descriptors = -1
        for descriptor in descriptors:
            if descriptor >= 0:
                os.close(descriptor)

    def identity(self, path: str) -> tuple[int, int]:
        """Tell device and inode of a directory, behind links."""
        with self.directory(path) as directory:
            status = os.fstat(directory.fileno())
        return status.st_dev, status.st_ino

    def mounts(self) -> frozenset[str]:
        """See `store.Looking.mounts`."""
        return mounts_below(str(Path(f"/proc/self/fd/{self._root}").readlink()))

    def inventory(
        self, prefixes: Iterable[str], report: Report, *, leaf: str | None = None
    ) -> Iterator[Object]:
        """See `store.Looking.inventory`."""
        if leaf is None:
            yield from (entry for entry, is_directory in below(self, prefixes) if not is_directory)
            return
        listing = Pass(self, report)
        for prefix in prefixes:
            yield from listing.objects(prefix, leaf)

    def walk(self, top: str, report: Report) -> Iterator[Place]:
        """See `store.Looking.walk`."""
        return Pass(self, report).places(top)

    def directories(self, path: str, report: Report) -> Iterator[tuple[str, bool]]:
        """See `store.Looking.directories`."""
        return directories(self, path, report)

    @contextmanager
    def directory(self, path: str) -> Iterator[FilesystemDirectory]:
        """See `store.Looking.directory`."""
        descriptor = os.open(path, _FOLLOW, dir_fd=self._root)
        try:
            self._check_bounds(descriptor, path)
            yield FilesystemDirectory(descriptor)
        finally:
            os.close(descriptor)

    def _check_bounds(self, descriptor: int, path: str) -> None:
        resolved = self._path_of(descriptor)
        if _is_in(resolved, self._top) or any(_is_in(resolved, place) for place in self._places):
            return
        # The root may have been renamed meanwhile.
        self._top = self._path_of(self._root)
        if not _is_in(resolved, self._top):
            raise Outside(path, resolved)

    def _path_of(self, descriptor: int) -> str:
        return os.readlink(str(descriptor), dir_fd=self._descriptors)

    def read(self, path: str, limit: int) -> bytes:
        """See `store.Looking.read`."""
        return _read(path, limit, self._root)

    def standing(self, path: str) -> Standing:
        """See `store.Looking.standing`."""
        status = os.stat(path, dir_fd=self._root)
        return Standing(status.st_size, status.st_mtime, stat.S_ISREG(status.st_mode))

    def crosses_link(self, path: str) -> bool:
        """Whether the way to a directory, or it itself, is a link; nothing can be moved out of there."""
        parent, _, name = path.rpartition("/")
        try:
            return is_plain(self._ways.open(parent, make=False), name)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def move(self, source: str, target: str) -> None:
        """See `store.Changing.move`."""
        old, _, old_name = source.rpartition("/")
        new, _, new_name = target.rpartition("/")
        old_parent = self._ways.open(old, make=False)
        new_parent = self._ways.open(new, make=True)
        # rename(2) overwrites a file; a directory it puts only where nothing or an empty one stands.
        if is_plain(old_parent, old_name) and exists_in(new_parent, new_name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        try:
            os.rename(old_name, new_name, src_dir_fd=old_parent, dst_dir_fd=new_parent)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
        # A rename is on the disk when either of its directories is; the trash has far more of them.
        self._ways.touched.add(new if old.startswith(layout.TRASH) else old)

    def retire(self, path: str, doomed: str) -> None:
        """See `store.Changing.retire`."""
        self.move(path, doomed)
        # What lies below it may be held open by the name that it had.
        self.forget()
        self.flush()

    def delete(self, path: str) -> None:
        """See `store.Changing.delete`."""
        parent, _, name = path.rpartition("/")
        descriptor = self._ways.open(parent, make=False)
        if is_plain(descriptor, name):
            os.unlink(name, dir_fd=descriptor)
        else:
            os.rmdir(name, dir_fd=descriptor)
            # It, or what lies below it, may be among those that are held open.
            self.forget()
        self._ways.touched.add(parent)

    def remove(self, path: str) -> Iterator[Object]:
        """See `store.Changing.remove`."""
        for entry, is_directory in below(self, (path,)):
            self.delete(entry.key)
            if not is_directory:
                yield entry

    def prune(self, paths: Iterable[str], top: str) -> bool:
        """See `store.Changing.prune`."""
        there = [path for path in paths if self.exists(path)]
        doomed = []
        for entry, is_directory in below(self, there):
            if not is_directory:
                return False
            doomed.append(entry.key)
        for key in doomed:
            self.delete(key)
        for parent in {path.rpartition("/")[0] for path in paths}:
            self._delete_empty(parent, top)
        return True

    def _delete_empty(self, path: str, top: str) -> None:
        while path != top:
            try:
                self.delete(path)
            except OSError:
                return  # something else lies in it
            path = path.rpartition("/")[0]

    def make(self, path: str) -> None:
        """See `store.Changing.make`."""
        self._ways.open(path, make=True)

    def prepare(self, path: str) -> None:
        """See `store.Changing.prepare`."""
        if os.fstat(self._ways.open(path, make=True)).st_dev != os.fstat(self._root).st_dev:
            top = path.partition("/")[0]
            raise StoreError(
                "other-file-system",
                f"{top} is on another file system than the store, so nothing can be moved into it",
                help=f"unmount {top}, or remove the link; then run again",
            )

    def write(self, path: str, content: bytes) -> None:
        """See `store.Changing.write`; it is on the disk afterwards."""
        parent, _, _ = path.rpartition("/")
        with os.fdopen(self._ways.open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._ways.touched.add(parent)

    @contextmanager
    def rewriting(self, path: str) -> Iterator[BinaryIO]:
        """See `store.Changing.rewriting`."""
        with os.fdopen(self._ways.open_file(path, os.O_WRONLY | os.O_TRUNC), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """See `store.Changing.reading`."""
        try:
            # Not blocking, so that a named pipe cannot hold us up.
            descriptor = self._ways.open_file(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENXIO, errno.ENOENT):
                raise
            raise NoObject(error.errno, reason(error), path) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NoObject(errno.EINVAL, "it is not a regular file", path)
        with os.fdopen(descriptor, "rb") as file:
            yield file

    @contextmanager
    def locked(self, path: str) -> Iterator[None]:
        """See `store.Changing.locked`; a file system that has no locks does without."""
        descriptor = self._ways.open_file(path, os.O_RDWR | os.O_CREAT)
        try:
            try:
                taken = flock.take(descriptor)
            except OSError as error:
                if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                    raise
                # Of a store that knows no locks nobody can tell.
                taken = True
            if not taken:
                top = path.partition("/")[0]
                raise StoreError("locked", f"another run works on {top} of this store")
            yield
        finally:
            os.close(descriptor)

    def exists(self, path: str) -> bool:
        """See `store.Changing.exists`."""
        parent, _, name = path.rpartition("/")
        try:
            return exists_in(self._ways.open(parent, make=False), name)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def is_obstructed(self, path: str) -> bool:
        """See `store.Changing.is_obstructed`."""
        parent, _, name = path.rpartition("/")
        return self.exists(path) and is_plain(self._ways.open(parent, make=False), name)

    def settle(self) -> None:
        """See `store.Changing.settle`; a rename is done at once."""

    def flush(self) -> None:
        """See `store.Changing.flush`."""
        if len(self._ways.touched) <= _FEW or not _sync_file_system(self._root):
            for path in sorted(self._ways.touched):
                with contextlib.suppress(FileNotFoundError):
                    # A directory that was removed since has a parent among the touched ones.
                    os.fsync(self._ways.open(path, make=False))
        self._ways.touched.clear()

    def forget(self) -> None:
        """Close the directories that are held open; after a rename of one that others lie below."""
        self._ways.forget()
