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
from ctl.state.files import read_text, write_atomically


def exchanging(layout: Layout) -> bool:
    """Whether an exchange of the registry was begun and not ended."""
    return mark_of(layout).exists()


def begin_exchange(layout: Layout) -> None:
    """Leave the mark of an exchange; the caller holds the main lock."""
    wake(layout)
    # One that is there is not written anew: on a full disk that would fail, and nothing would be won.
    if not exchanging(layout):
        write_atomically(mark_of(layout), b"", 0o600)


def end_exchange(layout: Layout) -> None:
    """Take the mark away."""
    mark_of(layout).unlink(missing_ok=True)


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
    """Return the file that is there while an exchange is under way; what it holds does not matter."""
    return layout.state / "exchange"
