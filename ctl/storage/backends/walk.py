"""A pass over a directory tree.

Links are followed as the registry does, but neither out of the store nor in circles; what they or other
mounts lead to is given as fixed.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from ctl.errors import reason
from ctl.storage import store
from ctl.storage.store import Object, Obstacle, Outside, Place, Report

# A directory that is reached through links again and again is met this often before it is called endless.
LINK_VISITS = 16
_FORMAT, _REGULAR = 0o170000, 0o100000


class OpenDirectory(store.Directory, Protocol):
    """A directory that is a descriptor."""

    def fileno(self) -> int:
        """Give the descriptor."""
        ...


class Tree(store.Looking, Protocol):
    """What a pass has to know of the store that it is over."""

    def directory(self, path: str) -> AbstractContextManager[OpenDirectory]:
        """See `store.Looking.directory`."""
        ...

    def identity(self, path: str) -> tuple[int, int]:
        """Tell device and inode of a directory, behind links."""
        ...

    def crosses_link(self, path: str) -> bool:
        """Whether the way to a directory, or it itself, is a link; nothing can be moved out of there."""
        ...


class _Step(Struct):
    """A directory on the way."""

    path: str
    by_link: bool
    above: _Step | None
    identity: tuple[int, int] | None = None

    @property
    def fixed(self) -> bool:
        """Whether a link leads to it or to a directory above it."""
        step: _Step | None = self
        while step is not None:
            if step.by_link:
                return True
            step = step.above
        return False


class Pass:
    """A pass over one store.

    Args:
        tree: the store.
        report: told of what is in the way.
    """

    def __init__(self, tree: Tree, report: Report) -> None:
        self._tree = tree
        self._report = report
        self._mounts = tree.mounts()
        self._device = tree.identity(".")[0]
        self._visits: Counter[tuple[int, int]] = Counter()
        self._waiting: list[tuple[_Step, list[str], set[str]]] = []

    def places(self, top: str) -> Iterator[Place]:
        """See `store.Looking.walk`."""
        # Depth first without recursion: paths may be as deep as the system allows.
        fixed = self._tree.crosses_link(top) or self._is_elsewhere(top)
        yield from self._entered(top, _Step("", fixed, None))
        while self._waiting:
            step, children, links = self._waiting[-1]
            if not children:
                self._waiting.pop()
                continue
            name = children.pop()
            path = f"{step.path}/{name}" if step.path else name
            yield from self._entered(top, _Step(path, name in links, step))

    def _entered(self, top: str, step: _Step) -> Iterator[Place]:
        """Look at one directory and put its children in line."""
        full = f"{top}/{step.path}" if step.path else top
        if step.by_link and self._is_circle(full, step):
            return
        children: list[str] = []
        links: set[str] = set()
        parts: dict[str, bool] = {}
        mounted = self._mounted_in(full)
        for name, linked in self._tree.directories(full, self._report):
            is_part = name.startswith("_")
            # A directory below this one may be a mount, without this one being concerned.
            linked |= name in mounted and (is_part or f"{full}/{name}" in self._mounts)
            if is_part:
                parts[name] = linked
                continue
            children.append(name)
            if linked:
                links.add(name)
        yield Place(step.path, step.fixed, parts)
        if children:
            step.identity = step.identity or self._identity(full)
            children.sort(reverse=True)
            self._waiting.append((step, children, links))

    def objects(self, prefix: str, leaf: str) -> Iterator[Object]:
        """Give what is called so in the directories directly below a prefix."""
        fixed = self._tree.crosses_link(prefix) or self._is_elsewhere(prefix)
        mounted = self._mounted_in(prefix)
        stat, ending, beginning = os.stat, f"/{leaf}", f"{prefix}/"
        # What a named tuple does when it is called, in half the time: there are millions of them.
        new = tuple.__new__
        try:
            with self._tree.directory(prefix) as directory, directory.entries() as entries:
                descriptor = directory.fileno()
                for entry in entries:
                    name = entry.name
                    is_fixed = fixed or name in mounted or entry.is_symlink()
                    if is_fixed and not self._is_inside(f"{prefix}/{name}"):
                        continue
                    inner = name + ending
                    try:
                        status = stat(inner, dir_fd=descriptor)
                    except OSError as error:
                        self._report_missing(error, f"{prefix}/{name}", is_fixed)
                        continue
                    key = beginning + inner
                    if status.st_mode & _FORMAT != _REGULAR:
                        self._report(Obstacle.STRAY, key, "no file")
                        continue
                    yield new(Object, (key, status.st_size, status.st_mtime, None, is_fixed))
        except (FileNotFoundError, NotADirectoryError):
            return
        except Outside as error:
            self._report(Obstacle.OUTSIDE, str(error.filename), str(error.strerror))
        except OSError as error:
            self._report(Obstacle.UNREADABLE, prefix, reason(error))

    def _report_missing(self, error: OSError, path: str, fixed: bool) -> None:
        if not isinstance(error, FileNotFoundError):
            self._report(Obstacle.STRAY, path, reason(error))
        elif fixed:
            self._report(Obstacle.BROKEN_LINK, path, "leads nowhere")
        else:
            self._report(Obstacle.EMPTY, path, "holds nothing")

    def _is_inside(self, path: str) -> bool:
        try:
            with self._tree.directory(path):
                return True
        except Outside as error:
            self._report(Obstacle.OUTSIDE, str(error.filename), str(error.strerror))
            return False
        except OSError:
            return True  # whatever it is, it is found out afterwards

    def _is_elsewhere(self, path: str) -> bool:
        """Whether a directory, or one above it, is a mount of its own, or another file system."""
        if any(path == mount or path.startswith(f"{mount}/") for mount in self._mounts):
            return True
        identity = self._identity(path)
        return identity is not None and identity[0] != self._device

    def _mounted_in(self, path: str) -> set[str]:
        """Give the names in a directory at or below which something is mounted."""
        inside = (mount for mount in self._mounts if mount.startswith(f"{path}/"))
        return {mount[len(path) + 1 :].partition("/")[0] for mount in inside}

    def _is_circle(self, full: str, step: _Step) -> bool:
        identity = step.identity = self._identity(full)
        if identity is None:
            return False
        self._visits[identity] += 1
        if self._visits[identity] > LINK_VISITS:
            self._report(Obstacle.ENDLESS, full, "links without end")
            return True
        above = step.above
        while above is not None:
            if above.identity == identity:
                self._report(Obstacle.CIRCLE, full, "a link to a directory above it")
                return True
            above = above.above
        return False

    def _identity(self, full: str) -> tuple[int, int] | None:
        try:
            return self._tree.identity(full)
        except OSError:
            return None


def directories(tree: store.Looking, path: str, report: Report) -> Iterator[tuple[str, bool]]:
    """See `store.Looking.directories`."""
    try:
        with tree.directory(path) as directory, directory.entries() as entries:
            for entry in entries:
                linked = entry.is_symlink()
                if entry.is_dir():
                    yield entry.name, linked
                elif linked and _leads_nowhere(directory, entry.name):
                    report(Obstacle.BROKEN_LINK, f"{path}/{entry.name}", "leads nowhere")
                else:
                    report(Obstacle.STRAY, f"{path}/{entry.name}", "no directory")
    except FileNotFoundError:
        return
    except Outside as error:
        report(Obstacle.OUTSIDE, str(error.filename), str(error.strerror))
    except OSError as error:
        reachable = error.errno not in (errno.ENOTDIR, errno.ENAMETOOLONG)
        report(Obstacle.UNREADABLE if reachable else Obstacle.STRAY, path, reason(error))


def _leads_nowhere(directory: store.Directory, name: str) -> bool:
    try:
        directory.standing(name)
    except OSError:
        return True
    return False


def below(tree: store.Looking, tops: Iterable[str]) -> Iterator[tuple[Object, bool]]:
    """Give what lies below directories, and they themselves at last; of links only themselves.

    Yields:
        What it is, and whether it is a directory.
    """
    for top in tops:
        waiting: list[tuple[str, list[str]]] = []
        following: str | None = top
        while following is not None or waiting:
            if following is not None:
                inner: list[str] = []
                yield from _files(tree, following, inner)
                waiting.append((following, inner))
            path, inner = waiting[-1]
            following = inner.pop() if inner else None
            if following is None:
                waiting.pop()
                yield Object(path, 0, 0.0), True


def _files(tree: store.Looking, path: str, inner: list[str]) -> Iterator[tuple[Object, bool]]:
    """Give the files of a directory, and put its directories in line."""
    with tree.directory(path) as directory, directory.entries() as entries:
        for entry in entries:
            key = f"{path}/{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                inner.append(key)
            elif entry.is_symlink():
                yield Object(key, 0, 0.0), False
            else:
                size, modified, _ = directory.standing(entry.name)
                yield Object(key, size, modified), False
