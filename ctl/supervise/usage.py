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
    for process in family:
        try:
            memory += _memory(process)
            ports |= {
                connection.laddr.port
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN and connection.laddr
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
