"""A read-only lease: the registry refuses pushes for as long as somebody lives.

Source of the rule: a weekly collection that crashed after switching to read-only, and a registry that
refused pushes for fifteen hours because nobody switched back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ctl.apply.lock import locked
from ctl.errors import CtlError
from ctl.operations.condition import reads_read_only
from ctl.operations.interruption import undisturbed, unsuspended
from ctl.operations.progress import Progress
from ctl.operations.readonly import asked_by
from ctl.operations.rest import come_to_rest
from ctl.operations.serving import Registry
from ctl.paths import GUARD, REGISTRY, Layout
from ctl.process import Runner
from ctl.state import guard, lease, readonly, reserve
from ctl.supervise.status import process_of

# For a reconfigure that is under way: a mark of hours must not be lost to one of seconds.
BUSY_SECONDS = 600.0


@dataclass(slots=True)
class Lease:
    """What a lease needs to know.

    Args:
        layout: whose registry.
        runner: runs programs.
        progress: told of every step.
        purpose: what it is for, for who wonders.
        patience: seconds for running uploads.
        refused_seconds: how long new pushes were refused; known at the end.
    """

    layout: Layout
    runner: Runner
    progress: Progress
    purpose: str
    patience: float
    refused_seconds: float | None = None
    _since: float | None = None

    @contextmanager
    def held(self, descriptor: int) -> Iterator[None]:
        """Hold the registry read-only for the length of a block; pushes are refused inside it, provenly.

        The main lock is held while switching only, so that a reconfigure can happen meanwhile; it keeps
        read-only. When this process and all that share the descriptor are dead, the guard makes the
        registry writable again. A registry that is stopped stays so, and is read-only when it is started.

        Args:
            descriptor: of the lease's lock, open; see `ctl.state.lease.opened`.

        Raises:
            CtlError: another lease is held, or a change takes too long (exit 4), or uploads do not end, or it
                could not be proven.
        """
        lease.take(self.layout, descriptor)
        try:
            # A process that is suspended lives, so its lease would last until somebody comes along.
            with unsuspended():
                self._begin()
                try:
                    yield
                finally:
                    with undisturbed():
                        self._end()
        finally:
            lease.let_go(descriptor)

    def _begin(self) -> None:
        with locked(self.layout, self.purpose, patience=BUSY_SECONDS), reserve.shared(self.layout):
            registry = Registry(self.layout, self.runner, self.progress)
            if not process_of(self.layout, GUARD).is_up:
                raise CtlError(f"the service {GUARD} is not running", help=f"ctl start {GUARD}")
            guard.wake(self.layout)
            readonly.lease(self.layout, asked_by(self.purpose))
            if not process_of(self.layout, REGISTRY).is_up:
                return
            try:
                registry.bring(registry.uploads_ended(self.patience, force=False), switched=self._refused)
            except BaseException:
                with undisturbed():
                    self._go_back()
                raise

    def _go_back(self) -> None:
        """End a lease that did not come about; a process that was never exchanged goes on undisturbed."""
        if reads_read_only(self.layout):
            readonly.hand_over_lease(self.layout)
        else:
            readonly.end_lease(self.layout)
        come_to_rest(self.layout, self.runner, self.progress)

    def _end(self) -> None:
        """Make the registry writable again, by a fresh process whose cache knows no blob that is gone."""
        purpose = "end of a read-only lease"
        with locked(self.layout, purpose, patience=BUSY_SECONDS), reserve.shared(self.layout):
            readonly.hand_over_lease(self.layout)
            come_to_rest(self.layout, self.runner, self.progress, self._accepted)

    def _refused(self) -> None:
        self._since = time.monotonic()

    def _accepted(self) -> None:
        if self._since is not None:
            self.refused_seconds = time.monotonic() - self._since
