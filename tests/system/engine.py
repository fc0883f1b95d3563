"""What docker's and containerd's ways of asking a registry have in common; see `tests.system.engines`."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from ctl.registry.challenge import Challenge, bearer
from tests.system.installation import Installation
from tests.system.oci_layout import INDEX, MANIFEST
from tests.system.token_service import PASSWORD, USER

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER = "application/vnd.docker.distribution.manifest"
ACCEPT = ", ".join((MANIFEST, INDEX, f"{DOCKER}.v2+json", f"{DOCKER}.list.v2+json"))
CHUNK = 64 * 1024


class EngineError(AssertionError):
    """A person at this client would have seen an error."""


class RefusedError(Exception):
    """The registry is read-only, and says so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; ``cut`` when its connection ended before its body did."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    cut: bool = False

    @property
    def challenge(self) -> Challenge | None:
        """What is asked for before anything is given."""
        return bearer(self.headers.get_all("WWW-Authenticate", []))


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest, and what it names, by digest."""

    manifest: bytes
    parts: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The manifest's."""
        return digest_of(self.manifest)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def new_image(chance: random.Random, layers: int, size: int, shared: Sequence[bytes] = ()) -> Image:
    """Make an image that nobody has.

    Args:
        chance: what is in it.
        layers: how many it has of its own.
        size: of each, in bytes.
        shared: layers that others have too.
    """
    contents = [*shared, *(chance.randbytes(size) for _ in range(layers))]
    config = json.dumps({"architecture": "amd64", "os": "linux", "of": chance.randbytes(8).hex()}).encode()
    kinds = ["application/vnd.oci.image.config.v1+json", *(LAYER for _ in contents)]
    listed = [
        {"mediaType": kind, "digest": digest_of(content), "size": len(content)}
        for kind, content in zip(kinds, [config, *contents], strict=True)
    ]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": listed[0], "layers": listed[1:]}
    return Image(json.dumps(document).encode(), {digest_of(part): part for part in (config, *contents)})


@dataclass
class Engine:
    """A client of a site's vhost, which trusts the site's certificate and has a password.

    Args:
        site: with a token service.
    """

    site: Installation
    # How often something was asked again that had failed.
    retries: int = 0
    # After how many bytes the connection is cut when a part is pulled from its beginning; 0 for never.
    cut: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    # By default; both have this one.
    downloads = 3
    uploads = 5

    def __post_init__(self) -> None:
        self.context = ssl.create_default_context(cafile=str(self.site.certificate))
        challenge = self.send("GET", "/v2/").challenge
        assert challenge is not None
        self.challenge = challenge

    def push(self, image: Image, name: str, tag: str, sources: Mapping[str, str] | None = None) -> None:
        """Push an image.

        Args:
            image: to push.
            name: of the repository.
            tag: that it gets.
            sources: repositories from which parts may be mounted, by digest.

        Raises:
            RefusedError: the registry is read-only.
            EngineError: a person would have seen an error.
        """
        with ThreadPoolExecutor(self.uploads) as pool:
            pushes = [
                pool.submit(self.upload, name, digest, content, (sources or {}).get(digest))
                for digest, content in image.parts.items()
            ]
            for push in pushes:
                push.result()
        self.put(name, tag, image)

    def pull(self, name: str, tag: str) -> Image:
        """Pull an image.

        Raises:
            EngineError: a person would have seen an error, or other bytes came.
        """
        head = self.expect({200}, "HEAD", f"/v2/{name}/manifests/{tag}", name, headers={"Accept": ACCEPT})
        digest = head.headers["Docker-Content-Digest"]
        path = f"/v2/{name}/manifests/{digest}"
        manifest = self.expect({200}, "GET", path, name, headers={"Accept": ACCEPT}).body
        assert (digest_of(manifest), len(manifest)) == (digest, int(head.headers["Content-Length"]))
        document = json.loads(manifest)
        listed = [document["config"], *document["layers"]]
        with ThreadPoolExecutor(self.downloads) as pool:
            bodies = list(pool.map(lambda part: self.download(name, part["digest"], part["size"]), listed))
        for part, body in zip(listed, bodies, strict=True):
            if digest_of(body) != part["digest"]:
                raise EngineError(f"{name}: {part['digest']} came as other bytes")
        return Image(manifest, {part["digest"]: body for part, body in zip(listed, bodies, strict=True)})

    def upload(self, name: str, digest: str, content: bytes, source: str | None) -> None:
        """Push a part, from another repository where that is said to have it."""
        raise NotImplementedError

    def put(self, name: str, tag: str, image: Image) -> None:
        """Push a manifest under a tag."""
        raise NotImplementedError

    def download(self, name: str, digest: str, size: int) -> bytes:
        """Pull a part; from where it was cut, where it was cut."""
        raise NotImplementedError

    def ask(self, method: str, path: str, name: str, actions: str, **more: Any) -> Answer:
        """Ask with a token for some actions on a repository; asks again where this client does."""
        raise NotImplementedError

    def expect(self, statuses: set[int], method: str, path: str, name: str, **more: Any) -> Answer:
        """Ask for something, and take these answers alone."""
        actions = more.pop("actions", "pull")
        answer = self.ask(method, path, name, actions, **more)
        if answer.status == 405:
            raise RefusedError
        if answer.status not in statuses:
            raise EngineError(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        return answer

    def place(self, answer: Answer) -> str:
        """Return where an upload goes on; that is where it began."""
        place = urlsplit(answer.headers["Location"])
        assert (place.scheme, place.netloc) == ("https", f"localhost:{self.site.port}"), place
        return f"{place.path}?{place.query}"

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> Answer:
        """Send one request on a connection of its own.

        Raises:
            OSError, http.client.HTTPException: no answer came.
        """
        connection = self.connection(port)
        try:
            most = self.most(method, path, headers or {})
            return exchange(connection, method, path, body, headers or {}, most)
        finally:
            connection.close()

    def most(self, method: str, path: str, headers: Mapping[str, str]) -> int | None:
        """Return how much of an answer is taken; None for all."""
        cut = self.cut and method == "GET" and "/blobs/" in path and "Range" not in headers
        return self.cut if cut else None

    def connection(self, port: int = 0) -> http.client.HTTPSConnection:
        """Return a connection to the vhost, or to another port."""
        return http.client.HTTPSConnection(
            "localhost", port or self.site.port, timeout=60, context=self.context
        )

    def fetch(self, scopes: Sequence[str], **more: str) -> tuple[str, float]:
        """Get a token by password, and until when it is used."""
        realm = urlsplit(self.challenge.realm)
        query = urlencode([*more.items(), *(("scope", scope) for scope in scopes)])
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        since = time.monotonic()
        answer = self.send(
            "GET",
            f"{realm.path}?service={self.challenge.service}&{query}",
            headers={"Authorization": f"Basic {login}"},
            port=realm.port or 443,
        )
        if answer.status != 200:
            raise EngineError(f"token: {answer.status} {answer.body[:200]!r}")
        document = json.loads(answer.body)
        return str(document["token"]), since + document["expires_in"]


def exchange(
    connection: http.client.HTTPSConnection,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
    most: int | None = None,
) -> Answer:
    """Send a request and take its answer, however much of it comes, or at most so many bytes of it."""
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    if most is not None and most < int(response.headers["Content-Length"]):
        taken = response.read(most)
        connection.close()
        return Answer(response.status, response.headers, taken, cut=True)
    try:
        return Answer(response.status, response.headers, response.read())
    except http.client.IncompleteRead as error:
        return Answer(response.status, response.headers, error.partial, cut=True)
