"""The child that works inside a storage tree, seen from the parent: requests, events, its end.

See `ctl.storage.worker` for what is said. Root only starts it: inside the tree everything is done by the
account that owns it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

import ctl
from ctl.errors import CtlError, reason
from ctl.operations.interruption import undisturbed
from ctl.process import BASE_ENVIRONMENT, Account
from ctl.storage.events import Answer, Event, Failed, Told
from ctl.storage.pipe import LONGEST_LINE, MOST_KEPT, PASSING, HostileLine, read_event

_Answer = TypeVar("_Answer", bound=Answer)
# Seconds for the rest of a move; pushes are refused meanwhile.
END_SECONDS = 5.0


class WorkerFailed(CtlError):
    """A request failed; ``code`` says how, see `ctl.storage.worker`."""

    def __init__(self, code: str, message: str, help: str | None) -> None:
        super().__init__(message, help=help)
        self.code = code


class StorageWorker:
    """A worker; to be used as a context.

    Args:
        account: who it runs as.
        descriptors: that it inherits.
        told: hears every event but the last of a request.
    """

    def __init__(self, account: Account, descriptors: Sequence[int], told: Callable[[Told], None]) -> None:
        self._told, self._account = told, account
        change: dict[str, Any] = {}
        if not account.is_caller:
            change = {"user": account.uid, "group": account.gid, "extra_groups": []}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ctl.storage.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**BASE_ENVIRONMENT, "PYTHONPATH": str(Path(ctl.__file__).parent.parent)},
                pass_fds=tuple(descriptors),
                cwd="/",
                **change,
            )
        except OSError as error:
            raise CtlError(f"the worker cannot be started: {reason(error)}") from error

    def __enter__(self) -> StorageWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, answer: type[_Answer], **request: Any) -> _Answer:
        """Send a request, tell of its events, and return the last of them.

        Args:
            answer: what the request is answered by.
            request: what is sent.

        Raises:
            WorkerFailed: it failed.
            CtlError: the worker is gone.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was opened so
        assert self._process.stdout is not None  # noqa: S101 - it was opened so
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            for event in self._events(self._process.stdout):
                if isinstance(event, Failed):
                    raise WorkerFailed(event.code, event.message, event.help)
                if isinstance(event, answer):
                    return event
                if isinstance(event, Answer):
                    raise HostileLine("the answer to something else")
                self._told(event)
        except BrokenPipeError:
            pass
        except HostileLine as error:
            self._process.kill()
            raise CtlError(
                f"the worker says what no worker of ctl says ({error}), and was ended",
                help=f"its account, number {self._account.uid}, may be in other hands",
            ) from None
        code = self._ended()
        raise CtlError(
            f"the worker was ended by signal {-code}" if code < 0 else f"the worker ended with {code}",
            help="nothing is lost; run this again, and it goes on",
        )

    def _events(self, stream: IO[bytes]) -> Iterator[Event]:
        """Yield what the worker says, as far as it can be believed.

        Raises:
            HostileLine: it cannot.
        """
        kept = 0
        while line := stream.readline(LONGEST_LINE):
            event = read_event(line)
            kept += not isinstance(event, PASSING)
            if kept > MOST_KEPT:
                raise HostileLine("more than any store has")
            yield event

    @contextmanager
    def ended_on_failure(self) -> Iterator[None]:
        """End the worker when the block fails, before whoever is further out lets others write.

        A signal may reach the caller alone, in the middle of a sweep: what were pushed then, while the worker
        still moves, could need what it is about to move.
        """
        try:
            yield
        except BaseException:
            with undisturbed():
                self.close()
            raise

    def close(self) -> None:
        """End the worker: it stops between two moves, or is killed, which loses nothing either."""
        assert self._process.stdin is not None  # noqa: S101 - it was opened so
        if self._process.stdin.closed:
            return
        assert self._process.stdout is not None  # noqa: S101 - it was opened so
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._ended()
        self._process.stdout.close()

    def _ended(self) -> int:
        """Wait for the worker's end, which it must not put off; return its code."""
        assert self._process.stdout is not None  # noqa: S101 - it was opened so
        deadline = time.monotonic() + END_SECONDS
        said = self._process.stdout.fileno()
        # What it still has to say is of no interest, but must not keep it from its end.
        while (left := deadline - time.monotonic()) > 0 and select.select([said], [], [], left)[0]:
            if not os.read(said, 65536):
                break
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
