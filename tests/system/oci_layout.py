"""Images on the disk, in the layout of the OCI, from which skopeo pushes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class OciLayout:
    """A directory of images.

    Args:
        place: an empty directory; made when it is missing.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "blobs/sha256").mkdir(parents=True)
        (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self._tags: list[dict[str, Any]] = []
        self._chance = random.Random(11)

    def image(self, tag: str, architecture: str = "amd64", shared: bytes = b"") -> dict[str, Any]:
        """Add an image of two layers, one of which others may share; return its descriptor."""
        first = shared or self._chance.randbytes(3000)
        layers = [self._layer(content) for content in (first, self._chance.randbytes(3000))]
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]},
        }
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._json(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor for descriptor, _ in layers],
        }
        manifest = self._json(document, MANIFEST)
        manifest["platform"] = {"architecture": architecture, "os": "linux"}
        return self._tagged(manifest, tag)

    def index(self, tag: str, *children: dict[str, Any]) -> dict[str, Any]:
        """Add an index of images that are there; return its descriptor."""
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(children)}
        return self._tagged(self._json(document, INDEX), tag)

    def _tagged(self, manifest: dict[str, Any], tag: str) -> dict[str, Any]:
        if tag:
            self._tags.append({**manifest, "annotations": {"org.opencontainers.image.ref.name": tag}})
            (self.place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self._tags}))
        return manifest

    def _layer(self, content: bytes) -> tuple[dict[str, Any], str]:
        """Add a layer of one file; return its descriptor, and the digest of what it unpacks to."""
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            member = tarfile.TarInfo("file")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        diff = f"sha256:{hashlib.sha256(plain.getvalue()).hexdigest()}"
        packed = gzip.compress(plain.getvalue(), mtime=0)
        return self._blob(packed, "application/vnd.oci.image.layer.v1.tar+gzip"), diff

    def _json(self, document: object, kind: str) -> dict[str, Any]:
        return self._blob(json.dumps(document).encode(), kind)

    def _blob(self, content: bytes, kind: str) -> dict[str, Any]:
        text = hashlib.sha256(content).hexdigest()
        (self.place / "blobs/sha256" / text).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{text}", "size": len(content)}
