"""Reads what one repository holds: revisions, tags, layer links, open uploads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ctl.errors import reason
from ctl.storage import layout
from ctl.storage.engine.digests import ALGORITHMS, CANONICAL, LONGEST_LINK, from_hex, from_link
from ctl.storage.engine.index import Index, Repository, Tag
from ctl.storage.engine.progress import STRIDE, Progress
from ctl.storage.events import Consequence
from ctl.storage.store import Directory, Looking, Obstacle, Outside

# What obstacles are called, and what they mean wherever they are met.
_ODDITIES: dict[Obstacle, tuple[str, Consequence | None]] = {
    Obstacle.STRAY: ("stray-file", Consequence.NOTED),
    Obstacle.EMPTY: ("stray-directory", Consequence.NOTED),
    Obstacle.BROKEN_LINK: ("broken-link", None),
    Obstacle.UNREADABLE: ("unreadable-directory", None),
    Obstacle.CIRCLE: ("link-circle", Consequence.NOTED),
    Obstacle.ENDLESS: ("endless-links", Consequence.STOPS),
}


class RepositoryReader:
    """Reads repositories into an index.

    Args:
        store: what is read.
        index: what is filled.
        progress: told of every link.
        history: whether tags' histories are wanted.
    """

    def __init__(self, store: Looking, index: Index, progress: Progress, history: bool) -> None:
        self._store = store
        self._index = index
        self._progress = progress
        self._history = history
        self._outside: set[str] = set()

    def read(self, repository: Repository, parts: dict[str, bool]) -> None:
        """Read a repository.

        Args:
            repository: is filled.
            parts: which of ``_manifests``, ``_layers`` and ``_uploads`` it has.
        """
        base, outside = layout.repository(repository.name), len(self._outside)
        if "_manifests" in parts:
            for name, linked in self.directories(f"{base}/_manifests"):
                repository.fixed |= linked
                if name == "revisions":
                    self._read_revisions(repository, f"{base}/{layout.REVISIONS}")
                elif name == "tags":
                    repository.has_tags = True
                    self._read_tags(repository, f"{base}/{layout.TAGS}")
        if layout.LAYERS in parts:
            self._read_layers(repository, f"{base}/{layout.LAYERS}")
        if layout.UPLOADS in parts:
            repository.uploads = self._count(f"{base}/{layout.UPLOADS}")
        # Whatever it may need of what is left out.
        repository.kept |= len(self._outside) > outside

    def leave_out(self, path: str, message: str) -> None:
        """Name a link that leads out of the store, once."""
        if path in self._outside:
            return
        self._outside.add(path)
        message = f"{message}, and is left out; ctl['storage_directories'] lists where else images lie"
        stops = path in (layout.BASE, layout.BLOBS, layout.REPOSITORIES)
        self._index.oddities.add(
            "outside-link", path, message, Consequence.STOPS if stops else Consequence.NOTED
        )

    def directories(self, path: str, failure: Consequence = Consequence.STOPS) -> Iterator[tuple[str, bool]]:
        """Give the directories in a directory, and whether each is reached by a link.

        Args:
            path: the directory; nothing is given where it is missing.
            failure: what it means when it cannot be listed.
        """
        return self._store.directories(path, partial(self.note, failure=failure))

    def note(
        self, obstacle: Obstacle, path: str, message: str, *, failure: Consequence = Consequence.STOPS
    ) -> None:
        """Record what is in the way of looking for directories.

        Args:
            obstacle: what it is.
            path: where.
            message: says what it is.
            failure: what it means when something cannot be looked into.
        """
        if obstacle is Obstacle.OUTSIDE:
            self.leave_out(path, message)
            return
        code, consequence = _ODDITIES[obstacle]
        self._index.oddities.add(code, path, message, consequence or failure)

    def _keep(self, repository: Repository, code: str, path: str, message: str) -> None:
        repository.kept = True
        self._index.oddities.add(code, path, message, Consequence.KEPT)

    def _read_revisions(self, repository: Repository, base: str) -> None:
        for algorithm, linked in self.directories(base):
            repository.fixed |= linked
            path = f"{base}/{algorithm}"
            if algorithm not in ALGORITHMS:
                self._keep(repository, "unknown-algorithm", path, "no algorithm that the registry knows")
                continue
            for directory, name, raw in self._digests(path, algorithm):
                content = self._link(repository, directory, f"{name}/link", f"{path}/{name}")
                if content is None:
                    continue
                repository.revisions.append(self._index.digests.number(raw))
                self._compare(repository, content, raw, f"{path}/{name}")

    def _digests(
        self, path: str, algorithm: str, failure: Consequence = Consequence.STOPS
    ) -> Iterator[tuple[Directory, str, bytes]]:
        """Give every name in a directory that is a digest, with the directory."""
        odd, count = self._index.oddities, 0
        try:
            with self._store.directory(path) as directory, directory.entries() as entries:
                for entry in entries:
                    count += 1
                    if not count % STRIDE:
                        self._progress.step(STRIDE)
                    raw = from_hex(algorithm, entry.name)
                    if raw is None:
                        odd.add("stray-link", f"{path}/{entry.name}", "no digest", Consequence.NOTED)
                    elif entry.is_symlink() and not entry.is_dir():
                        odd.add("broken-link", f"{path}/{entry.name}", "leads nowhere", failure)
                    else:
                        yield directory, entry.name, raw
        except FileNotFoundError:
            return
        except Outside as error:
            self.leave_out(str(error.filename), str(error.strerror))
        except OSError as error:
            odd.add("unreadable-directory", path, reason(error), failure)
        self._progress.step(count % STRIDE)

    def _link(self, repository: Repository, directory: Directory, name: str, path: str) -> bytes | None:
        """Read a link; None when there is none. A link that may not be read reads as empty and keeps all."""
        try:
            return directory.read(name, LONGEST_LINK)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            self._index.oddities.add("stray-file", path, "no directory", Consequence.NOTED)
            return None
        except OSError as error:
            self._keep(repository, "unreadable-link", path, reason(error))
            return b""

    def _compare(self, repository: Repository, content: bytes, raw: bytes, path: str) -> None:
        """Hold what a link says against its path, which says it too."""
        said = from_link(content)
        if said is None:
            message = f"{len(content)} bytes that are no digest; its path says which one was meant"
            self._index.oddities.add("damaged-link", path, message, Consequence.NOTED)
        elif said != raw:
            self._keep(repository, "foreign-link", path, "names another digest than its path")
            repository.extra.append(self._index.digests.number(said))

    def _read_layers(self, repository: Repository, base: str) -> None:
        number = self._index.digests.number
        serious = self._index.oddities.serious
        aliases = []
        for algorithm, linked in self.directories(base, Consequence.KEPT):
            repository.fixed |= linked
            if algorithm == CANONICAL:
                links = self._digests(f"{base}/{algorithm}", algorithm, Consequence.KEPT)
                repository.layers.extend(number(raw) for _, _, raw in links)
            elif algorithm in ALGORITHMS:
                self._read_other_layers(repository, f"{base}/{algorithm}", algorithm)
            else:
                aliases.append(algorithm)
        if self._index.oddities.serious > serious:
            repository.kept = repository.hidden_layers = True
        for algorithm in aliases:
            self._read_aliases(repository, f"{base}/{algorithm}")

    def _read_other_layers(self, repository: Repository, base: str, algorithm: str) -> None:
        """Read what links by an algorithm other than that of the registry stand for: mostly another digest.

        Whatever digest a blob was pushed by, it lies where its sha256 says, and a link by the other digest
        names that. Links by sha256 name themselves, and are not read: there are far too many of them.
        """
        for directory, name, raw in self._digests(base, algorithm, Consequence.KEPT):
            number = self._index.digests.number(raw)
            repository.layers.append(number)
            content = self._link(repository, directory, f"{name}/link", f"{base}/{name}")
            said = raw if content is None else from_link(content)
            if said is None:
                self._keep(repository, "damaged-link", f"{base}/{name}", "what it stands for is not known")
            elif said != raw:
                repository.aliases[number] = self._index.digests.number(said)

    def _read_aliases(self, repository: Repository, base: str) -> None:
        """Keep what links of older algorithms stand for, such as ``tarsum/v1/sha256/<hex>/link``."""
        self._keep(repository, "layer-alias", base, "links by an older algorithm")
        waiting = [base]
        while waiting:
            path = waiting.pop()
            for name, _ in self.directories(path):
                if path.count("/") - base.count("/") < 4:
                    waiting.append(f"{path}/{name}")
            try:
                with self._store.directory(path) as directory:
                    said = from_link(directory.read("link", LONGEST_LINK))
            except FileNotFoundError:
                continue
            except Outside as error:
                self.leave_out(str(error.filename), str(error.strerror))
                continue
            except OSError as error:
                self._index.oddities.add("unreadable-link", path, reason(error), Consequence.STOPS)
                continue
            if said is not None:
                repository.extra.append(self._index.digests.number(said))

    def _read_tags(self, repository: Repository, base: str) -> None:
        serious = self._index.oddities.serious
        try:
            with self._store.directory(base) as directory, directory.entries() as entries:
                for entry in entries:
                    self._progress.step()
                    if entry.is_symlink():
                        repository.fixed = True
                        if not entry.is_dir():
                            self._keep(repository, "broken-link", f"{base}/{entry.name}", "leads nowhere")
                            continue
                    self._read_tag(repository, directory, base, entry.name)
        except FileNotFoundError:
            return
        except Outside as error:
            self.leave_out(str(error.filename), str(error.strerror))
        except OSError as error:
            self._keep(repository, "unreadable-directory", base, reason(error))
        repository.kept |= self._index.oddities.serious > serious
        repository.tags.sort(key=lambda tag: tag.name)

    def _read_tag(self, repository: Repository, directory: Directory, base: str, name: str) -> None:
        path = f"{base}/{name}"
        content = self._link(repository, directory, f"{name}/current/link", path)
        said = None if content is None else from_link(content)
        history: tuple[int, ...] = ()
        if said is None or self._history:
            history = tuple(self._read_history(repository, f"{path}/index"))
        if said is not None:
            targets: tuple[int, ...] = (self._index.digests.number(said),)
        elif content is None and not history:
            return  # a directory left behind, or a stray file
        else:
            targets = history
            if history:
                message = "its link is damaged or missing; all that it ever pointed to is kept"
                self._index.oddities.add("damaged-tag", path, message, Consequence.NOTED)
            else:
                self._keep(repository, "damaged-tag", path, "its link is damaged and it has no history")
        repository.tags.append(Tag(name, targets, history))

    def _read_history(self, repository: Repository, base: str) -> Iterator[int]:
        for algorithm, linked in self.directories(base, Consequence.KEPT):
            repository.fixed |= linked
            if algorithm not in ALGORITHMS:
                self._keep(
                    repository, "unknown-algorithm", f"{base}/{algorithm}", "not known to the registry"
                )
                continue
            for _, _, raw in self._digests(f"{base}/{algorithm}", algorithm):
                yield self._index.digests.number(raw)

    def _count(self, path: str) -> int:
        """Count open uploads; nothing that they hold is a blob yet, and the registry purges them itself."""
        try:
            with self._store.directory(path) as directory, directory.entries() as entries:
                count = 0
                for _ in entries:
                    self._progress.step()
                    count += 1
                return count
        except OSError:
            return 0
