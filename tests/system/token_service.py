"""GitLab's part of a login, on loopback: who shows a name and a password gets a token of the site's key.

It answers as GitLab's ``/jwt/auth`` does: GET takes Basic and gives a token for the scopes it names, POST
is 404, whereupon clients that try OAuth 2.0 first go on with GET, and a wrong password is 401.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from ctl.credentials.keys import describe_key
from ctl.registry.token import mint, parse_scopes
from ctl.targets.runit.places import KEY
from tests.ports import free_port
from tests.system.installation import Installation

USER, PASSWORD = "root", "5iveL!fe"


class TokenService(ThreadingHTTPServer):
    """The service; its tokens are signed with the key that GitLab reads at that moment.

    Args:
        site: whose key and certificate it has.
        lifetime: of its tokens, in seconds.
    """

    daemon_threads = True

    def __init__(self, site: Installation, lifetime: int) -> None:
        super().__init__(("127.0.0.1", free_port()), _Handler)
        self._site, self.lifetime = site, lifetime
        self._lock = threading.Lock()
        self.given = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(site.certificate, site.certificate.with_suffix(".key"))

    @property
    def setting(self) -> str:
        """The line of gitlab.rb that sends clients here."""
        return f"registry['token_realm'] = 'https://localhost:{self.server_port}'"

    def token(self, scopes: str) -> str:
        """Sign a token as GitLab would now."""
        with self._lock:
            self.given += 1
        key = (self._site.layout.current / KEY).read_text()
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer="omnibus-gitlab-issuer",
            service="container_registry",
            subject=USER,
            access=parse_scopes(scopes),
            now=int(time.time()),
            lifetime=self.lifetime,
            token_id=uuid.uuid4().hex,
        )


class _Handler(BaseHTTPRequestHandler):
    server: TokenService
    timeout = 30

    def setup(self) -> None:
        # Here, and not where a connection is taken: nobody waits for the handshake of another.
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if asked.path != "/jwt/auth":
            self._answer(404, {})
        elif self.headers.get("Authorization") != expected:
            self._answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "access forbidden"}]})
        else:
            scopes = " ".join(parse_qs(asked.query).get("scope", []))
            self._answer(200, {"token": self.server.token(scopes), "expires_in": self.server.lifetime})

    def do_POST(self) -> None:
        # An answer is lost where something was sent that nobody read.
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(404, {})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def token_service(site: Installation, lifetime: int = 300) -> Iterator[TokenService]:
    """Run one for a site until the block ends; GitLab's tokens live for five minutes."""
    with TokenService(site, lifetime) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()
