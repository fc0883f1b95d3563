"""Large storage trees, made fast: sound in every byte, but with tiny layers."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ctl.storage.layout import BASE

OCI = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a tree is made of.

    Args:
        repositories: how many.
        manifests: how many each has.
        tags: how many of these have a tag.
        layers: own layers of every manifest, beside its configuration.
        orphans: blobs that nothing refers to.
    """

    repositories: int
    manifests: int
    tags: int
    layers: int
    orphans: int = 0

    @property
    def blobs(self) -> int:
        """How many blobs there are in all."""
        return self.repositories * self.manifests * (2 + self.layers) + self.orphans


class _Writer:
    """Writes files below one directory, with as few system calls as it can."""

    def __init__(self, top: Path) -> None:
        top.mkdir(parents=True)
        self._top = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
        self._made: set[str] = set()

    def close(self) -> None:
        os.close(self._top)

    def directory(self, path: str) -> None:
        if path not in self._made:
            above = path.rpartition("/")[0]
            if above:
                self.directory(above)
            os.mkdir(path, dir_fd=self._top)
            self._made.add(path)

    def file(self, directory: str, name: str, content: bytes) -> None:
        above = directory.rpartition("/")[0]
        self.directory(above)
        # Not remembered: there are as many of these as there are blobs.
        os.mkdir(directory, dir_fd=self._top)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(f"{directory}/{name}", flags, 0o644, dir_fd=self._top)
        os.write(descriptor, content)
        os.close(descriptor)

    def blob(self, content: bytes) -> str:
        text = hashlib.sha256(content).hexdigest()
        self.file(f"blobs/sha256/{text[:2]}/{text}", "data", content)
        return text


def generate(root: Path, shape: Shape) -> None:
    """Write a tree below a directory that is not there yet."""
    writer = _Writer(root / BASE)
    count = 0
    for number in range(shape.repositories):
        name = f"group{number % 7}/project{number}"
        base = f"repositories/{name}"
        writer.directory(f"{base}/_manifests/tags")
        writer.directory(f"{base}/_uploads")
        for manifest in range(shape.manifests):
            own = []
            for _ in range(1 + shape.layers):
                count += 1
                own.append(writer.blob(b"%d of a layer" % count))
            text = writer.blob(_manifest(own))
            link = f"sha256:{text}".encode()
            writer.file(f"{base}/_manifests/revisions/sha256/{text}", "link", link)
            for layer in own:
                writer.file(f"{base}/_layers/sha256/{layer}", "link", f"sha256:{layer}".encode())
            if manifest < shape.tags:
                tag = f"{base}/_manifests/tags/v{manifest}"
                writer.file(f"{tag}/current", "link", link)
                writer.file(f"{tag}/index/sha256/{text}", "link", link)
    for orphan in range(shape.orphans):
        writer.blob(b"orphan %d" % orphan)
    writer.close()


def _manifest(own: list[str]) -> bytes:
    described = [{"mediaType": f"{OCI}+x", "digest": f"sha256:{layer}", "size": 20} for layer in own]
    document = {"schemaVersion": 2, "mediaType": OCI, "config": described[0], "layers": described[1:]}
    return json.dumps(document).encode()
