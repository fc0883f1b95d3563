"""What a generation says of itself: typed from when a tree is rendered; as JSON only in its file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from ctl.state.files import Damaged, read_object
from ctl.state.fingerprint import Fingerprint
from ctl.targets.model import Link, Reader, Rendered, Service

NAME = "manifest.json"
MENDS = "ctl reconfigure makes a new generation"


class FileEntry(Struct, frozen=True):
    """One file: the SHA-256 of its content in hexadecimal, its permission bits, the number of its group."""

    sha256: str
    mode: int
    gid: int


class Reads(Struct, frozen=True):
    """Paths that a service reads, or prefixes of them: once at its start, and again when it is told to."""

    restart: tuple[str, ...]
    reload: tuple[str, ...]


class Told(Struct, frozen=True):
    """What GitLab knows of the registry, the key as its SHA-256; None for what is not there."""

    enabled: bool
    host: str | None
    port: int | None
    api_url: str | None
    issuer: str
    key: str | None


class Launch(Struct, frozen=True):
    """How the registry is started.

    Args:
        user: the name of its account; None where it runs as who started it.
        group: the name of its group; None with ``user``.
        directory: the directory that it is started in.
    """

    user: str | None
    group: str | None
    directory: str


class StoreMark(Struct, frozen=True):
    """Which store a registry serves from.

    Args:
        place: where it is: the kind of store first, then what tells it from others; no secrets.
        id: its own, see `ctl.storage.identity`; None where none could be written, or read.
    """

    place: tuple[str, ...]
    id: str | None


class Manifest(Struct, frozen=True):
    """What a generation holds, and what others have to know of it.

    Args:
        files: by path in the generation.
        links: the well-known paths that lead into it.
        services: what each service's process is started with, by name.
        reads: what each service reads, by name; empty in a generation of a version that did not note it.
        drain: seconds that a restart by hand grants requests that are under way.
        storage_directories: what a collection may follow links to.
        gitlab: what GitLab knows of the registry; None before anything of a plan was noted.
        store: which store the registry serves from; None where that is not known.
        launch: how the registry is started; None without a registry, and in a generation of a version that
            did not note it: see `ctl.apply.older`.
    """

    files: Mapping[str, FileEntry]
    links: tuple[Link, ...]
    services: Mapping[str, Fingerprint]
    reads: Mapping[str, Reads]
    drain: float = 0.0
    storage_directories: tuple[str, ...] = ()
    gitlab: Told | None = None
    launch: Launch | None = None
    store: StoreMark | None = None

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of every file's content, by path."""
        return {path: entry.sha256 for path, entry in self.files.items()}


def described(rendered: Rendered, groups: Callable[[Reader], int]) -> Manifest:
    """Describe a rendered tree: digest, mode and group of every file, links, what services read.

    Args:
        rendered: the tree.
        groups: tells the number of a reader's group; -1 for any.
    """
    readers = dict(rendered.readers)
    files = {
        file.path: FileEntry(
            sha256(file.content.encode()).hexdigest(), file.mode, groups(readers[file.path.split("/")[0]])
        )
        for file in rendered.files
    }
    return Manifest(
        files=files,
        links=rendered.links,
        services={service.name: fingerprint(service, files) for service in rendered.services},
        reads={service.name: Reads(service.restart, service.reload) for service in rendered.services},
    )


def fingerprint(service: Service, files: Mapping[str, FileEntry]) -> Fingerprint:
    """Return the digests of what a service reads."""
    return Fingerprint(
        start=_digest(service.restart, service.restart_facts, files),
        reload=_digest(service.reload, service.reload_facts, files),
    )


def _digest(prefixes: Sequence[str], facts: Sequence[str], files: Mapping[str, FileEntry]) -> str:
    read = [[path, files[path].sha256] for path in sorted(files) if path.startswith(tuple(prefixes))]
    return sha256(json.dumps([read, list(facts)], sort_keys=True).encode()).hexdigest()


def written(manifest: Manifest) -> str:
    """Return the text of a manifest's file; versions before this one understand it, too."""
    document = to_builtins(manifest)
    document["links"] = [[link.path, link.target, link.optional] for link in manifest.links]
    document["services"] = {name: str(fingerprint) for name, fingerprint in manifest.services.items()}
    return json.dumps(document, indent=1)


def read(directory: Path) -> Manifest | None:
    """Return what a generation says of itself; None when its manifest is gone.

    Args:
        directory: of the generation.

    Raises:
        Damaged: what is there is no manifest.
        OSError: it cannot be read.
    """
    path = directory / NAME
    document = read_object(path)
    if document is None:
        return None
    try:
        return parse(document)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Damaged(path, "it is no manifest", MENDS) from None


def parse(document: Mapping[str, Any]) -> Manifest:
    """Return the manifest that a document is; what versions before this one did not note may be missing.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is none.
    """
    gitlab, launch, store = document.get("gitlab"), document.get("launch"), document.get("store")
    return Manifest(
        files={path: _file(entry) for path, entry in document["files"].items()},
        links=tuple(_link(*link) for link in document["links"]),
        services={name: Fingerprint.parse(text) for name, text in document["services"].items()},
        reads={name: _reads(reads) for name, reads in document.get("reads", {}).items()},
        drain=float(_of(document.get("drain", 0.0), int, float)),
        storage_directories=_texts(document.get("storage_directories", [])),
        gitlab=None if gitlab is None else _told(gitlab),
        launch=None if launch is None else _launch(launch),
        store=None if store is None else _store(store),
    )


def _file(entry: Mapping[str, Any]) -> FileEntry:
    return FileEntry(_of(entry["sha256"], str), _of(entry["mode"], int), _of(entry["gid"], int))


def _link(path: Any, target: Any, optional: Any) -> Link:
    return Link(_of(path, str), _of(target, str), _of(optional, bool))


def _reads(entry: Mapping[str, Any]) -> Reads:
    return Reads(_texts(entry["restart"]), _texts(entry["reload"]))


def _told(entry: Mapping[str, Any]) -> Told:
    absent = type(None)
    return Told(
        enabled=_of(entry["enabled"], bool),
        host=_of(entry["host"], str, absent),
        port=_of(entry["port"], int, absent),
        api_url=_of(entry["api_url"], str, absent),
        issuer=_of(entry["issuer"], str),
        key=_of(entry["key"], str, absent),
    )


def _launch(entry: Mapping[str, Any]) -> Launch:
    absent = type(None)
    return Launch(
        user=_of(entry["user"], str, absent),
        group=_of(entry["group"], str, absent),
        directory=_of(entry["directory"], str),
    )


def _store(entry: Mapping[str, Any]) -> StoreMark:
    return StoreMark(_texts(entry["place"]), _of(entry["id"], str, type(None)))


def _texts(entries: Any) -> tuple[str, ...]:
    return tuple(_of(entry, str) for entry in _of(entries, list))


def _of(value: Any, *kinds: type) -> Any:
    """Return a value that has to be of one of some kinds; True is no number."""
    if type(value) not in kinds:
        raise TypeError(f"{type(value).__name__} is none of {kinds}")
    return value
