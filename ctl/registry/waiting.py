"""Wait until a service answers at all."""

from __future__ import annotations

import time
from collections.abc import Callable

from ctl.registry.client import Client, Response, Unreachable

POLL_SECONDS = 0.05


def wait_answering(
    client: Client,
    timeout: float,
    *,
    path: str = "/",
    alive: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Response:
    """Ask again and again until any answer of HTTP comes, which is returned.

    Args:
        client: whom to ask.
        timeout: seconds after which waiting ends; it is asked at least once.
        path: what to ask for; a registry answers ``/`` without a token.
        alive: asked after every failure: whether waiting still makes sense.
        clock: seconds, monotonic.
        sleep: waits so many seconds.

    Raises:
        Unreachable: no answer came in time; the reason is that of the last attempt.
    """
    deadline = clock() + timeout
    while True:
        try:
            return client.get(path)
        except Unreachable:
            if clock() >= deadline or not alive():
                raise
        sleep(POLL_SECONDS)
