"""How docker and containerd ask a registry: small clients that keep their rules.

Both ask HEAD for a tag, then for the digest, three layers at a time, and go on by Range where one was cut.
They differ in how they push, in what they ask again, and in what becomes of a refused token.

Source: moby 28.2.2 (daemon/config/config.go, distribution/registry.go, errors.go, pull_v2.go, push_v2.go,
xfer/upload.go, xfer/download.go) with its library, distribution 2.8.3 (registry/client/repository.go,
blob_writer.go, auth/session.go); containerd 2.1.4 (core/remotes/docker/resolver.go, fetcher.go, pusher.go,
authorizer.go, httpreadseeker.go).
"""

from __future__ import annotations

import http.client
import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from tests.system.engine import CHUNK, Answer, Engine, EngineError, Image, exchange
from tests.system.oci_layout import MANIFEST
from tests.system.token_service import PASSWORD, USER

PUSH = "pull,push"
OCTETS = {"Content-Type": "application/octet-stream"}
Result = TypeVar("Result")


class Docker(Engine):
    """Docker's: a connection a request, and a token that is used until it expires, whatever is said of it.

    What ends without an answer is tried five times in all, after 5, 10, 15 and 20 seconds. A refusal is an
    error; docker would try again after some of them.
    """

    attempts = 5
    pause = 5.0

    def ask(self, method: str, path: str, name: str, actions: str, **more: Any) -> Answer:
        """Ask once."""
        scopes = [f"repository:{name}:{actions}"]
        source = more.pop("source", None)
        more["headers"] = {
            "Authorization": f"Bearer {self._token(scopes, source)}",
            **more.get("headers", {}),
        }
        return self.send(method, path, **more)

    def upload(self, name: str, digest: str, content: bytes, source: str | None) -> None:
        """Mount, or POST, PATCH in chunks and PUT without a body; then look whether it is there."""
        self._attempt(lambda: self._upload(name, digest, content, source))

    def _upload(self, name: str, digest: str, content: bytes, source: str | None) -> None:
        path = f"/v2/{name}/blobs/uploads/"
        if source:
            path += "?" + urlencode({"from": source, "mount": digest})
        begun = self.expect({201, 202}, "POST", path, name, actions=PUSH, source=source)
        if begun.status == 202:
            sent = self.expect(
                {202}, "PATCH", self.place(begun), name, actions=PUSH, body=_chunks(content), headers=OCTETS
            )
            assert sent.headers["Range"] == f"0-{len(content) - 1}"
            path = f"{self.place(sent)}&{urlencode({'digest': digest})}"
            self.expect({201}, "PUT", path, name, actions=PUSH, body=b"")
        there = self.expect({200}, "HEAD", f"/v2/{name}/blobs/{digest}", name, actions=PUSH)
        assert int(there.headers["Content-Length"]) == len(content)

    def put(self, name: str, tag: str, image: Image) -> None:
        """Once."""
        kind = {"Content-Type": MANIFEST}
        path = f"/v2/{name}/manifests/{tag}"
        self.expect({201}, "PUT", path, name, actions=PUSH, body=image.manifest, headers=kind)

    def download(self, name: str, digest: str, size: int) -> bytes:
        """Each attempt begins where the one before has ended."""
        content = bytearray()

        def go_on() -> bytes:
            headers = {"Range": f"bytes={len(content)}-"} if content else {}
            status = 206 if content else 200
            answer = self.expect({status}, "GET", f"/v2/{name}/blobs/{digest}", name, headers=headers)
            if content:
                assert answer.headers["Content-Range"] == f"bytes {len(content)}-{size - 1}/{size}"
            content.extend(answer.body)
            if answer.cut:
                raise http.client.IncompleteRead(answer.body)
            return bytes(content)

        return self._attempt(go_on)

    def _attempt(self, work: Callable[[], Result]) -> Result:
        for attempt in range(1, self.attempts):
            try:
                return work()
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.retries += 1
                time.sleep(self.pause * attempt)
        return work()

    def _token(self, scopes: list[str], source: str | None) -> str:
        if source:
            # What allows more is used once.
            return self.fetch([*scopes, f"repository:{source}:pull"], **_AS_DOCKER)[0]
        with self.lock:
            key = " ".join(scopes)
            if key not in self.tokens or time.monotonic() > self.tokens[key][1]:
                self.tokens[key] = self.fetch(scopes, **_AS_DOCKER)
            return self.tokens[key][0]


_AS_DOCKER = {"account": USER, "client_id": "docker", "offline_token": "true"}


