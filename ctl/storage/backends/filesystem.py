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
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from ctl.errors import reason
from ctl.mounts import mounts_below
from ctl.storage import layout, store
from ctl.storage.store import Standing, StoreError

_PIECE = 65536
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_FOLLOW = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_STAY = _FOLLOW | os.O_NOFOLLOW
# The mode of directories that we make in the registry's tree, as the registry makes them.
_MODE = 0o777
_PARENTS = 128
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
        found = os.stat(path, dir_fd=self._descriptor)
        return Standing(found.st_size, found.st_mtime, stat.S_ISREG(found.st_mode))

    def read(self, path: str, limit: int) -> bytes:
        """See `store.Directory.read`."""
        return _read(path, limit, self._descriptor)

    def identity(self) -> tuple[int, int]:
        """See `store.Directory.identity`."""
        found = os.fstat(self._descriptor)
        return found.st_dev, found.st_ino


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
        self._parents: OrderedDict[str, int] = OrderedDict()
        self._touched: set[str] = set()

    def __enter__(self) -> FilesystemStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every descriptor; done twice, it must not close what has got the number since."""
        self.forget()
        several = (self._root, self._descriptors)
        self._root = self._descriptors = -1
        for one in several:
            if one >= 0:
                os.close(one)

    def identity(self) -> tuple[int, int]:
        """Tell device and inode of the root directory."""
        found = os.fstat(self._root)
        return found.st_dev, found.st_ino

    def mounts(self) -> frozenset[str]:
        """See `store.Store.mounts`."""
        return mounts_below(str(Path(f"/proc/self/fd/{self._root}").readlink()))

    @contextmanager
    def directory(self, path: str) -> Iterator[store.Directory]:
        """See `store.Store.directory`."""
        descriptor = os.open(path, _FOLLOW, dir_fd=self._root)
        try:
            self._check_bounds(descriptor, path)
            yield FilesystemDirectory(descriptor)
        finally:
            os.close(descriptor)

    def _check_bounds(self, descriptor: int, path: str) -> None:
        found = self._path_of(descriptor)
        if _is_in(found, self._top) or any(_is_in(found, place) for place in self._places):
            return
        # The root may have been renamed meanwhile.
        self._top = self._path_of(self._root)
        if not _is_in(found, self._top):
            raise store.Outside(path, found)

    def _path_of(self, descriptor: int) -> str:
        return os.readlink(str(descriptor), dir_fd=self._descriptors)

    def read(self, path: str, limit: int) -> bytes:
        """See `store.Store.read`."""
        return _read(path, limit, self._root)

    def standing(self, path: str) -> Standing:
        """See `store.Store.standing`."""
        found = os.stat(path, dir_fd=self._root)
        return Standing(found.st_size, found.st_mtime, stat.S_ISREG(found.st_mode))

    def crosses_link(self, path: str) -> bool:
        """See `store.Store.crosses_link`."""
        try:
            self._parent(path, make=False)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def move(self, source: str, target: str) -> None:
        """See `store.Store.move`."""
        old, _, old_name = source.rpartition("/")
        new, _, new_name = target.rpartition("/")
        old_parent = self._parent(old, make=False)
        new_parent = self._parent(new, make=True)
        # rename(2) overwrites a file; a directory it puts only where nothing or an empty one stands.
        if self._is_plain(old_parent, old_name) and self._exists(new_parent, new_name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        os.rename(old_name, new_name, src_dir_fd=old_parent, dst_dir_fd=new_parent)
        # A rename is on the disk when either of its directories is; the trash has far more of them.
        self._touched.add(new if old.startswith(layout.TRASH) else old)

    def delete(self, path: str) -> None:
        """See `store.Store.delete`."""
        parent, _, name = path.rpartition("/")
        descriptor = self._parent(parent, make=False)
        if self._is_plain(descriptor, name):
            os.unlink(name, dir_fd=descriptor)
        else:
            os.rmdir(name, dir_fd=descriptor)
            # It, or what lies below it, may be among those that are held open.
            self.forget()
        self._touched.add(parent)

    def make(self, path: str) -> None:
        """Make a directory and its parents, crossing no link."""
        self._parent(path, make=True)

    def write(self, path: str, content: bytes) -> None:
        """Write a file that is not there yet and bring it to the disk; the parents are made."""
        parent, _, name = path.rpartition("/")
        descriptor = self._parent(parent, make=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=descriptor), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._touched.add(parent)

    def open_own(self, path: str, flags: int) -> int:
        """Open a file of ours, crossing no link, and return its descriptor."""
        parent, _, name = path.rpartition("/")
        descriptor = self._parent(parent, make=bool(flags & os.O_CREAT))
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=descriptor)

    def has_own(self, path: str) -> bool:
        """Whether something lies at a path that crosses no link."""
        parent, _, name = path.rpartition("/")
        try:
            return self._exists(self._parent(parent, make=False), name)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def is_directory(self, path: str) -> bool:
        """Whether something that is there, at a path that crosses no link, is a directory and no link."""
        parent, _, name = path.rpartition("/")
        return not self._is_plain(self._parent(parent, make=False), name)

    def device(self, path: str) -> int:
        """Tell the file system that something lies on; links are followed."""
        return os.stat(path, dir_fd=self._root).st_dev

    def flush(self) -> None:
        """See `store.Store.flush`."""
        if len(self._touched) <= _FEW or not _sync_file_system(self._root):
            for path in sorted(self._touched):
                with contextlib.suppress(FileNotFoundError):
                    # One that was removed since has a parent among the touched ones.
                    os.fsync(self._parent(path, make=False))
        self._touched.clear()

    def forget(self) -> None:
        """Close the directories that are held open; after a rename of one that others lie below."""
        while self._parents:
            os.close(self._parents.popitem()[1])

    def _parent(self, path: str, *, make: bool) -> int:
        """Open a directory component by component and keep it open for the next one that asks."""
        if not path:
            return self._root
        held = self._parents.get(path)
        if held is not None:
            self._parents.move_to_end(path)
            return held
        above, _, name = path.rpartition("/")
        over = self._parent(above, make=make)
        try:
            descriptor = os.open(name, _STAY, dir_fd=over)
        except FileNotFoundError:
            if not make:
                raise
            os.mkdir(name, _MODE, dir_fd=over)
            self._touched.add(above)
            descriptor = os.open(name, _STAY, dir_fd=over)
        self._parents[path] = descriptor
        while len(self._parents) > _PARENTS:
            os.close(self._parents.popitem(last=False)[1])
        return descriptor

    @staticmethod
    def _exists(parent: int, name: str) -> bool:
        try:
            os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    @staticmethod
    def _is_plain(parent: int, name: str) -> bool:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
        return not stat.S_ISDIR(mode)
