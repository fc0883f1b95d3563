"""Storage trees as a registry leaves them, and as it never should, made without one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ctl.storage.layout import BASE, TRASH
from tests.registries import V2, Program

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"


def hexed(digest: str) -> str:
    return digest.partition(":")[2]


def fallback(digest: str) -> str:
    """Give the tag by which clients find what refers to a manifest."""
    return digest.replace(":", "-")


class Tree:
    """A registry's ``rootdirectory``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base = root / BASE
        (self.base / "blobs").mkdir(parents=True, exist_ok=True)
        (self.base / "repositories").mkdir(exist_ok=True)
        self._count = 0

    # Paths.

    def blob_path(self, digest: str) -> Path:
        algorithm, _, text = digest.partition(":")
        return self.base / "blobs" / algorithm / text[:2] / text / "data"

    def repository(self, name: str) -> Path:
        return self.base / "repositories" / name

    def revision_path(self, name: str, digest: str) -> Path:
        return self.repository(name) / "_manifests/revisions" / digest.replace(":", "/") / "link"

    def layer_path(self, name: str, digest: str) -> Path:
        return self.repository(name) / "_layers" / digest.replace(":", "/") / "link"

    def tag_path(self, name: str, tag: str) -> Path:
        return self.repository(name) / "_manifests/tags" / tag

    # What pushes do.

    def blob(self, content: bytes | str | None = None, algorithm: str = "sha256") -> str:
        if content is None:
            self._count += 1
            content = f"blob {self._count}"
        if isinstance(content, str):
            content = content.encode()
        digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
        write(self.blob_path(digest), content)
        return digest

    def layer(self, name: str, content: bytes | str | None = None) -> str:
        digest = self.blob(content)
        self.link_layer(name, digest)
        return digest

    def link_layer(self, name: str, digest: str) -> None:
        write(self.layer_path(name, digest), digest.encode())

    def link_revision(self, name: str, digest: str) -> None:
        write(self.revision_path(name, digest), digest.encode())

    def tag(self, name: str, tag: str, digest: str) -> None:
        path = self.tag_path(name, tag)
        write(path / "index" / digest.replace(":", "/") / "link", digest.encode())
        write(path / "current/link", digest.encode())

    def put(self, name: str, document: object, *tags: str, raw: bytes | None = None) -> str:
        """Put a manifest into a repository, as a registry does that takes anything."""
        digest = self.blob(raw if raw is not None else json.dumps(document).encode())
        self.link_revision(name, digest)
        (self.repository(name) / "_layers").mkdir(exist_ok=True)
        (self.repository(name) / "_uploads").mkdir(exist_ok=True)
        for tag in tags:
            self.tag(name, tag, digest)
        return digest

    def alias(self, name: str, digest: str) -> str:
        """Link a blob by its sha512, as a registry does that it was pushed to by that; give the sha512."""
        text = hashlib.sha512(self.blob_path(digest).read_bytes()).hexdigest()
        write(self.layer_path(name, f"sha512:{text}"), digest.encode())
        return f"sha512:{text}"

    def as_blob(self, name: str, digest: str) -> str:
        """Leave a manifest nothing but a layer link, as if it had been pushed as a blob."""
        shutil.rmtree(self.revision_path(name, digest).parent)
        self.link_layer(name, digest)
        return digest

    def image(self, name: str, *tags: str, layers: Iterable[str] = (), **more: Any) -> str:
        """Push an image, with a layer of its own unless some are given."""
        config = self.layer(name)
        used = list(layers) or [self.layer(name)]
        for layer in used:
            # A link by another algorithm stands for something else than itself.
            if layer.startswith("sha256:") or not self.layer_path(name, layer).exists():
                self.link_layer(name, layer)
        document = {
            "schemaVersion": 2,
            "mediaType": DOCKER,
            "config": self.descriptor(config, CONFIG),
            "layers": [self.descriptor(layer, LAYER) for layer in used],
            **more,
        }
        return self.put(name, document, *tags)

    def index(self, name: str, children: Iterable[str], *tags: str, **more: Any) -> str:
        """Push an index of manifests that are there already."""
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [self.descriptor(child, OCI) for child in children],
            **more,
        }
        return self.put(name, document, *tags)

    def descriptor(self, digest: str, media_type: str) -> dict[str, object]:
        path = self.blob_path(digest)
        size = path.stat().st_size if path.exists() else 7
        return {"mediaType": media_type, "digest": digest, "size": size}

    def references(self, digest: str) -> set[str]:
        """Give configuration, layers and children of a manifest that we have pushed."""
        document = json.loads(self.blob_path(digest).read_bytes())
        descriptors = [*document.get("layers", []), *document.get("manifests", [])]
        if "config" in document:
            descriptors.append(document["config"])
        return {descriptor["digest"] for descriptor in descriptors}

    def sign(self, name: str, digest: str, **more: Any) -> tuple[str, str]:
        """Push a signature by the fallback tag; give it and the index."""
        signature = self.image(name, subject=self.descriptor(digest, OCI), **more)
        return signature, self.index(name, [signature], fallback(digest))

    # What is there.

    def blobs(self) -> set[str]:
        """Give every blob that is there."""
        paths = self.base.glob("blobs/*/??/*/data")
        return {f"{path.parents[2].name}:{path.parent.name}" for path in paths}

    def everything(self) -> tuple[set[str], set[str]]:
        """Give all blobs and all links."""
        return self.blobs(), self.links()

    def links(self) -> set[str]:
        """Give every link below the repositories, by its path."""
        base = self.base / "repositories"
        return {str(path.relative_to(base)) for path in base.rglob("link") if path.is_file()}

    def snapshot(self) -> dict[str, bytes]:
        """Give every file of the registry with its contents."""
        return {str(path.relative_to(self.base)): path.read_bytes() for path in files(self.base)}

    def snapshot_names(self) -> set[str]:
        """Give every file of the registry by its path."""
        return {str(path.relative_to(self.base)) for path in files(self.base)}

    def trash(self) -> list[str]:
        return sorted(path.name for path in (self.root / TRASH).glob("*") if path.name != "lock")

    def age(self, seconds: float, *, now: float) -> None:
        """Make everything that is there so old."""
        for path in files(self.root):
            os.utime(path, (now - seconds, now - seconds))


def files(top: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(top):
        for name in names:
            yield Path(directory) / name


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def registry_config(tree: Tree) -> Path:
    path = tree.root.parent / f"{tree.root.name}.yml"
    path.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tree.root}}}}}\n"
    )
    return path


def collect_by_registry(
    tree: Tree, *, untagged: bool = False, dry_run: bool = False, program: Program = V2
) -> int:
    """Run a registry's own collection and give its exit code."""
    options = ["-m"] * untagged + ["-d"] * dry_run
    command = [str(program.path), "garbage-collect", *options, str(registry_config(tree))]
    return subprocess.run(command, capture_output=True, check=False).returncode
