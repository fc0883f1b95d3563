"""A socket for one exchange of HTTP: all of it is over by one moment, whatever the other side drips."""

from __future__ import annotations

import io
import socket
import time


class Deadline:
    """A moment.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left.

        Raises:
            TimeoutError: none.
        """
        left = self._moment - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class TimedSocket:
    """What `http.client` uses of a socket; no read or write begins or lasts after the deadline.

    Args:
        plain: connected.
        deadline: for all of it.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send data."""
        self._plain.settimeout(self._deadline.left())
        self._plain.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a stream of what comes, which outlives `close` like that of a socket."""
        return io.BufferedReader(_Stream(self._plain, self._deadline))

    def close(self) -> None:
        """Let go of the socket."""
        self._plain.close()


class _Stream(io.RawIOBase):
    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._raw = plain.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        # The socket itself may be closed by then in name only: the stream keeps it.
        self._plain.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
