"""Images pushed to and pulled from a real registry, piece by piece."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
from dataclasses import dataclass

from tests.system.installation import Installation
from tests.system.traffic import bearer, push_blob

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass
class Registry:
    """One repository of a site's registry, asked at the registry's own address."""

    site: Installation
    repository: str = "group/app"

    def __post_init__(self) -> None:
        self.token = self.site.token(f"repository:{self.repository}:pull,push,delete")
        self.chance = random.Random(7)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """Ask for something of the repository; return status and body."""
        return self.led(method, path, body, kind)[:2]

    def led(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[int, bytes, str]:
        """Ask for something of the repository; return status, body, and where else the answer leads to."""
        headers = bearer(self.token) | {"Accept": f"{MANIFEST}, {INDEX}"}
        if kind:
            headers["Content-Type"] = kind
        asked = http.client.HTTPConnection("127.0.0.1", self.site.http_port, timeout=30)
        try:
            asked.request(method, f"/v2/{self.repository}/{path}", body, headers)
            answer = asked.getresponse()
            return answer.status, answer.read(), answer.headers.get("Location", "")
        finally:
            asked.close()

    def blob(self, size: int = 5000) -> tuple[str, int]:
        """Push a random blob; return its digest and size."""
        way = [self.site.http_port, False]
        content = self.chance.randbytes(size)
        digest = push_blob(way, self.token, content, 0.0, self.repository)
        assert digest.startswith("sha256:"), digest
        return digest, size

    def image(self, *tags: str, layers: int = 2) -> str:
        """Push an image of new layers, under tags or by its digest alone; return its digest."""
        pieces = [self.blob() for _ in range(layers + 1)]
        parts = [
            {"mediaType": "application/octet-stream", "digest": digest, "size": size}
            for digest, size in pieces
        ]
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:]}
        return self.put(json.dumps(document).encode(), MANIFEST, *tags)

    def index(self, children: list[str], *tags: str) -> str:
        """Push an index of images that are there already; return its digest."""
        parts = [
            {"mediaType": MANIFEST, "digest": child, "size": len(self.ask("GET", f"manifests/{child}")[1])}
            for child in children
        ]
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": parts}
        return self.put(json.dumps(document).encode(), INDEX, *tags)

    def put(self, content: bytes, kind: str, *tags: str) -> str:
        """Push a manifest; return its digest."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        for name in tags or (digest,):
            status, body = self.ask("PUT", f"manifests/{name}", content, kind)
            assert status == 201, body
        return digest

    def delete(self, digest: str) -> None:
        """Delete a manifest."""
        status, body = self.ask("DELETE", f"manifests/{digest}")
        assert status == 202, body

    def is_whole(self, name: str) -> bool:
        """Whether a manifest and all that it needs, to the last byte, can be pulled."""
        status, content = self.ask("GET", f"manifests/{name}")
        if status != 200:
            return False
        document = json.loads(content)
        if "manifests" in document:
            return all(self.is_whole(child["digest"]) for child in document["manifests"])
        return all(self.has(part["digest"]) for part in [document["config"], *document["layers"]])

    def has(self, digest: str) -> bool:
        """Whether a blob can be pulled, and is what it was."""
        status, content = self.ask("GET", f"blobs/{digest}")
        return status == 200 and f"sha256:{hashlib.sha256(content).hexdigest()}" == digest
