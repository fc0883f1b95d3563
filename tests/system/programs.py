"""Real programs on loopback for the tests: started with a log, awaited by a condition, ended by id."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PATIENCE = 20.0


def until(condition: Callable[[], bool], describe: Callable[[], str]) -> None:
    """Wait for a condition.

    Raises:
        AssertionError: it did not come true in time; with what there is to say of it.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, describe()
        time.sleep(0.01)


def listens(port: int) -> bool:
    """Tell whether somebody accepts connections on a port of loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def running(
    argv: Sequence[str | Path], port: int, log: Path, end: signal.Signals = signal.SIGTERM
) -> Iterator[None]:
    """Run a program until the block ends; it has begun when it listens on its port.

    Args:
        argv: the program and its words.
        port: of loopback.
        log: what it says.
        end: what ends it; those that wait for their clients have to be killed.
    """
    with log.open("wb") as output:
        child = subprocess.Popen([str(word) for word in argv], stdout=output, stderr=output, env=PATH)
    try:
        until(lambda: listens(port) or child.poll() is not None, log.read_text)
        assert child.poll() is None, log.read_text()
        yield
    finally:
        child.send_signal(end)
        child.wait(PATIENCE)


@contextlib.contextmanager
def recording() -> Iterator[tuple[int, list[bytes]]]:
    """Answer every request with 200 and keep its head as it came; yields the port and the heads."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_record, args=(listener, heads))
        thread.start()
        try:
            yield int(listener.getsockname()[1]), heads
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _record(listener: socket.socket, heads: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                head += part
            if head:
                heads.append(head.partition(b"\r\n\r\n")[0])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def headers_of(head: bytes) -> dict[str, bytes]:
    """Return the headers of a request as they came, by lower-case name."""
    pairs = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
    return {name.decode().lower(): value for name, value in pairs}
