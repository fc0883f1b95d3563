"""The sockets between nginx and the instances of the registry: what is still in them."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from ctl.supervise.sock_diag import LISTENING, unix_sockets


class Traffic(Struct, frozen=True):
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
    """Return what is in a socket, by its path.

    Another account can bind the same path where it has a file system of its own, so only the sockets of the
    account that the directory belongs to count.

    Raises:
        CtlError: the kernel does not tell.
    """
    try:
        owner = socket.parent.stat().st_uid
    except OSError:
        return Traffic(listening=False, waiting=0, open=0)
    path = os.fsencode(socket)
    own = [
        unix_socket
        for unix_socket in unix_sockets()
        if unix_socket.path == path and unix_socket.account in (owner, None)
    ]
    listeners = [unix_socket for unix_socket in own if unix_socket.state == LISTENING]
    return Traffic(
        bool(listeners), sum(listener.waiting for listener in listeners), len(own) - len(listeners)
    )
