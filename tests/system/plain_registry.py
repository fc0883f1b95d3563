"""A registry alone, on a store of its own, asked for everything that it may serve."""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.registries import V2, Program
from tests.storage.tree import DOCKER, DOCKER_LIST, OCI, OCI_INDEX, SCHEMA1, Tree
from tests.system.installation import wait_for

_KINDS = ", ".join((DOCKER, DOCKER_LIST, OCI, OCI_INDEX, f"{SCHEMA1}+prettyjws"))

Served = dict[tuple[str, str, str], str]
"""Of every repository, ``manifests`` or ``blobs``, and tag or digest that is answered with 200: the hash."""


class PlainRegistry:
    """A registry without cache and without authentication; a context manager.

    Args:
        root: an empty directory.
        program: the registry.
        more: of its configuration, in YAML.
    """

    def __init__(self, root: Path, program: Program = V2, more: str = "") -> None:
        self.tree = Tree(root / "store")
        self.port = free_port()
        config = root / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.tree.root}}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.port}'}}\ncompatibility: {{schema1: {{enabled: true}}}}\n{more}"
        )
        self._log = (root / "registry.log").open("wb")
        command = [str(program.path), "serve", str(config)]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def __enter__(self) -> PlainRegistry:
        wait_for(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/v2/")[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/octet-stream"
    ) -> tuple[int, bytes, str]:
        """Give status, body, and where the answer leads to."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            asked.request(method, path, body, {"Accept": _KINDS, "Content-Type": kind})
            answer = asked.getresponse()
            return answer.status, answer.read(), answer.headers.get("Location", "")
        finally:
            asked.close()

    def blob(self, name: str, content: bytes | str, algorithm: str = "sha256") -> str:
        """Push a blob, by a digest of some algorithm; give that digest."""
        content = content.encode() if isinstance(content, str) else content
        digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
        _, _, place = self.ask("POST", f"/v2/{name}/blobs/uploads/")
        place = place[place.index("/v2/") :]
        status, answer, _ = self.ask("PUT", f"{place}&digest={digest}", content)
        assert status == 201, answer
        return digest

    def mount(self, name: str, digest: str, source: str) -> None:
        """Mount a blob of another repository."""
        path = f"/v2/{name}/blobs/uploads/?mount={digest}&from={source}"
        assert self.ask("POST", path)[0] == 201

    def put(self, name: str, content: bytes, kind: str = OCI, tag: str = "") -> str:
        """Push a manifest, by a tag or by its digest; give that."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        status, answer, _ = self.ask("PUT", f"/v2/{name}/manifests/{tag or digest}", content, kind)
        assert status == 201, answer
        return digest

    def image(self, name: str, layers: list[str] | None = None, **more: object) -> bytes:
        """Push what an image needs, and give its manifest."""
        config = self.blob(name, json.dumps({"of": name, "layers": layers, **more}, default=str))
        used = [self.blob(name, f"layer of {config}")] if layers is None else layers
        document = {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 1},
            "layers": [{"mediaType": "application/x", "digest": layer, "size": 1} for layer in used],
            **more,
        }
        return json.dumps(document).encode()

    @staticmethod
    def index(children: list[str], kind: str = OCI, **more: object) -> bytes:
        """Give an index of some children."""
        listed = [{"mediaType": kind, "digest": child, "size": 1} for child in children]
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed, **more}
        return json.dumps(document).encode()

    def served(self, tags: bool = True) -> Served:
        """Pull every tag, and every digest of the store from every repository, in both ways."""
        answers: Served = {}
        base = self.tree.repository("")
        names = sorted({str(path.parent.relative_to(base)) for path in base.glob("**/_layers")})
        digests = self.tree.blobs() | {
            f"{path.parents[1].name}:{path.parent.name}" for path in base.glob("**/_layers/*/*/link")
        }
        for name in names:
            asked = [(kind, digest) for kind in ("manifests", "blobs") for digest in sorted(digests)]
            if tags:
                status, body, _ = self.ask("GET", f"/v2/{name}/tags/list")
                listed = json.loads(body)["tags"] or [] if status == 200 else []
                asked += [("manifests", tag) for tag in listed]
            for kind, reference in asked:
                status, body, _ = self.ask("GET", f"/v2/{name}/{kind}/{reference}")
                if status == 200:
                    answers[name, kind, reference] = _hash(body)
        return answers

    def reached(self, served: Served) -> Served:
        """Give what a client gets to from the tags, by nothing but what is answered; it has to be kept."""
        waiting = [key for key in served if key[1] == "manifests" and ":" not in key[2]]
        reached: Served = {}
        while waiting:
            key = waiting.pop()
            if key not in served or key in reached:
                continue
            reached[key] = served[key]
            if key[1] == "manifests":
                name, _, reference = key
                document = json.loads(self.ask("GET", f"/v2/{name}/manifests/{reference}")[1])
                for digest in _digests(document):
                    waiting += [(name, "manifests", digest), (name, "blobs", digest)]
        return reached


def _hash(body: bytes) -> str:
    if b'"signatures"' in body:
        # The oldest kind of manifest is signed anew for every answer.
        document = {key: value for key, value in json.loads(body).items() if key != "signatures"}
        body = json.dumps(document).encode()
    return hashlib.sha256(body).hexdigest()


def _digests(document: Any) -> list[str]:
    """Give every digest that a document names, wherever it stands."""
    if isinstance(document, dict):
        return [digest for inner in document.values() for digest in _digests(inner)]
    if isinstance(document, list):
        return [digest for inner in document for digest in _digests(inner)]
    known = ("sha256:", "sha384:", "sha512:")
    return [document] if isinstance(document, str) and document.startswith(known) else []
