"""An object store on loopback that speaks S3: SeaweedFS, one program with its data in a private directory."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.ports import free_port
from tests.system.programs import listens, running, until

PROGRAM = Path(sys.executable).with_name("weed")


class Key(NamedTuple):
    """An access key and its secret."""

    access: str
    secret: str


ALL = Key("all-of-it", "a secret of forty characters, as AWS has")
READING = Key("reading-only", "another secret of as many characters, too")


class SeaweedFS:
    """A store with its buckets.

    Args:
        port: where it speaks S3.
        files: where its filer shows all buckets as directories.
    """

    def __init__(self, port: int, files: int) -> None:
        self._files = files
        self.url = f"http://127.0.0.1:{port}"

    def make(self, bucket: str) -> None:
        """Make a bucket."""
        assert self._ask("POST", f"/buckets/{bucket}/") == 201

    def buckets(self) -> list[str]:
        """Return the names of the buckets."""
        return self._names("/buckets/")

    def names(self, bucket: str, directory: str = "") -> list[str]:
        """Return the names in a directory of a bucket."""
        return self._names(f"/buckets/{bucket}/{directory}")

    def settings(self, bucket: str, key: Key = ALL, **more: str) -> str:
        """Return the settings of a registry that keeps its images in a bucket."""
        given = {
            "accesskey": key.access,
            "secretkey": key.secret,
            "bucket": bucket,
            "region": "us-east-1",
            "regionendpoint": self.url,
            **more,
        }
        words = ",\n  ".join(f"'{name}' => '{value}'" for name, value in given.items())
        return f"registry['storage'] = {{ 's3' => {{\n  {words}\n}}, 'redirect' => {{ 'disable' => true }} }}"

    def _names(self, path: str) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._files, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", f"{path}?limit=1000", headers={"Accept": "application/json"})
            answer = connection.getresponse()
            listed = json.loads(answer.read() or "{}")
        return sorted(Path(entry["FullPath"]).name for entry in listed.get("Entries") or ())

    def _ask(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._files, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path)
            return connection.getresponse().status


@contextlib.contextmanager
def seaweedfs(place: Path) -> Iterator[SeaweedFS]:
    """Run it until the block ends.

    Args:
        place: an empty directory.
    """
    names = ("master", "volume", "filer", "s3")
    ports = {name: (free_port(), free_port()) for name in names}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identities = [
        {"name": key.access, "credentials": [{"accessKey": key[0], "secretKey": key[1]}], "actions": rights}
        for key, rights in ((ALL, actions), (READING, ["Read", "List"]))
    ]
    (place / "s3.json").write_text(json.dumps({"identities": identities}))
    words = [
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={place}",
        "-filer",
        "-s3",
        f"-s3.config={place}/s3.json",
        "-volume.max=200",
        # Neither of these is asked for anything.
        "-s3.port.lance=0",
        "-s3.port.iceberg=0",
        "-master.telemetry=false",
    ]
    for name, (port, grpc) in ports.items():
        words += [f"-{name}.port={port}", f"-{name}.port.grpc={grpc}"]
    store = SeaweedFS(ports["s3"][0], ports["filer"][0])
    command: list[str | Path] = [PROGRAM, "server", *words]
    with running(command, ports["s3"][0], place / "log", signal.SIGKILL):
        until(lambda: listens(ports["filer"][0]), (place / "log").read_text)
        yield store
