"""The TCP sockets that somebody listens on, and who that is, as the kernel tells them.

Source: proc(5), ``/proc/net/tcp`` and ``tcp6``: a line a socket, of numbers alone, addresses as 32-bit words
in the byte order of the machine; ``/proc/PID/fd`` leads to ``socket:[INODE]``.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator, Set

from msgspec import Struct

from ctl.supervise.processes import PROC, link_of, numbers

_LISTENING = " 0A "


class Listener(Struct, frozen=True):
    """A socket that is listened on: its numeric address, its port, and the number that names it."""

    address: str
    port: int
    inode: int


def listeners() -> list[Listener]:
    """Return the sockets of our network namespace that somebody listens on."""
    return [*_told("tcp", socket.AF_INET), *_told("tcp6", socket.AF_INET6)]


def _told(table: str, family: socket.AddressFamily) -> Iterator[Listener]:
    try:
        with (PROC / "net" / table).open("rb") as file:
            lines = file.read().decode("ascii").splitlines()[1:]
    except FileNotFoundError:
        # A machine without IPv6.
        return
    for line in lines:
        # Of thousands of connections few lines are wanted.
        if _LISTENING not in line:
            continue
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state == _LISTENING.strip():
            address, _, port = local.partition(":")
            yield Listener(_numeric(address, family), int(port, 16), int(inode))


def _numeric(text: str, family: socket.AddressFamily) -> str:
    words = (text[at : at + 8] for at in range(0, len(text), 8))
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    return socket.inet_ntop(family, packed)


def owners(inodes: Set[int], first: Iterable[int] = ()) -> dict[int, int]:
    """Return a process that has a socket open, by the socket; none where nobody may be seen that has.

    Args:
        inodes: of the sockets.
        first: who is looked at before all others, of whom nobody is when these have all of them.
    """
    opened = _opened(inodes, first)
    return opened if len(opened) == len(inodes) else _opened(inodes - opened.keys(), numbers()) | opened


def _opened(inodes: Set[int], pids: Iterable[int]) -> dict[int, int]:
    """Return the first of some processes that has a socket open, by the socket."""
    opened: dict[int, int] = {}
    for pid in pids:
        opened |= {inode: pid for inode in open_sockets(pid) if inode in inodes - opened.keys()}
    return opened


def open_sockets(pid: int) -> Iterator[int]:
    """Yield the numbers of the sockets that a process has open; none where that may not be seen."""
    try:
        descriptors = os.listdir(f"{PROC}/{pid}/fd")  # noqa: PTH208 - as in `numbers`
    except OSError:
        return
    for name in descriptors:
        kind, _, inode = link_of(pid, f"fd/{name}").partition(":[")
        if kind == "socket":
            yield int(inode[:-1])
