"""Ways to directories of a store that cross no link: every component is opened by itself."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict

_STAY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
# The mode of directories that we make in the registry's tree, as the registry makes them.
_MODE = 0o777
_PARENTS = 128


class Ways:
    """Directories that are held open for the next one that asks.

    Args:
        root: the descriptor of the root; it stays the caller's.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._parents: OrderedDict[str, int] = OrderedDict()
        self.touched: set[str] = set()
        """Those in which something was changed that is not known to be on the disk."""

    def forget(self) -> None:
        """Close all of them."""
        while self._parents:
            os.close(self._parents.popitem()[1])

    def open(self, path: str, *, make: bool) -> int:
        """Open a directory component by component, and keep it open.

        Args:
            path: relative to the root.
            make: whether what is missing of it is made.

        Returns:
            A descriptor, which stays ours.
        """
        if not path:
            return self._root
        held = self._parents.get(path)
        if held is not None:
            self._parents.move_to_end(path)
            return held
        above, _, name = path.rpartition("/")
        over = self.open(above, make=make)
        try:
            descriptor = os.open(name, _STAY, dir_fd=over)
        except FileNotFoundError:
            if not make:
                raise
            os.mkdir(name, _MODE, dir_fd=over)
            self.touched.add(above)
            descriptor = os.open(name, _STAY, dir_fd=over)
        self._parents[path] = descriptor
        while len(self._parents) > _PARENTS:
            os.close(self._parents.popitem(last=False)[1])
        return descriptor

    def open_file(self, path: str, flags: int) -> int:
        """Open a file of ours and return its descriptor, which is the caller's."""
        parent, _, name = path.rpartition("/")
        descriptor = self.open(parent, make=bool(flags & os.O_CREAT))
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=descriptor)


def exists_in(parent: int, name: str) -> bool:
    """Whether something has a name in an open directory."""
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def is_plain(parent: int, name: str) -> bool:
    """Whether what has a name in an open directory is no directory."""
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    return not stat.S_ISDIR(mode)
