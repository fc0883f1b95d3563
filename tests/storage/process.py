"""A worker as a process of its own, as the command starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, get_args

from ctl.storage.events import EVENTS, Answer

Event = dict[str, Any]
ENDS = frozenset(name for name, kind in EVENTS.items() if kind in get_args(Answer))


class WorkerProcess:
    """A worker.

    Args:
        before: words that its command begins with.
    """

    def __init__(self, before: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "ctl.storage.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def send(self, **request: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def events(self) -> Iterator[Event]:
        """Give events up to the answer; fewer when the worker dies."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: Event = json.loads(line)
            yield event
            if event["event"] in ENDS:
                return

    def ask(self, **request: object) -> Event:
        """Give the answer to a request."""
        return self.ask_all(**request)[-1]

    def ask_all(self, **request: object) -> list[Event]:
        self.send(**request)
        return list(self.events())

    def end(self) -> tuple[int, str]:
        """Let it come to its end; give its exit code and what it said on stderr."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        said = self.process.stderr.read().decode()
        return self.process.wait(timeout=30), said


@contextmanager
def worker(before: Sequence[str] = ()) -> Iterator[WorkerProcess]:
    child = WorkerProcess(before)
    try:
        yield child
    finally:
        if child.process.poll() is None:
            os.killpg(child.process.pid, 9)
        child.process.wait(timeout=30)
        for pipe in (child.process.stdin, child.process.stdout, child.process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
