"""What the guard service goes by: see ``templates/runit/guard.run.j2``.

Whoever puts something temporary in force leaves a mark and wakes the guard, and takes the mark away when
it is done. When the mark outlives its maker, the guard runs ``ctl settle``.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from pathlib import Path

import ctl
from ctl.paths import Layout
from ctl.state import link, reserve
from ctl.state.files import fsync_directory, read_text, write_atomically

_FRESH = b"a fresh process is due\n"


def exchanging(layout: Layout) -> bool:
    """Whether an exchange of the registry was begun and not ended."""
    return mark_of(layout).exists()


def fresh_due(layout: Layout) -> bool:
    """Whether the exchange is to give a fresh process in any case: the old one may know what is gone."""
    try:
        return mark_of(layout).stat().st_size > 0
    except FileNotFoundError:
        return False


def begin_exchange(layout: Layout, *, fresh: bool = False) -> None:
    """Leave the mark of an exchange, on the disk before anything else is; the caller holds the main lock.

    Args:
        layout: whose registry.
        fresh: see `fresh_due`.
    """
    wake(layout)
    # A mark that is there is not written anew: on a full disk that would fail, and nothing would be won.
    if not exchanging(layout) or (fresh and not fresh_due(layout)):
        reserve.write(layout, mark_of(layout), _FRESH if fresh else b"")


def end_exchange(layout: Layout) -> None:
    """End an exchange: the link leads to the registry's own process, and then the mark goes.

    Nobody else takes the mark away. The link is on the disk before that, so that no power cut leaves a link
    that leads elsewhere and nobody who knows of it.

    Raises:
        Damaged, OSError: the link cannot be written; the mark stays.
    """
    link.bring_home(layout)
    mark_of(layout).unlink(missing_ok=True)
    if layout.state.is_dir():
        fsync_directory(layout.state)


def mend_link(layout: Layout) -> bool:
    """Let the link lead to the registry's own process unless an exchange is under way.

    The caller holds the main lock. Returns whether it led elsewhere.
    """
    return not exchanging(layout) and not link.is_home(layout) and link.bring_home(layout)


def wake(layout: Layout) -> None:
    """Tell the guard that there may be something to look after when the main lock is free again.

    Done before the mark is left, so that there is no moment in which a mark is left and the guard asleep. A
    guard that is not there looks for marks when it is started.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(layout.state / "wake", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"\n")
        finally:
            os.close(descriptor)


def write_program(layout: Layout) -> None:
    """Write down how the guard calls this very ctl."""
    package = Path(ctl.__file__).parent.parent
    text = (
        "#!/bin/sh\n# Written by ctl: how the guard calls it.\n"
        f"PYTHONPATH={shlex.quote(str(package))} exec {shlex.quote(sys.executable)}"
        f' -m ctl.cli.app --root {shlex.quote(str(layout.root))} "$@"\n'
    )
    path = layout.state / "ctl"
    if read_text(path) != text:
        write_atomically(path, text.encode(), 0o700)


def mark_of(layout: Layout) -> Path:
    """Return the file that is there while an exchange is under way; not empty: see `fresh_due`."""
    return layout.state / "exchange"
