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
ARTIFACT = "application/vnd.example.notes"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


class OciLayout:
    """A directory of images.

    Args:
        place: an empty directory; made when it is missing.
        seed: of what is in it; two of one seed have the same.
    """

    def __init__(self, place: Path, seed: int = 11) -> None:
        self.place = place
        (place / "blobs/sha256").mkdir(parents=True)
        (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self._tags: list[dict[str, Any]] = []
        self._chance = random.Random(seed)

    def image(
        self,
        tag: str,
        architecture: str = "amd64",
        shared: bytes = b"",
        count: int = 2,
        packing: str = "gzip",
    ) -> dict[str, Any]:
        """Add an image; return its descriptor.

        Args:
            tag: empty for none.
            architecture: of its platform.
            shared: what is in its first layer, which others may share.
            count: of its layers.
            packing: of its layers, ``gzip`` or ``zstd``.
        """
        first = shared or self._chance.randbytes(3000)
        contents = [first, *(self._chance.randbytes(3000) for _ in range(count - 1))]
        layers = [self._layer(content, packing) for content in contents]
        manifest = self._manifest(
            [descriptor for descriptor, _ in layers], [diff for _, diff in layers], architecture
        )
        return self._tagged(manifest, tag)

    def index(self, tag: str, *children: dict[str, Any]) -> dict[str, Any]:
        """Add an index of images that are there; return its descriptor."""
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(children)}
        return self._tagged(self._json(document, INDEX), tag)

    def artifact(self, tag: str, content: bytes, subject: dict[str, Any] | None = None) -> dict[str, Any]:
        """Add an artifact of one file, which may say that it belongs to something; return its descriptor."""
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": ARTIFACT,
            "config": self._blob(b"{}", "application/vnd.oci.empty.v1+json"),
            "layers": [self._blob(content, "text/plain")],
            **({"subject": subject} if subject else {}),
        }
        return self._tagged(self._json(document, MANIFEST), tag)

    def large(self, tag: str, size: int) -> dict[str, Any]:
        """Add an image of one layer of so many bytes, which takes little room here; return its descriptor."""
        file = self.place / "large"
        with file.open("wb") as content:
            # Holes between some bytes that tell whether a part has come to another place.
            for start in range(0, size, size // 64):
                content.seek(start)
                content.write(self._chance.randbytes(4096))
            content.truncate(size)
        with file.open("rb") as content:
            name = hashlib.file_digest(content, "sha256").hexdigest()
        file.rename(self.place / "blobs/sha256" / name)
        layer: dict[str, Any] = {"mediaType": f"{_LAYER}+gzip", "digest": f"sha256:{name}", "size": size}
        return self._tagged(self._manifest([layer], [f"sha256:{name}"], "amd64"), tag)

    def blobs(self) -> list[str]:
        """Return the names of all that is there; whoever pulls everything that is tagged has the same."""
        return sorted(file.name for file in (self.place / "blobs/sha256").iterdir())

    def _manifest(self, layers: list[dict[str, Any]], diffs: list[str], architecture: str) -> dict[str, Any]:
        """Add the manifest of an image whose layers unpack to some digests; return its descriptor."""
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": diffs},
        }
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._json(config, "application/vnd.oci.image.config.v1+json"),
            "layers": layers,
        }
        platform = {"architecture": architecture, "os": "linux"}
        return {**self._json(document, MANIFEST), "platform": platform}

    def _tagged(self, manifest: dict[str, Any], tag: str) -> dict[str, Any]:
        if tag:
            self._tags.append({**manifest, "annotations": {"org.opencontainers.image.ref.name": tag}})
            (self.place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self._tags}))
        return manifest

    def _layer(self, content: bytes, packing: str) -> tuple[dict[str, Any], str]:
        """Add a layer of one file; return its descriptor, and the digest of what it unpacks to."""
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            member = tarfile.TarInfo("file")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        diff = f"sha256:{hashlib.sha256(plain.getvalue()).hexdigest()}"
        packed = gzip.compress(plain.getvalue(), mtime=0) if packing == "gzip" else _zstd(plain.getvalue())
        return self._blob(packed, f"{_LAYER}+{packing}"), diff

    def _json(self, document: object, kind: str) -> dict[str, Any]:
        return self._blob(json.dumps(document).encode(), kind)

    def _blob(self, content: bytes, kind: str) -> dict[str, Any]:
        text = hashlib.sha256(content).hexdigest()
        (self.place / "blobs/sha256" / text).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{text}", "size": len(content)}


def _zstd(content: bytes) -> bytes:
    """Put less than 128 KiB into a frame of zstd, RFC 8878: its length, and one block as it is."""
    block = (len(content) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + len(content).to_bytes(4, "little") + block + content
