"""A server that gives one prepared answer, for what no healthy registry says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ctl.registry.client import Client, Endpoint, Tls


@dataclass
class Answering:
    """What was asked, and where to ask."""

    client: Client
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


def http(status: str, body: str = "", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def _serve(listener: socket.socket, answer: bytes, record: Answering, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.settimeout(5)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            record.requests.append(connection.recv(65536))
            connection.sendall(answer)
            connection.close()


@contextlib.contextmanager
def answering(
    answer: bytes,
    *,
    path: Path | None = None,
    tls: Tls | None = None,
    chain: Path | None = None,
    name: str = "registry.example.com",
) -> Iterator[Answering]:
    """Give this answer to everybody; with ``chain`` (a PEM of key and certificate) over TLS."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(str(path) if path else ("127.0.0.1", 0))
    listener.listen()
    port = 0 if path else int(listener.getsockname()[1])
    endpoint = Endpoint("127.0.0.1", port, name, tls, path)
    record = Answering(Client(endpoint, timeout=2), port)
    context = None
    if chain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        context.sni_callback = lambda _socket, server_name, _context: record.names.append(server_name)
    thread = threading.Thread(target=_serve, args=(listener, answer, record, context))
    thread.start()
    try:
        yield record
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
