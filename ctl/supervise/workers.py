"""The workers of nginx: after a reload those of the old settings answer on for a moment."""

from __future__ import annotations

from collections.abc import Callable

from ctl.supervise.listening import listeners, open_sockets
from ctl.supervise.processes import numbers, parent


def reloading(master: int) -> Callable[[], bool]:
    """Return a function that tells whether all who take requests were started after this moment.

    A worker that is told to end closes the sockets that it listens on before it answers to the end.

    Args:
        master: nginx's main process.
    """
    before = _workers(master)

    def done() -> bool:
        inodes = {listener.inode for listener in listeners()}
        listening = {pid for pid in _workers(master) if not inodes.isdisjoint(open_sockets(pid))}
        return bool(listening) and not listening & before

    return done


def _workers(master: int) -> set[int]:
    return {pid for pid in numbers() if parent(pid) == master}
