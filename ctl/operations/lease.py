"""A read-only lease: the registry refuses pushes for as long as somebody lives.

Source of the rule: a weekly collection that crashed after switching to read-only, and a registry that
refused pushes for fifteen hours because nobody switched back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ctl.apply.lock import locked
from ctl.errors import CtlError
from ctl.operations.interruption import undisturbed
from ctl.operations.progress import Progress
from ctl.operations.readonly import asked_by
from ctl.operations.serving import Registry
from ctl.paths import GUARD, Layout
from ctl.process import Runner
from ctl.state import guard, lease, readonly
from ctl.supervise.status import process_of


@contextmanager
def read_only_lease(
    layout: Layout, runner: Runner, progress: Progress, purpose: str, patience: float
) -> Iterator[int]:
    """Hold the registry read-only for the length of a block; pushes are refused inside it, provenly.

    The main lock is held while switching only, so that a reconfigure can happen meanwhile; it keeps
    read-only. When this process and all that inherited the yielded descriptor are dead, the guard makes
    the registry writable again.

    Args:
        layout: whose registry.
        runner: runs programs.
        progress: told of every step.
        purpose: what it is for, for who wonders.
        patience: seconds for running uploads.

    Raises:
        CtlError: another lease is held (exit 4), or uploads do not end, or it could not be proven.
    """
    with lease.held(layout) as descriptor:
        _begin(layout, runner, progress, purpose, patience)
        try:
            yield descriptor
        finally:
            with undisturbed():
                _end(layout, runner, progress)


def _begin(layout: Layout, runner: Runner, progress: Progress, purpose: str, patience: float) -> None:
    with locked(layout, purpose):
        registry = Registry(layout, runner, progress)
        if not process_of(layout, GUARD).is_up:
            raise CtlError(f"the service {GUARD} is not running", help=f"ctl start {GUARD}")
        guard.wake(layout)
        readonly.lease(layout, asked_by(purpose))
        try:
            registry.bring(registry.uploads_ended(patience, force=False))
        except BaseException:
            with undisturbed():
                readonly.end_lease(layout)
                registry.bring()
            raise


def _end(layout: Layout, runner: Runner, progress: Progress) -> None:
    with locked(layout, "end of a read-only lease", patience=600.0):
        readonly.end_lease(layout)
        Registry(layout, runner, progress).bring()
