"""One exchange of HTTP is over at its deadline, however slowly the other side goes on."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ctl.registry.client import Client, Endpoint, Tls, Unreachable
from tests.registry.test_client import NAME, make_chain

SECONDS = 0.6
PAUSE = 0.05
ANSWER = b"HTTP/1.1 200 OK\r\n"


@contextlib.contextmanager
def dripping(parts: Iterable[bytes], chain: Path | None = None) -> Iterator[int]:
    """Serve one connection with parts, a pause after each, until the client has enough; yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with contextlib.closing(connection):
                if chain:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(chain)
                    connection = context.wrap_socket(connection, server_side=True)
                for part in parts:
                    connection.sendall(part)
                    if over.wait(PAUSE):
                        return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        listener.close()
        thread.join()


DRIPS = {
    "status": itertools.chain([b"HTTP/1.1 "], itertools.repeat(b"2")),
    "headers": itertools.chain([ANSWER], (b"X-%d: y\r\n" % number for number in itertools.count())),
    "continue": itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": itertools.chain([ANSWER + b"Content-Length: 100000\r\n\r\n"], itertools.repeat(b"x")),
    "chunks": itertools.chain(
        [ANSWER + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\nx\r\n")
    ),
    "no-length": itertools.chain([ANSWER + b"\r\n"], itertools.repeat(b"x")),
    "nothing": itertools.repeat(b""),
}


@pytest.mark.parametrize("part", DRIPS)
def test_answer_that_drips_is_given_up_at_the_deadline(part: str) -> None:
    with dripping(DRIPS[part]) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="timed out"):
            Client(Endpoint("127.0.0.1", port, NAME), timeout=SECONDS).get("/v2/")
        assert SECONDS <= time.monotonic() - began < SECONDS + 10


def test_answer_that_drips_over_tls_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    text, key = make_chain()
    chain = tmp_path / "chain.pem"
    chain.write_text(text + key)
    parts = itertools.chain([ANSWER + b"\r\n"], itertools.repeat(b"x"))
    with dripping(parts, chain) as port:
        endpoint = Endpoint("127.0.0.1", port, NAME, Tls(NAME, text))
        with pytest.raises(Unreachable, match="timed out"):
            Client(endpoint, timeout=SECONDS).get("/v2/")


def test_handshake_that_drips_is_given_up_at_the_deadline() -> None:
    # The beginning of a record that is announced as long.
    parts = itertools.chain([b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"], itertools.repeat(b"\x00"))
    with dripping(parts) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="timed out"):
            Client(Endpoint("127.0.0.1", port, NAME, Tls(NAME, None)), timeout=SECONDS).peer_certificate()
        assert time.monotonic() - began < SECONDS + 10


def test_slow_answer_within_the_deadline_is_whole() -> None:
    parts = [ANSWER, b"Content-Length: 3\r\n\r\n", b"a", b"b", b"c"]
    with dripping(parts) as port:
        assert Client(Endpoint("127.0.0.1", port, NAME), timeout=30).get("/v2/").body == b"abc"
