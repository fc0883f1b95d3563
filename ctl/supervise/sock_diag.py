"""The unix sockets of the machine, as the kernel tells them in binary.

``/proc/net/unix`` is text in which a name may hold line breaks, so that any account can write lines of its
own into it.

Source: sock_diag(7), linux/unix_diag.h, net/unix/diag.c. A connection that was not accepted yet is not
listed; the listening socket tells how many there are.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

from msgspec import Struct

from ctl.errors import CtlError, reason

LISTENING, CONNECTED = 10, 1

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST, _DUMP = 1, 0x300
_ERROR, _DONE = 2, 3
_SHOW_NAME, _SHOW_QUEUE, _SHOW_ACCOUNT = 1, 0x10, 0x40
_NAME, _QUEUE, _ACCOUNT = 0, 4, 7
_HEADER = struct.Struct("=IHHII")
_QUESTION = struct.Struct("=BBHIIIII")
_ANSWER = struct.Struct("=BBBBIII")
_ATTRIBUTE = struct.Struct("=HH")
_NUMBER = struct.Struct("=I")
_BUFFER_BYTES = 64 * 1024


class UnixSocket(Struct, frozen=True):
    """A unix socket.

    Args:
        state: `LISTENING`, `CONNECTED` or another of the kernel's numbers.
        path: what it was bound to; empty for one that was not. An accepted one has its listener's.
        account: the number of the account that made it; None where the kernel does not tell (before 5.3).
        waiting: of a listening one, the connections that were not accepted yet.
    """

    state: int
    path: bytes
    account: int | None
    waiting: int


def unix_sockets() -> list[UnixSocket]:
    """Return the listening and the connected unix sockets of our network namespace.

    Raises:
        CtlError: the kernel does not tell.
    """
    try:
        return list(_asked())
    except OSError as error:
        raise CtlError(f"the kernel does not list its unix sockets: {reason(error)}") from error


def _asked() -> Iterator[UnixSocket]:
    states = 1 << LISTENING | 1 << CONNECTED
    show = _SHOW_NAME | _SHOW_QUEUE | _SHOW_ACCOUNT
    question = _QUESTION.pack(socket.AF_UNIX, 0, 0, states, 0, show, 0, 0)
    head = _HEADER.pack(_HEADER.size + len(question), _SOCK_DIAG_BY_FAMILY, _REQUEST | _DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(10)
        kernel.sendto(head + question, (0, 0))
        while True:
            # Netlink is datagrams: each holds whole messages. Another process may send to us as well.
            content, (sender, _) = kernel.recvfrom(_BUFFER_BYTES)
            if sender != 0:
                continue
            for kind, body in _messages(content):
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    number = -struct.unpack_from("=i", body)[0]
                    raise OSError(number, os.strerror(number))
                yield _read(body)


def _messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(content):
        length, kind, *_ = _HEADER.unpack_from(content, at)
        yield kind, content[at + _HEADER.size : at + length]
        at += max(_aligned(length), _HEADER.size)


def _read(body: bytes) -> UnixSocket:
    _, _, state, *_ = _ANSWER.unpack_from(body)
    attributes: dict[int, bytes] = {}
    at = _ANSWER.size
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        attributes[kind] = body[at + _ATTRIBUTE.size : at + length]
        at += max(_aligned(length), _ATTRIBUTE.size)
    account, queue = attributes.get(_ACCOUNT), attributes.get(_QUEUE)
    return UnixSocket(
        state=state,
        # An abstract name begins with a zero byte, so it is no path.
        path=attributes.get(_NAME, b"").rstrip(b"\0"),
        account=_NUMBER.unpack_from(account)[0] if account else None,
        waiting=_NUMBER.unpack_from(queue)[0] if queue and state == LISTENING else 0,
    )


def _aligned(length: int) -> int:
    return length + 3 & ~3
