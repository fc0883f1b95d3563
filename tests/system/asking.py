"""Requests to nginx as a stranger would send them: under any name, or bytes as they are."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an answer (0 for none), its headers by lower-case name, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


REFUSED = Answer(0, {})


def ask(
    port: int,
    host: str | None,
    *,
    tls: str | None = None,
    plain: bool = False,
    target: str = "/v2/",
    method: str = "GET",
    headers: Sequence[str] = (),
    address: str = "127.0.0.1",
) -> Answer:
    """Send one request; REFUSED where not even a handshake came of it.

    Args:
        port: of loopback.
        host: the Host header; None for HTTP/1.0 without one.
        tls: the name in the handshake; None for none.
        plain: whether no TLS is spoken.
        target: as it stands in the request line.
        method: of the request.
        headers: further lines.
        address: of this machine, to connect to.
    """
    version = "1.1" if host is not None else "1.0"
    lines = [f"{method} {target} HTTP/{version}", *([f"Host: {host}"] if host is not None else []), *headers]
    request = "\r\n".join([*lines, "Connection: close", "", ""]).encode()
    answers = send(port, request, tls=tls, plain=plain, address=address)
    return answers[0] if answers else REFUSED


def send(
    port: int, content: bytes, *, tls: str | None = None, plain: bool = False, address: str = "127.0.0.1"
) -> list[Answer]:
    """Send bytes as they are and return every answer that comes back until the other side closes."""
    received = b""
    try:
        with socket.create_connection((address, port), TIMEOUT) as connection:
            stream = connection if plain else _context().wrap_socket(connection, server_hostname=tls)
            stream.sendall(content)
            with contextlib.suppress(OSError):
                while part := stream.recv(65536):
                    received += part
    except OSError:
        return []
    return _answers(received)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _answers(received: bytes) -> list[Answer]:
    answers = []
    while received.startswith(b"HTTP/"):
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        body, received = received[:length], received[length:]
        answers.append(Answer(int(first.split()[1]), headers, body))
    return answers
