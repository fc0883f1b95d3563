"""A real Redis on loopback, in a private directory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.ports import free_port
from tests.system.programs import running


@contextlib.contextmanager
def redis_server(
    place: Path, *words: str, port: int | None = None, config: Path | None = None
) -> Iterator[int]:
    """Run a server until the block ends; yields its port.

    Args:
        place: a directory of its own; made when it is missing.
        words: further options.
        port: where it listens; a free one when not given.
        config: the configuration of a Sentinel, which it writes to; a plain server when not given.
    """
    port = port or free_port()
    place.mkdir(exist_ok=True)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(place)]
    kind = ["--save", ""] if config is None else ["--sentinel"]
    with running(
        ["redis-server", *([config] if config else []), *options, *kind, *words], port, place / "log"
    ):
        yield port
