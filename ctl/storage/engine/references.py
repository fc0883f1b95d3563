"""What every manifest of an index refers to, from the cache or from its bytes, in flat arrays of numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from msgspec.structs import replace

from ctl.errors import reason
from ctl.storage import layout
from ctl.storage.engine.cache import Cache
from ctl.storage.engine.digests import algorithm_of, digest_of, from_hex
from ctl.storage.engine.index import ABSENT, Index, Repository
from ctl.storage.engine.manifest import LARGEST_BYTES, Manifest, read_child, read_manifest
from ctl.storage.engine.progress import Progress
from ctl.storage.events import Consequence
from ctl.storage.store import Looking, Outside

NOTHING = -1


class References:
    """The references of manifests, by their numbers; kept from one listing of a store to the next."""

    def __init__(self) -> None:
        self._starts: dict[int, int] = {}
        # Of each manifest: how many references, how many of these are children, then they, children first;
        # a number of 32 bits each.
        self._flat = array("I")
        self._subjects: dict[int, int] = {}
        # Those of them that name other manifests, and what they name that is none.
        self._naming: set[int] = set()
        self._others: set[int] = set()
        self.problems: dict[int, str] = {}
        """Why a manifest is not understood."""
        self.schema1: set[int] = set()
        """Manifests of the oldest kind."""
        self.read = 0
        """How many manifests had to be read because the cache did not know them."""

    def __contains__(self, manifest: int) -> bool:
        return manifest in self._starts

    def of(self, manifest: int) -> array[int]:
        """Give what a manifest refers to; nothing where it is missing."""
        start = self._starts.get(manifest)
        if start is None:
            return array("I")
        return self._flat[start + 2 : start + 2 + self._flat[start]]

    def children(self, manifest: int) -> array[int]:
        """Give what a manifest says are manifests, of all that it refers to; nothing where it is missing."""
        start = self._starts.get(manifest)
        if start is None:
            return array("I")
        return self._flat[start + 2 : start + 2 + self._flat[start + 1]]

    def subject(self, manifest: int) -> int:
        """Give the manifest that another manifest says something about; `NOTHING` where it has no subject."""
        return self._subjects.get(manifest, NOTHING)

    def load(self, store: Looking, index: Index, cache: Cache, progress: Progress) -> None:
        """Learn the references of every manifest of an index that are not known yet.

        What is not understood keeps its repositories, and is recorded among the index's oddities. Manifests
        that a repository has nothing but a layer link to are entered into it as ``listed``.
        """
        loader = _Loader(self, store, index, cache)
        self._read(index, cache, progress, _wanted(index), loader.load)
        waiting: list[tuple[Repository, Iterable[int]]]
        waiting = [
            (repository, chain(repository.revisions, repository.tagged()))
            for repository in index.repositories
        ]
        while waiting:
            named = [(repository, self._named(repository, parents)) for repository, parents in waiting]
            wanted = {manifest for _, manifests in named for manifest in manifests}
            if wanted:
                self._read(index, cache, progress, wanted - self._others, loader.load_child)
            waiting = [
                (repository, self._adopt(index, repository, manifests))
                for repository, manifests in named
                if manifests
            ]
        index.fit()
        for repository in index.repositories:
            self._judge(store, index, repository)

    def _read(
        self,
        index: Index,
        cache: Cache,
        progress: Progress,
        manifests: Iterable[int],
        load: Callable[[int], None],
    ) -> None:
        raw = index.digests.raw
        wanted = {raw(manifest): manifest for manifest in manifests if manifest not in self._starts}
        progress.begin("reading-manifests", len(wanted))
        for digest, size, parsed in cache.known(wanted.keys()):
            if size == index.size(wanted[digest]):
                self.put(wanted.pop(digest), parsed, index)
                progress.step()
        for digest in sorted(wanted):
            size = index.size(wanted[digest])
            if size != ABSENT:
                load(wanted[digest])
            progress.step(size=max(size, 0))
        progress.end()

    def put(self, manifest: int, parsed: Manifest, index: Index) -> None:
        """Enter a manifest."""
        number = index.digests.number
        self._starts[manifest] = len(self._flat)
        self._flat.append(len(parsed.references))
        self._flat.append(parsed.children)
        if parsed.children or parsed.subject is not None:
            self._naming.add(manifest)
        self._flat.extend(map(number, parsed.references))
        if parsed.subject is not None:
            self._subjects[manifest] = number(parsed.subject)
        if parsed.schema1:
            self.schema1.add(manifest)
        if parsed.problem is not None:
            self.problems[manifest] = parsed.problem

    def _named(self, repository: Repository, parents: Iterable[int]) -> set[int]:
        """Give what manifests of a repository call a manifest and it has nothing but a layer link to."""
        naming = self._naming
        named = {manifest for parent in parents if parent in naming for manifest in self._names(parent)}
        if not named:
            return named
        linked = named.intersection(repository.layers)
        manifests = {repository.aliases.get(layer, layer) for layer in linked}
        return manifests.difference(repository.revisions, repository.listed)

    def _names(self, parent: int) -> Iterator[int]:
        yield from self.children(parent)
        if parent in self._subjects:
            yield self._subjects[parent]

    def _adopt(self, index: Index, repository: Repository, named: set[int]) -> set[int]:
        """Enter those that are manifests into their repository, and those whose bytes are missing."""
        manifests = {manifest for manifest in named if manifest in self._starts}
        lost = {manifest for manifest in named - manifests - self._others if index.size(manifest) == ABSENT}
        repository.listed |= manifests | lost
        repository.missing |= lost
        return manifests

    def note_other(self, blob: int) -> None:
        """Remember that a blob is no manifest, whatever a manifest says."""
        self._others.add(blob)

    def _judge(self, store: Looking, index: Index, repository: Repository) -> None:
        """Keep a repository in which something is not understood; see `ctl.storage.engine.mark`."""
        odd = index.oddities
        unknown = False
        repository.missing.update(
            revision for revision in repository.revisions if revision not in self._starts
        )
        for manifest in {*repository.revisions, *repository.tagged(), *repository.listed}:
            problem = self.problems.get(manifest)
            if problem is not None:
                unknown = True
                path = repository.link(index.digests.raw(manifest), manifest)
                odd.add("manifest-not-understood", path, problem, Consequence.KEPT)
            if manifest in self.schema1:
                repository.extra.extend(_signatures(store, index, repository, manifest))
        repository.kept |= unknown
        if unknown and repository.hidden_layers:
            path = f"{layout.repository(repository.name)}/{layout.LAYERS}"
            message = "a manifest that is not understood may need any of what cannot be listed here"
            odd.add("unreadable-directory", path, message, Consequence.STOPS)


class _Loader:
    """Reads manifests, through the cache."""

    def __init__(self, references: References, store: Looking, index: Index, cache: Cache) -> None:
        self._references = references
        self._store = store
        self._index = index
        self._cache = cache

    def load(self, manifest: int) -> None:
        """Read what has the link of a manifest."""
        parsed = self._read(manifest, read_manifest)
        if parsed is not None:
            self._references.put(manifest, parsed, self._index)

    def load_child(self, blob: int) -> None:
        """Read what has the link of a layer, and may be a layer."""
        # What is larger than any manifest is not served as a manifest.
        parsed = self._read(blob, read_child) if self._index.size(blob) <= LARGEST_BYTES else None
        if parsed is not None:
            self._references.put(blob, parsed, self._index)
        else:
            self._references.note_other(blob)

    def _read(self, manifest: int, reader: Callable[[bytes], Manifest | None]) -> Manifest | None:
        raw, size = self._index.digests.raw(manifest), self._index.size(manifest)
        self._references.read += 1
        if size > LARGEST_BYTES:
            return Manifest("", (), problem="too large for a manifest")
        try:
            content = self._store.read(f"{layout.blob(raw)}/data", LARGEST_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Manifest("", (), problem=reason(error))
        parsed = reader(content)
        # Before anything is believed of the bytes, that they are no manifest as well.
        if digest_of(content, raw) != raw:
            return replace(parsed or Manifest("", ()), problem="its bytes do not hash to its digest")
        if parsed is not None:
            self._cache.add(raw, len(content), parsed)
        return parsed


def _wanted(index: Index) -> Iterator[int]:
    for repository in index.repositories:
        yield from repository.revisions
        yield from repository.tagged()


def _signatures(store: Looking, index: Index, repository: Repository, manifest: int) -> Iterator[int]:
    """Give the signatures that the oldest registries kept beside a revision's link."""
    base = f"{layout.revision(repository.name, index.digests.raw(manifest))}/signatures"
    algorithm = algorithm_of(index.digests.raw(manifest))
    try:
        with store.directory(f"{base}/{algorithm}") as directory, directory.entries() as entries:
            names = [entry.name for entry in entries]
    except FileNotFoundError:
        return
    except OSError as error:
        # What lies outside is left out; here it keeps what it is in.
        outside = isinstance(error, Outside)
        code = "outside-link" if outside else "unreadable-directory"
        repository.kept |= outside
        consequence = Consequence.KEPT if outside else Consequence.STOPS
        index.oddities.add(code, base, reason(error), consequence)
        return
    for name in names:
        raw = from_hex(algorithm, name)
        if raw is not None:
            yield index.digests.number(raw)
