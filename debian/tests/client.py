"""A client that pulls and pushes all the time, to see what an upgrade lets it notice.

``client.py URL TOKEN DIR``: each turn is a connection of its own, in which the image of the tag v1 is pulled,
every digest compared, and a blob pushed, unless DIR/pull-only is there. DIR/turns gets a line a turn:
``good``, or ``bad`` with the time in milliseconds and the reason. DIR/enough ends it; DIR/trust/ca.crt is the
authority of the certificate.
All modules are loaded before the first turn, so that the machine may exchange them.
"""

import http.client
import json
import ssl
import sys
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

ACCEPT = "application/vnd.oci.image.manifest.v1+json"


class Client:
    """One repository as a client sees it.

    Args:
        url: of the repository, as ``https://localhost:5443/v2/demo/app``.
        token: that allows pull and push.
        trust: the certificate of the authority.
    """

    def __init__(self, url: str, token: str, trust: Path) -> None:
        self._where = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": ACCEPT}
        self._context = ssl.create_default_context(cafile=trust)

    def turn(self, number: int, push: bool) -> None:
        """Pull, then push a blob that nobody has pushed.

        Raises:
            OSError, http.client.HTTPException: no whole answer.
            ValueError: another answer than expected.
        """
        line = http.client.HTTPSConnection(
            self._where.hostname or "", self._where.port, timeout=20, context=self._context
        )
        try:
            self._pull(line)
            if push:
                self._push(line, f"blob {number} of {time.time_ns()}".encode())
        finally:
            line.close()

    def _pull(self, line: http.client.HTTPSConnection) -> None:
        manifest, _ = self._ask(line, "GET", f"{self._where.path}/manifests/v1", 200)
        document = json.loads(manifest)
        for blob in (document["config"], *document["layers"]):
            content, _ = self._ask(line, "GET", f"{self._where.path}/blobs/{blob['digest']}", 200)
            if f"sha256:{sha256(content).hexdigest()}" != blob["digest"]:
                raise ValueError(f"{blob['digest']} came with other content")

    def _push(self, line: http.client.HTTPSConnection, content: bytes) -> None:
        _, place = self._ask(line, "POST", f"{self._where.path}/blobs/uploads/", 202)
        upload = urlsplit(place)
        digest = sha256(content).hexdigest()
        self._ask(line, "PUT", f"{upload.path}?{upload.query}&digest=sha256:{digest}", 201, content)

    def _ask(
        self, line: http.client.HTTPSConnection, method: str, path: str, status: int, body: bytes = b""
    ) -> tuple[bytes, str]:
        line.request(method, path, body or None, self._headers)
        answer = line.getresponse()
        content = answer.read()
        if answer.status != status:
            raise ValueError(f"{method} {path}: {answer.status}, not {status}")
        return content, answer.headers.get("Location", "")


def main(url: str, token: str, directory: Path) -> None:
    """Take turns until there have been enough."""
    client = Client(url, token, directory / "trust/ca.crt")
    number = 0
    with (directory / "turns").open("w", buffering=1) as turns:
        while not (directory / "enough").exists():
            number += 1
            try:
                client.turn(number, push=not (directory / "pull-only").exists())
            except (OSError, http.client.HTTPException, ValueError) as error:
                turns.write(f"bad {time.time_ns() // 1_000_000} {type(error).__name__} {error}\n")
            else:
                turns.write("good\n")


main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
