"""The sockets between nginx and the instances of the registry: what is still in them.

Source: proc(5) and net/unix/af_unix.c for ``/proc/net/unix``: a listening socket has the flag 0x10000; a
connection that was not accepted yet is listed under the listener's path with the inode 0, an accepted one
with an inode of its own.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from ctl.supervise.processes import PROC

_LISTENING = 0x10000


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is in a socket.

    Args:
        listening: whether somebody accepts there.
        waiting: connections that were not accepted yet.
        open: connections that were.
    """

    listening: bool
    waiting: int
    open: int

    @property
    def is_idle(self) -> bool:
        """Whether nobody talks to it."""
        return not self.waiting and not self.open


def traffic(socket: Path) -> Traffic:
    """Return what is in a socket, by its path."""
    listening, waiting, accepted = False, 0, 0
    path = os.fsencode(socket)
    with contextlib.suppress(OSError):
        for line in (PROC / "net/unix").read_bytes().splitlines()[1:]:
            # Num RefCount Protocol Flags Type St Inode Path
            fields = line.split(None, 7)
            if len(fields) < 8 or fields[7] != path:
                continue
            if int(fields[3], 16) & _LISTENING:
                listening = True
            elif fields[6] == b"0":
                waiting += 1
            else:
                accepted += 1
    return Traffic(listening, waiting, accepted)
