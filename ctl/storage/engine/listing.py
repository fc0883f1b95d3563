"""One pass over the tree: blobs first, then repositories, so that a push meanwhile only adds what is needed.

What is odd there and what is done about it:

- what neither the registry nor we can reach (stray files, names that are no digest, empty directories left
  behind, an upload's directory) is noted and left alone;
- what hides from us what its repository needs (an unknown algorithm, a link that names another digest than
  its path, a link or a manifest that may not be read) keeps everything that the repository links to;
- a link that leads out of the store, and to no place that was named, is named once and what lies behind it
  left out: it is not listed, and nothing is kept for its sake but the rest of the repository that it is in;
- what hides whole repositories or revisions (a directory that may not be listed, a link that leads nowhere,
  links that lead in circles without end) lets no run delete anything.

A damaged revision or layer link is rebuilt from its path, which says the same. A damaged tag link may have
meant any manifest of the tag's history.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ctl.errors import reason
from ctl.storage import layout
from ctl.storage.engine.digests import ALGORITHMS, Digests, from_hex
from ctl.storage.engine.index import Index, Repository
from ctl.storage.engine.oddity import Consequence
from ctl.storage.engine.progress import STRIDE, Progress
from ctl.storage.engine.repository import RepositoryReader
from ctl.storage.store import Outside, Store, StoreError

# A directory that is reached through links again and again is met this often before it is called endless.
LINK_VISITS = 16


@dataclass(slots=True)
class _Place:
    """A directory below ``repositories``, with the way to it."""

    path: str
    by_link: bool
    above: _Place | None
    identity: tuple[int, int] | None = None

    @property
    def linked(self) -> bool:
        """Whether a link leads to it or to a directory above it."""
        place: _Place | None = self
        while place is not None:
            if place.by_link:
                return True
            place = place.above
        return False


def check_root(store: Store) -> None:
    """Refuse a root that holds no registry, or one whose metadata database knows better.

    Raises:
        StoreError: ``no-registry`` or ``database-in-use``.
    """
    if _is_there(store, "docker/registry/lockfiles", "database-in-use"):
        raise StoreError(
            "database-in-use",
            f"{layout.DATABASE_LOCK} says that the registry keeps its metadata in a database",
            help="its own online garbage collection does this work",
        )
    if not _is_there(store, "docker/registry", "v2"):
        raise StoreError(
            "no-registry",
            f"there is no {layout.BASE} in the storage directory",
            help="is its file system mounted? A registry that was never pushed to has nothing to collect",
        )


def _is_there(store: Store, directory: str, name: str) -> bool:
    try:
        with store.directory(directory) as found:
            found.standing(name)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except Outside as error:
        raise StoreError(
            "root-unreadable",
            f"{directory} {error.strerror}",
            help="list where images lie in ctl['storage_directories'], then ctl reconfigure",
        ) from error
    except OSError as error:
        raise StoreError(
            "root-unreadable", f"{directory}/{name} cannot be looked at: {reason(error)}"
        ) from error
    return True


def list_store(store: Store, digests: Digests, progress: Progress, *, history: bool) -> Index:
    """List a store.

    Args:
        store: what is listed.
        digests: numbers digests.
        progress: told of every directory and blob.
        history: whether tags' histories are wanted.

    Raises:
        StoreError: there is no registry, or a metadata database is in use.
        Stopped: somebody has asked to stop.
    """
    check_root(store)
    one = _Listing(store, Index(digests), progress, history)
    one.name_mounts()
    # For what it reports: a link there that leads nowhere hides everything.
    list(one.reader.directories(layout.BASE))
    progress.begin("listing-blobs")
    one.list_blobs()
    progress.end()
    progress.begin("listing-repositories")
    one.list_repositories()
    progress.end()
    one.index.fit()
    return one.index


class _Listing:
    """A pass that is under way."""

    def __init__(self, store: Store, index: Index, progress: Progress, history: bool) -> None:
        self.store = store
        self.index = index
        self._progress = progress
        self.reader = RepositoryReader(store, index, progress, history)
        self._visits: Counter[tuple[int, int]] = Counter()
        self._waiting: list[tuple[_Place, list[str], set[str]]] = []
        self._mounts = store.mounts()
        self._device = store.identity()[0]

    def name_mounts(self) -> None:
        """Say which places nothing can be moved out of, or that nothing can be moved at all."""
        found = self.index.oddities
        for path in sorted(self._mounts):
            if _is_at_or_below(path, layout.TRASH):
                message = "another mount: nothing can be moved there by a rename; unmount it"
                found.add("trash-elsewhere", path, message, Consequence.STOPS)
            elif _is_at_or_below(path, layout.BASE) or _is_at_or_below(layout.BASE, path):
                message = "another mount: nothing can be moved out of it by a rename, so what it holds stays"
                found.add("other-mount", path, message, Consequence.KEPT)

    def _is_elsewhere(self, path: str) -> bool:
        """Whether a directory, or one above it, is a mount of its own, or another file system."""
        if any(_is_at_or_below(path, mount) for mount in self._mounts):
            return True
        identity = self._identity(path)
        return identity is not None and identity[0] != self._device

    def list_blobs(self) -> None:
        behind = self.store.crosses_link(layout.BLOBS) or self._is_elsewhere(layout.BLOBS)
        for algorithm, linked in self.reader.directories(layout.BLOBS):
            linked |= behind
            path = f"{layout.BLOBS}/{algorithm}"
            if algorithm not in ALGORITHMS:
                self._note("stray-blobs", path, "no algorithm that the registry knows")
                continue
            for prefix, prefix_linked in self.reader.directories(path):
                inner = f"{path}/{prefix}"
                fixed = linked or prefix_linked or self._is_elsewhere(inner)
                self._list_prefix(algorithm, inner, prefix, fixed)

    def _list_prefix(self, algorithm: str, path: str, prefix: str, linked: bool) -> None:
        count, number, add = 0, self.index.digests.number, self.index.add_blob
        mounted = self._mounted_in(path)
        try:
            with self.store.directory(path) as directory, directory.entries() as entries:
                standing = directory.standing
                for entry in entries:
                    count += 1
                    if not count % STRIDE:
                        self._progress.step(STRIDE)
                    name = entry.name
                    raw = from_hex(algorithm, name)
                    if raw is None or not name.startswith(prefix) or len(prefix) != 2:
                        self._note("stray-blobs", f"{path}/{name}", "no digest that belongs here")
                        continue
                    is_linked = linked or name in mounted or entry.is_symlink()
                    if is_linked and not self._is_inside(f"{path}/{name}"):
                        continue
                    try:
                        size, modified, is_file = standing(f"{name}/data")
                    except OSError as error:
                        self._note_no_blob(error, f"{path}/{name}", is_linked)
                        continue
                    if not is_file:
                        self._note("stray-blobs", f"{path}/{name}/data", "no file")
                        continue
                    blob = number(raw)
                    add(blob, size, modified)
                    if is_linked:
                        self.index.linked.add(blob)
        except (FileNotFoundError, NotADirectoryError):
            return
        except Outside as error:
            self.reader.leave_out(error)
        except OSError as error:
            # What is not listed is not deleted; manifests in there keep their repositories.
            self._note("unreadable-blobs", path, reason(error))
        self._progress.step(count % STRIDE)

    def _is_inside(self, path: str) -> bool:
        try:
            with self.store.directory(path):
                return True
        except Outside as error:
            self.reader.leave_out(error)
            return False
        except OSError:
            return True  # whatever it is, it is found out below

    def _mounted_in(self, path: str) -> set[str]:
        """Give the names in a directory at or below which something is mounted."""
        inside = (mount for mount in self._mounts if mount.startswith(f"{path}/"))
        return {mount[len(path) + 1 :].partition("/")[0] for mount in inside}

    def _note_no_blob(self, error: OSError, path: str, linked: bool) -> None:
        if not isinstance(error, FileNotFoundError):
            self._note("stray-blobs", path, reason(error))
        elif linked:
            self.index.oddities.add("broken-link", path, "leads nowhere", Consequence.STOPS)

    def list_repositories(self) -> None:
        # Depth first without recursion: paths may be as deep as the system allows.
        base = layout.REPOSITORIES
        self._enter(_Place("", self.store.crosses_link(base) or self._is_elsewhere(base), None))
        while self._waiting:
            place, children, links = self._waiting[-1]
            if not children:
                self._waiting.pop()
                continue
            name = children.pop()
            self._progress.step()
            path = f"{place.path}/{name}" if place.path else name
            self._enter(_Place(path, name in links, place))
        self.index.repositories.sort(key=lambda one: one.name)

    def _enter(self, place: _Place) -> None:
        """Look at one directory below ``repositories`` and put its children in line."""
        full = layout.repository(place.path) if place.path else layout.REPOSITORIES
        if place.by_link and self._is_circle(full, place):
            return
        children: list[str] = []
        links: set[str] = set()
        parts: dict[str, bool] = {}
        mounted = self._mounted_in(full)
        for name, linked in self.reader.directories(full):
            # A repository below this one may be a mount, without this one being concerned.
            linked |= name in mounted and (name.startswith("_") or f"{full}/{name}" in self._mounts)
            if not name.startswith("_"):
                children.append(name)
                if linked:
                    links.add(name)
            elif name in (layout.LAYERS, "_manifests", layout.UPLOADS):
                parts[name] = linked
            else:
                self._note("stray-directory", f"{full}/{name}", "no part of a repository")
        if layout.LAYERS in parts or "_manifests" in parts:
            self._add_repository(place, parts)
        if children:
            place.identity = place.identity or self._identity(full)
            children.sort(reverse=True)
            self._waiting.append((place, children, links))

    def _add_repository(self, place: _Place, parts: dict[str, bool]) -> None:
        name = place.path
        repository = Repository(name, fixed=place.linked or any(parts.values()))
        if not layout.is_repository_name(name):
            self.index.oddities.add(
                "bad-repository-name",
                layout.repository(name),
                "no name that the registry can be asked for",
                Consequence.KEPT,
            )
            repository.kept = True
        self.reader.read(repository, parts)
        self.index.repositories.append(repository)

    def _is_circle(self, full: str, place: _Place) -> bool:
        identity = place.identity = self._identity(full)
        if identity is None:
            return False
        self._visits[identity] += 1
        if self._visits[identity] > LINK_VISITS:
            self.index.oddities.add("endless-links", full, "links without end", Consequence.STOPS)
            return True
        above = place.above
        while above is not None:
            if above.identity == identity:
                self._note("link-circle", full, "a link to a directory above it")
                return True
            above = above.above
        return False

    def _identity(self, full: str) -> tuple[int, int] | None:
        try:
            with self.store.directory(full) as directory:
                return directory.identity()
        except OSError:
            return None

    def _note(self, code: str, path: str, message: str) -> None:
        self.index.oddities.add(code, path, message, Consequence.NOTED)


def _is_at_or_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")
