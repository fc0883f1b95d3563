"""Ports of loopback for tests that run side by side."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below the range from which the kernel takes ports for clients, a part for every worker: what one test was
# given is taken by nobody else between that moment and the bind.
FIRST, LAST, EACH = 12_000, 32_000, 2_500
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_next = count(os.getpid())


def free_port() -> int:
    """Return a port on which nobody listens, and which this run was not given lately.

    Raises:
        OSError: every port of this worker is taken.
    """
    for number in (next(_next) for _ in range(EACH)):
        port = FIRST + (_worker * EACH + number % EACH) % (LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
