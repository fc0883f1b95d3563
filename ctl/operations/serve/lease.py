"""A read-only lease: the registry refuses pushes for as long as somebody lives.

Source of the rule: a weekly collection that crashed after switching to read-only, and a registry that
refused pushes for fifteen hours because nobody switched back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from ctl.apply.lock import locked
from ctl.errors import CtlError
from ctl.operations.compile.registry_config import read_config
from ctl.operations.interruption import undisturbed, unsuspended
from ctl.operations.progress import Progress
from ctl.operations.serve.condition import reads_read_only
from ctl.operations.serve.readonly import asked_by
from ctl.operations.serve.rest import come_to_rest
from ctl.operations.serve.revival import revive
from ctl.operations.serve.serving import Registry
from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.process import Runner
from ctl.state import guard, lease, readonly, reserve
from ctl.supervise.orphans import holders
from ctl.supervise.status import process_of
from ctl.targets.runit.places import CONFIGS

# For a reconfigure that is under way: a mark of hours must not be lost to a run of seconds.
BUSY_SECONDS = 600.0
_UPLOADS_HELP = "run this again when they have ended"


class Lease(Struct):
    """What a lease needs to know.

    Args:
        layout: whose registry.
        runner: runs programs.
        progress: told of every step.
        purpose: what it is for, for who wonders.
        patience: seconds for running uploads.
        refused_since: the monotonic second from which on it refuses new pushes; None where nobody could push
            before either: it is stopped, or read-only for another reason as well.
        refused_seconds: how long new pushes were refused; known at the end.
    """

    layout: Layout
    runner: Runner
    progress: Progress
    purpose: str
    patience: float
    refused_since: float | None = None
    refused_seconds: float | None = None
    _took_pushes: bool = True

    @contextmanager
    def held(self, descriptor: int) -> Iterator[None]:
        """Hold the registry read-only for the length of a block; pushes are refused inside it, provenly.

        The main lock is held while switching only, so that a reconfigure can happen meanwhile; it keeps
        read-only. When this process and all that share the descriptor are dead, the guard makes the
        registry writable again. A registry that is stopped stays so, and is read-only when it is started.

        Args:
            descriptor: of the lease's lock, open; see `ctl.state.lease.opened`.

        Raises:
            UploadsRunning: uploads do not end.
            CtlError: another lease is held, or a change takes too long (exit 4), or it could not be proven.
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
            _check_cacheless(self.layout)
            # A service that is not seen may serve on all the same: its supervisor was killed a moment ago.
            revive(self.layout, self.runner, (REGISTRY, GUARD), self.progress.note)
            if not process_of(self.layout, GUARD).is_up:
                raise CtlError(f"the service {GUARD} is not running", help=f"ctl start {GUARD}")
            self._took_pushes = readonly.in_force(self.layout) is None and registry.demanded() is None
            guard.wake(self.layout)
            readonly.lease(self.layout, asked_by(self.purpose))
            if not process_of(self.layout, REGISTRY).is_up:
                _check_alone(self.layout)
                return
            try:
                # A fresh process in any case: one that is read-only already may have read, when it was
                # started, that it has a cache.
                leave = registry.uploads_ended(self.patience, force=False, help=_UPLOADS_HELP)
                registry.bring(leave, renew=True, switched=self._refused)
            except BaseException:
                with undisturbed():
                    self._go_back()
                self._accepted()
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
        if self._took_pushes:
            self.refused_since = time.monotonic()

    def _accepted(self) -> None:
        if self.refused_since is not None:
            self.refused_seconds = time.monotonic() - self.refused_since


def _check_alone(layout: Layout) -> None:
    """Refuse a process that was left behind, of either instance: nginx may reach it, and it takes pushes.

    Raises:
        CtlError: there is such a process; the lease is not in force.
    """
    left = [*holders(layout, REGISTRY), *holders(layout, STANDBY)]
    if process_of(layout, STANDBY).pid or left:
        readonly.end_lease(layout)
        raise CtlError(
            "the registry is stopped, but a process of it runs",
            help="ctl start registry, or ctl stop registry, ends it; then try again",
        )


def _check_cacheless(layout: Layout) -> None:
    """Refuse a read-only form that has a cache, as an older ctl wrote it: it would name what is deleted.

    Raises:
        CtlError: it has a cache.
    """
    for (_, read_only), name in CONFIGS.items():
        path = layout.current / name
        if read_only and path.exists() and read_config(path).cached:
            raise CtlError(
                f"{path} gives the registry a cache while it is read-only; nothing was touched",
                help="an older ctl wrote it: ctl reconfigure",
            )
