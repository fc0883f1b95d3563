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

from ctl.errors import reason
from ctl.storage import layout
from ctl.storage.engine.digests import ALGORITHMS, Digests, from_hex
from ctl.storage.engine.index import Index, Repository
from ctl.storage.engine.progress import STRIDE, Progress
from ctl.storage.engine.repository import RepositoryReader
from ctl.storage.events import Consequence
from ctl.storage.store import Looking, Obstacle, Outside, Place, StoreError


def check_root(store: Looking) -> None:
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


def _is_there(store: Looking, directory: str, name: str) -> bool:
    try:
        with store.directory(directory) as opened:
            opened.standing(name)
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


def list_store(store: Looking, digests: Digests, progress: Progress, *, history: bool) -> Index:
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
    listing = _Listing(store, Index(digests), progress, history)
    listing.name_mounts()
    # For what it reports: a link there that leads nowhere hides everything.
    list(listing.reader.directories(layout.BASE))
    progress.begin("listing-blobs")
    listing.list_blobs()
    progress.end()
    progress.begin("listing-repositories")
    listing.list_repositories()
    progress.end()
    listing.index.fit()
    return listing.index


class _Listing:
    """A pass that is under way."""

    def __init__(self, store: Looking, index: Index, progress: Progress, history: bool) -> None:
        self.store = store
        self.index = index
        self._progress = progress
        self.reader = RepositoryReader(store, index, progress, history)

    def name_mounts(self) -> None:
        """Say which places nothing can be moved out of, or that nothing can be moved at all."""
        oddities = self.index.oddities
        for path in sorted(self.store.mounts()):
            if _is_at_or_below(path, layout.TRASH):
                message = "another mount: nothing can be moved there by a rename; unmount it"
                oddities.add("trash-elsewhere", path, message, Consequence.STOPS)
            elif _is_at_or_below(path, layout.BASE) or _is_at_or_below(layout.BASE, path):
                message = "another mount: nothing can be moved out of it by a rename, so what it holds stays"
                oddities.add("other-mount", path, message, Consequence.KEPT)

    def list_blobs(self) -> None:
        ranges = []
        for algorithm, _ in self.reader.directories(layout.BLOBS):
            path = f"{layout.BLOBS}/{algorithm}"
            if algorithm in ALGORITHMS:
                ranges += [f"{path}/{prefix}" for prefix, _ in self.reader.directories(path)]
            else:
                self._note("stray-blobs", path, "no algorithm that the registry knows")
        number, add, linked = self.index.digests.number, self.index.add_blob, self.index.linked
        count, prefix, skipped, algorithm, beginning = 0, "/", 0, "", ""
        for key, size, modified, _, fixed in self.store.inventory(ranges, self._note_blob, leaf="data"):
            count += 1
            if not count % STRIDE:
                self._progress.step(STRIDE)
            if not key.startswith(prefix):
                prefix = key[: -len("/data")].rpartition("/")[0] + "/"
                skipped = len(prefix)
                algorithm, beginning = prefix.split("/")[-3:-1]
            name = key[skipped:-5]
            raw = from_hex(algorithm, name)
            if raw is None or not name.startswith(beginning) or len(beginning) != 2:
                self._note("stray-blobs", f"{prefix}{name}", "no digest that belongs here")
                continue
            blob = number(raw)
            add(blob, size, modified)
            if fixed:
                linked.add(blob)
        self._progress.step(count % STRIDE)

    def _note_blob(self, obstacle: Obstacle, path: str, message: str) -> None:
        """Record what is in the way of looking for blobs."""
        self._progress.step()
        if obstacle is Obstacle.UNREADABLE:
            # What is not listed is not deleted; manifests in there keep their repositories.
            self._note("unreadable-blobs", path, message)
        elif not _is_blob(path) and not _is_range(path):
            self._note("stray-blobs", path, "no digest that belongs here")
        elif obstacle is Obstacle.STRAY:
            self._note("stray-blobs", path, message)
        elif obstacle is not Obstacle.EMPTY:
            self.reader.note(obstacle, path, message)

    def list_repositories(self) -> None:
        for place in self.store.walk(layout.REPOSITORIES, self.reader.note):
            self._progress.step()
            parts = {}
            base = layout.repository(place.path) if place.path else layout.REPOSITORIES
            for name, fixed in place.parts.items():
                if name in (layout.LAYERS, "_manifests", layout.UPLOADS):
                    parts[name] = fixed
                else:
                    self._note("stray-directory", f"{base}/{name}", "no part of a repository")
            if layout.LAYERS in parts or "_manifests" in parts:
                self._add_repository(place, parts)
        self.index.repositories.sort(key=lambda repository: repository.name)

    def _add_repository(self, place: Place, parts: dict[str, bool]) -> None:
        name = place.path
        repository = Repository(name, fixed=place.fixed or any(parts.values()))
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

    def _note(self, code: str, path: str, message: str) -> None:
        self.index.oddities.add(code, path, message, Consequence.NOTED)


def _is_range(path: str) -> bool:
    """Whether a path is that of a directory of blobs, or one above it."""
    return path.count("/") <= layout.BLOBS.count("/") + 2


def _is_blob(path: str) -> bool:
    """Whether a path is that of a blob's directory, or of what lies in it."""
    *_, algorithm, beginning, name = path.removesuffix("/data").split("/")
    belongs = name.startswith(beginning) and len(beginning) == 2
    return belongs and from_hex(algorithm, name) is not None


def _is_at_or_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")