class Containerd(Engine):
    """containerd's: connections are kept, a blob goes in one PUT, a token that is refused is renewed once.

    Tokens are asked for by POST first. 408 and 429 are asked again up to five times, 500, 503 and 504 once.
    """

    def __post_init__(self) -> None:
        self._kept = threading.local()
        super().__post_init__()

    def ask(self, method: str, path: str, name: str, actions: str, **more: Any) -> Answer:
        """Ask, and again where its rules say so."""
        scopes = {f"repository:{name}:{actions}"}
        if source := more.pop("source", None):
            scopes.add(f"repository:{source}:pull")
        headers = more.pop("headers", {})
        answers: list[Answer] = []
        while True:
            signed = {"Authorization": f"Bearer {self._token(sorted(scopes))}", **headers}
            answers.append(self._exchange(method, path, more.get("body"), signed))
            if len(answers) > 5 or not self._again(answers):
                return answers[-1]
            with self.lock:
                self.retries += 1

    def _again(self, answers: list[Answer]) -> bool:
        status = answers[-1].status
        if status == 401:
            challenge = answers[-1].challenge
            # Only a registry that says what is wrong with a token gets another one.
            if challenge is None or challenge.error is None or len(answers) > 1:
                return False
            with self.lock:
                self.tokens.clear()
            return True
        if status in (408, 429):
            return True
        return status in (500, 503, 504) and not (len(answers) > 1 and answers[-2].status == status)

    def upload(self, name: str, digest: str, content: bytes, source: str | None) -> None:
        """Look whether it is there; mount, or POST and PUT."""
        there = self.expect({200, 404}, "HEAD", f"/v2/{name}/blobs/{digest}", name, actions=PUSH)
        if there.status == 200:
            return
        path = f"/v2/{name}/blobs/uploads/"
        mount = f"{path}?mount={digest}&from={source}"
        begun = None
        if source:
            begun = self.expect({201, 202, 401}, "POST", mount, name, actions=PUSH, source=source)
        if begun is None or begun.status == 401:
            begun = self.expect({201, 202}, "POST", path, name, actions=PUSH)
        if begun.status == 202:
            place = f"{self.place(begun)}&{urlencode({'digest': digest})}"
            put = self.expect({201}, "PUT", place, name, actions=PUSH, body=content, headers=OCTETS)
            assert put.headers["Docker-Content-Digest"] == digest

    def put(self, name: str, tag: str, image: Image) -> None:
        """Unless it is there."""
        path, kind = f"/v2/{name}/manifests/{tag}", {"Accept": f"{MANIFEST}, */*"}
        there = self.expect({200, 404}, "HEAD", path, name, actions=PUSH, headers=kind)
        if there.status == 200 and there.headers["Docker-Content-Digest"] == image.digest:
            return
        kind = {"Content-Type": MANIFEST}
        put = self.expect({201}, "PUT", path, name, actions=PUSH, body=image.manifest, headers=kind)
        assert put.headers["Docker-Content-Digest"] == image.digest

    def download(self, name: str, digest: str, size: int) -> bytes:
        """What is cut goes on at once, up to three times without a byte."""
        content, fruitless = bytearray(), 0
        while True:
            headers = {"Accept-Encoding": "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5"}
            if content:
                headers["Range"] = f"bytes={len(content)}-"
            answer = self.expect({200, 206}, "GET", f"/v2/{name}/blobs/{digest}", name, headers=headers)
            if content:
                assert answer.headers["Content-Range"].startswith(f"bytes {len(content)}-")
            assert answer.headers["Content-Encoding"] is None
            content.extend(answer.body)
            if not answer.cut:
                return bytes(content)
            fruitless = 0 if answer.body else fruitless + 1
            if fruitless > 3:
                raise EngineError(f"{name}: {digest} ends at {len(content)} of {size} bytes")
            with self.lock:
                self.retries += 1

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """Ask on the connection of this thread.

        As Go does, a connection that was closed meanwhile is not used again, and what changes nothing is
        asked once more where a kept connection ends before the answer begins.
        """
        most = self.most(method, path, headers)
        kept: http.client.HTTPSConnection | None = getattr(self._kept, "connection", None)
        if kept is None or kept.sock is None or select.select([kept.sock], [], [], 0)[0]:
            kept = self._kept.connection = self.connection()
            return exchange(kept, method, path, body, headers, most)
        try:
            return exchange(kept, method, path, body, headers, most)
        except (ConnectionError, http.client.RemoteDisconnected):
            kept.close()
            if method not in ("GET", "HEAD"):
                raise
            return exchange(kept, method, path, body, headers, most)

    def _token(self, scopes: list[str]) -> str:
        with self.lock:
            key = " ".join(scopes)
            if key not in self.tokens or time.monotonic() > self.tokens[key][1]:
                self.tokens[key] = self._fetch(scopes)
            return self.tokens[key][0]

    def _fetch(self, scopes: list[str]) -> tuple[str, float]:
        realm = urlsplit(self.challenge.realm)
        form = {"grant_type": "password", "service": self.challenge.service, "client_id": "containerd-client"}
        form |= {"scope": " ".join(scopes), "username": USER, "password": PASSWORD}
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        port = realm.port or 443
        answer = self.send("POST", realm.path, urlencode(form).encode(), kind, port)
        if answer.status in (400, 401, 404, 405):
            return self.fetch(scopes)
        document = json.loads(answer.body)
        return str(document["access_token"]), time.monotonic() + document["expires_in"]


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


ENGINES = (Docker, Containerd)
