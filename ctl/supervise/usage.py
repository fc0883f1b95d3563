"""What a service takes of the machine: memory and ports."""

from __future__ import annotations

from msgspec import Struct


class Usage(Struct, frozen=True):
    """What a process and its descendants take.

    Args:
        memory: bytes; what several of them share is counted once where the system tells.
        ports: TCP ports that they listen on, ascending.
    """

    memory: int
    ports: tuple[int, ...]


def usage(pid: int) -> Usage | None:
    """Return what a process takes; None when it is gone."""
    import psutil

    try:
        first = psutil.Process(pid)
        family = [first, *first.children(recursive=True)]
    except psutil.Error:
        return None
    memory, ports = 0, set()
    for one in family:
        try:
            memory += _memory(one)
            ports |= {
                found.laddr.port
                for found in one.net_connections("tcp")
                if found.status == psutil.CONN_LISTEN and found.laddr
            }
        except psutil.Error:
            # It ended meanwhile, or belongs to another account.
            continue
    return Usage(memory, tuple(sorted(ports)))


def _memory(process: object) -> int:
    import psutil

    assert isinstance(process, psutil.Process)  # noqa: S101 - for the type checker; imported above
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
