"""Ports of loopback for tests that run side by side."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

# Below the range from which the kernel takes ports for clients, a part for every process that runs tests,
# also of another checkout: what one test was given is taken by nobody else between that moment and the bind.
FIRST, EACH, PARTS = 12_000, 500, 40
_next = count(os.getpid())


def free_port() -> int:
    """Return a port on which nobody listens, and which this run was not given lately.

    Raises:
        OSError: every port of this process's part is taken, or every part is.
    """
    first = FIRST + _part() * EACH
    for number in (next(_next) for _ in range(EACH)):
        port = first + number % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")


@cache
def _part() -> int:
    """Take a part that no living process has; its lock is held to the end of this one."""
    for number in range(PARTS):
        path = Path(tempfile.gettempdir()) / f"ctl-tests-{os.getuid()}-ports-{number}"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return number
    raise OSError("every part of the ports is taken by another process")


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
