"""What a registry serves, found out by pulling it, with nothing of ctl's: the judge of a collection.

Before and after, every tag, and every digest that the registry answers 200 for, is pulled with all that it
needs, and every byte is hashed. Which digests to ask for is read off the names in the store; whether they are
served, the registry alone says.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    )
)
PAGE = 100


@dataclass(frozen=True)
class Pulled:
    """What came of pulling a tag or a digest.

    Args:
        digest: of the manifest, by its bytes.
        parts: the digests of all that came with it at any depth, each by its bytes.
        missing: what a manifest of it names and the registry does not have, or has with other bytes.
    """

    digest: str
    parts: frozenset[str]
    missing: frozenset[str]


@dataclass
class Served:
    """What a registry serves.

    Args:
        tags: by repository and tag.
        manifests: by repository and digest: every digest that is answered with 200 as a manifest.
        blobs: repository and digest of every blob that is answered with 200 and is whole.
        torn: repository and digest of what is answered with 200, but with other bytes.
    """

    tags: dict[tuple[str, str], Pulled] = field(default_factory=dict)
    manifests: dict[tuple[str, str], Pulled] = field(default_factory=dict)
    blobs: set[tuple[str, str]] = field(default_factory=set)
    torn: set[tuple[str, str]] = field(default_factory=set)


class Oracle:
    """Pulls everything.

    Args:
        port: the registry's own, on loopback.
        token: gives the token for a scope; empty where none is asked for.
        store: the registry's ``rootdirectory``, of which only names are read.
    """

    def __init__(self, port: int, token: Callable[[str], str], store: Path) -> None:
        self._port = port
        self._token = token
        self._store = store
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._tokens: dict[str, str] = {}

    def look(self) -> Served:
        """Pull everything that there is."""
        served = Served()
        names = sorted(self._names())
        for repository in self._repositories():
            known: dict[str, Pulled | None] = {}
            for digest in names:
                self._look_at(repository, digest, known, served)
            for tag in self._tags(repository):
                pulled = self._pull(repository, tag, known)
                if pulled is not None:
                    served.tags[repository, tag] = pulled
        self._connection.close()
        return served

    def _look_at(self, repository: str, digest: str, known: dict[str, Pulled | None], served: Served) -> None:
        pulled = self._pull(repository, digest, known)
        if pulled is not None:
            served.manifests[repository, digest] = pulled
        status, content = self._get(repository, f"blobs/{digest}")
        if status == 200:
            (served.blobs if _digest(content) == digest else served.torn).add((repository, digest))

    def _pull(self, repository: str, name: str, known: dict[str, Pulled | None]) -> Pulled | None:
        """Pull a manifest with all it needs; None where the registry does not have it."""
        if name in known:
            return known[name]
        status, content = self._get(repository, f"manifests/{name}")
        if status != 200:
            known[name] = None
            return None
        digest = _digest(content)
        parts, missing = {digest}, set[str]()
        if name.startswith("sha256:") and name != digest and b'"signatures"' not in content:
            missing.add(name)
        for part in _references(json.loads(content)):
            below = self._pull(repository, part, known)
            if below is not None:
                parts |= below.parts
                missing |= below.missing
                continue
            status, content = self._get(repository, f"blobs/{part}")
            whole = status == 200 and _digest(content) == part
            (parts if whole else missing).add(part)
        known[name] = Pulled(digest, frozenset(parts), frozenset(missing))
        return known[name]

    def _names(self) -> Iterator[str]:
        """Give every digest that the store has a name for, as blob or as link, in the trash as well."""
        for path in self._store.rglob("sha256/**/*"):
            if len(path.name) == 64 and not path.name.strip("0123456789abcdef"):
                yield f"sha256:{path.name}"

    def _repositories(self) -> Iterator[str]:
        last = ""
        while True:
            query = f"?n={PAGE}" + (f"&last={last}" if last else "")
            status, content = self._ask(f"/v2/_catalog{query}", "registry:catalog:*")
            names: list[str] = (json.loads(content)["repositories"] or []) if status == 200 else []
            yield from names
            if len(names) < PAGE:
                return
            last = names[-1]

    def _tags(self, repository: str) -> list[str]:
        status, content = self._get(repository, "tags/list")
        return sorted(json.loads(content)["tags"] or []) if status == 200 else []

    def _get(self, repository: str, path: str) -> tuple[int, bytes]:
        return self._ask(f"/v2/{repository}/{path}", f"repository:{repository}:pull")

    def _ask(self, path: str, scope: str) -> tuple[int, bytes]:
        if scope not in self._tokens:
            self._tokens[scope] = self._token(scope)
        headers = {"Accept": KINDS}
        if self._tokens[scope]:
            headers["Authorization"] = f"Bearer {self._tokens[scope]}"
        try:
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            # Cut short, or closed by a registry that was exchanged: asked once more, on a new connection.
            self._connection.close()
        try:
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            self._connection.close()
            return 0, str(error).encode()


def lost(before: Served, after: Served, *, untagged: bool) -> list[str]:
    """Say what a collection has broken; an empty list when nothing.

    Args:
        before: what was served.
        after: what is served now, and was not pushed or deleted by anybody meanwhile.
        untagged: whether manifests without a tag were to go.
    """
    losses = [
        f"{repository}:{tag} is gone"
        for repository, tag in before.tags
        if (repository, tag) not in after.tags
    ]
    if not untagged:
        losses += [f"{name} is gone" for name in before.manifests if name not in after.manifests]
    pairs: tuple[tuple[Mapping[Any, Pulled], Mapping[Any, Pulled]], ...] = (
        (before.tags, after.tags),
        (before.manifests, after.manifests),
    )
    for old, new in pairs:
        for name, pulled in new.items():
            # What is still answered for is as whole as it was.
            if name in old and pulled != old[name]:
                losses.append(f"{name} lacks {sorted(old[name].parts - pulled.parts)}")
    losses += [f"{name} came back torn" for name in after.torn - before.torn]
    return losses


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _references(document: Mapping[str, Any]) -> Iterator[str]:
    """Give what a client pulls for a manifest."""
    if isinstance(document.get("config"), dict):
        yield document["config"]["digest"]
    for name in ("layers", "manifests", "blobs"):
        yield from (descriptor["digest"] for descriptor in document.get(name) or ())
    yield from (layer["blobSum"] for layer in document.get("fsLayers") or ())
