"""Clients of a registry under load, in a process of their own: what they ask, and what went wrong.

Three kinds pull: one keeps its connection and never retries, one keeps it and retries as Go's client does
(once, on a new connection, when the old one was closed before the first byte of an answer), and one makes a
connection a request. They go through the vhost and through the registry's own address. Beside them, large
blobs are pushed slowly.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.system.installation import REPOSITORY, Installation

NAME = "group/load"
CHUNK = 64 * 1024
# How many pulls a report is about at least.
ENOUGH = 300
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass
class Report:
    """What the clients saw.

    Args:
        pulls: answers that were right, by kind of client.
        failures: what went wrong with pulls: kind, way and error.
        pushes: how pushes ended: done, refused (405), or an error.
        corrupt: blobs that came back other than they were pushed.
        slowest: the slowest pull, in seconds.
        seconds: how long it took.
    """

    pulls: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    pushes: dict[str, int] = field(default_factory=dict)
    corrupt: int = 0
    slowest: float = 0.0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All pulls."""
        return sum(self.pulls.values()) + len(self.failures)


class Traffic:
    """The process with the clients.

    Args:
        site: whose registry, with the pushed image; see `prepare_image`.
        rate: pulls a second of each of the six clients.
    """

    def __init__(self, site: Installation, rate: float = 40.0, pushers: int = 4) -> None:
        token = site.token(f"repository:{NAME}:pull,push")
        about = {
            "ways": {"vhost": [site.port, True], "internal": [site.http_port, False]},
            "token": token,
            "blob": prepare_image(site, token),
            "rate": rate,
            "pushers": pushers,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.traffic", json.dumps(about)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def stop(self) -> Report:
        """End the clients; pushes that are under way go on to their end first."""
        out, _ = self.process.communicate("stop\n", timeout=120)
        assert self.process.returncode == 0
        return Report(**json.loads(out))

    def kill(self) -> None:
        """End the process when a test has failed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def connection(way: list[Any]) -> http.client.HTTPConnection:
    port, tls = way
    if tls:
        return http.client.HTTPSConnection("localhost", port, timeout=60, context=_CONTEXT)
    return http.client.HTTPConnection("localhost", port, timeout=60)


# The certificate is not what is tried here.
_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE


def prepare_image(site: Installation, token: str) -> str:
    """Push a small image under the tag v1 and return the digest of its layer."""
    blob = random.Random(1).randbytes(20_000)
    way = [site.http_port, False]
    digest = push_blob(way, token, blob, pause=0.0)
    assert digest.startswith("sha256:"), digest
    body = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "application/json", "size": len(blob), "digest": digest},
            "layers": [{"mediaType": "application/octet-stream", "size": len(blob), "digest": digest}],
        }
    )
    asked = connection(way)
    asked.request("PUT", f"/v2/{NAME}/manifests/v1", body, {**bearer(token), "Content-Type": MANIFEST})
    answer = asked.getresponse()
    assert answer.status == 201, answer.read()
    asked.close()
    return digest


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def push_blob(way: list[Any], token: str, content: bytes, pause: float, name: str = NAME) -> str:
    """Push a blob in one stream; return its digest, or ``refused``, or what went wrong."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    try:
        asked = connection(way)
        asked.request("POST", f"/v2/{name}/blobs/uploads/", b"", bearer(token))
        answer = asked.getresponse()
        answer.read()
        if answer.status == 405:
            return "refused"
        if answer.status != 202:
            return f"POST {answer.status}"
        # A connection a request, as one that was closed in between is opened anew by every client.
        asked.close()
        place = answer.headers["Location"].partition("/v2/")
        headers = {**bearer(token), "Content-Type": "application/octet-stream"}
        headers["Content-Length"] = str(len(content))
        asked.request("PATCH", "/v2/" + place[2], _slowly(content, pause), headers)
        answer = asked.getresponse()
        answer.read()
        if answer.status == 405:
            return "refused"
        if answer.status == 502 and _is_refused(way, token, name):
            # nginx, still sending, has lost the refusal of a registry that reads no more.
            return "refused"
        if answer.status != 202:
            return f"PATCH {answer.status}"
        asked.close()
        place = answer.headers["Location"].partition("/v2/")
        asked.request("PUT", f"/v2/{place[2]}&digest={digest}", b"", bearer(token))
        answer = asked.getresponse()
        answer.read()
        if answer.status == 405:
            return "refused"
        asked.close()
        return digest if answer.status == 201 else f"PUT {answer.status}"
    except BrokenPipeError:
        # nginx answers a refused upload at once and closes; the answer is lost behind what is still sent.
        return "refused"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__} {error}"


def _is_refused(way: list[Any], token: str, name: str) -> bool:
    """Whether the registry refuses pushes right now."""
    asked = connection(way)
    try:
        asked.request("POST", f"/v2/{name}/blobs/uploads/", b"", bearer(token))
        return asked.getresponse().status == 405
    finally:
        asked.close()


def _slowly(content: bytes, pause: float) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]
        if pause:
            time.sleep(pause)


class Clients:
    """All clients of one process."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about
        self.token: str = about["token"]
        self.report = Report()
        self.counts: Counter[str] = Counter()
        self.pushed: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.enough = threading.Event()
        self.ended = threading.Event()

    def run(self) -> Report:
        """Ask until a line comes on standard input."""
        kinds = ("keeping", "go", "single")
        ways = self.about["ways"].items()
        threads = [
            threading.Thread(target=self._pull, args=(kind, name, way))
            for kind in kinds
            for name, way in ways
        ]
        threads += [
            threading.Thread(target=self._push, args=(number,)) for number in range(self.about["pushers"])
        ]
        since = time.monotonic()
        for thread in threads:
            thread.start()
        print("ready", flush=True)
        sys.stdin.readline()
        # A change may take a moment only; a few pulls say nothing of it.
        self.enough.wait(timeout=60)
        self.ended.set()
        for thread in threads:
            thread.join()
        self.report.seconds = time.monotonic() - since
        self.report.pulls, self.report.pushes = dict(self.counts), dict(self.pushed)
        return self.report

    def _pull(self, kind: str, name: str, way: list[Any]) -> None:
        paths = (f"/v2/{NAME}/manifests/v1", f"/v2/{NAME}/blobs/{self.about['blob']}")
        asked, used, number = connection(way), False, 0
        headers = {**bearer(self.token), "Accept": MANIFEST}
        while not self.ended.is_set():
            number += 1
            since = time.monotonic()
            if kind == "single" and used:
                asked.close()
                asked, used = connection(way), False
            wrong = self._ask(asked, paths[number % 2], headers)
            if wrong and wrong.startswith("closed") and kind == "go" and used:
                asked.close()
                asked = connection(way)
                wrong = self._ask(asked, paths[number % 2], headers)
            used = True
            took = time.monotonic() - since
            with self.lock:
                self.report.slowest = max(self.report.slowest, took)
                if wrong:
                    self.report.failures.append(f"{kind} {name}: {wrong}")
                else:
                    self.counts[kind] += 1
                    if self.counts.total() > ENOUGH:
                        self.enough.set()
            if wrong:
                asked.close()
                asked, used = connection(way), False
            time.sleep(max(0.0, 1 / self.about["rate"] - took))

    def _ask(self, asked: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> str:
        try:
            asked.request("GET", path, headers=headers)
            answer = asked.getresponse()
            body = answer.read()
        except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected) as error:
            return f"closed: {type(error).__name__}"
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__} {error}"
        if answer.status != 200:
            return f"status {answer.status} {body[:100]!r}"
        if "/blobs/" in path and f"sha256:{hashlib.sha256(body).hexdigest()}" != self.about["blob"]:
            return "other bytes"
        return ""

    def _push(self, number: int) -> None:
        way = list(self.about["ways"].values())[number % 2]
        chance = random.Random(number + 100)
        while not self.ended.is_set():
            content = chance.randbytes(30 * CHUNK)
            ended = push_blob(way, self.token, content, pause=0.02)
            good = ended.startswith("sha256:")
            with self.lock:
                self.pushed["done" if good else ended] += 1
            if good:
                self._check_back(way, ended)
            time.sleep(0.05)

    def _check_back(self, way: list[Any], digest: str) -> None:
        """Pull a blob that was pushed; it has to come, and to be what was pushed."""
        asked = connection(way)
        try:
            asked.request("GET", f"/v2/{NAME}/blobs/{digest}", headers=bearer(self.token))
            answer = asked.getresponse()
            body = answer.read()
            wrong = "" if answer.status == 200 else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            body, wrong = b"", f"{type(error).__name__} {error}"
        finally:
            asked.close()
        with self.lock:
            if wrong:
                self.report.failures.append(f"pushed blob: {wrong}")
            elif f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
                self.report.corrupt += 1


if __name__ == "__main__":
    print(json.dumps(asdict(Clients(json.loads(sys.argv[1])).run())))
