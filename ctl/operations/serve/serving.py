"""The registry in force, for what changes none of its settings: brought into a form, and proven."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from ctl.apply import applied, generation
from ctl.checks.model import Checked
from ctl.checks.served import Served, served
from ctl.diagnostics.model import Span
from ctl.errors import CtlError
from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import now, prepare
from ctl.operations.compile.recorded import source_of
from ctl.operations.compile.source import Source
from ctl.operations.progress import Progress, Unfailing
from ctl.operations.serve.condition import right_form
from ctl.operations.serve.exchange import ANSWER_SECONDS, MARGIN, Exchange, wait_left
from ctl.operations.serve.proof import instance_proof, use_proof
from ctl.operations.serve.revival import revive
from ctl.paths import REGISTRY, Layout
from ctl.plan.model import Plan
from ctl.process import Runner
from ctl.registry.waiting import wait_answering
from ctl.settings.model import Settings
from ctl.state import guard, link, readonly
from ctl.supervise import control, sockets, uploads
from ctl.supervise.orphans import working
from ctl.supervise.status import process_of

POLL_SECONDS = 0.1


class UploadsRunning(CtlError):
    """Uploads did not end in time; everything is as it was."""


def demands_read_only(settings: Settings) -> bool:
    """Whether the settings themselves demand a registry that refuses pushes."""
    storage = settings.registry.storage
    maintenance = storage.maintenance if storage else None
    return bool(maintenance and maintenance.readonly and maintenance.readonly.enabled)


class Registry:
    """The registry in force, to be brought into the form that is wanted; the caller holds the lock.

    Args:
        layout: whose registry.
        runner: runs programs.
        progress: told of every step.

    Raises:
        CtlError: there is none, or its settings cannot be read.
    """

    def __init__(self, layout: Layout, runner: Runner, progress: Progress) -> None:
        self.layout = layout
        self.runner = runner
        self.progress = Unfailing(progress)
        number = generation.current_number(layout)
        if number is None:
            raise CtlError("there is no registry yet", help="ctl reconfigure makes it")
        self.source: Source = source_of(layout, number)
        machine = Machine(layout, runner, now(), programs=False)
        self.plan: Plan = prepare(self.source, machine, make_secrets=False).plan
        reached = served(layout, self.plan, uuid.uuid4().hex)
        if reached is None or self.plan.registry is None:
            raise CtlError("there is no registry on this machine", help="registry['enable'] says so")
        self.drain = self.plan.registry.drain_seconds
        self.served: Served = reached

    def demanded(self) -> Span | None:
        """Return where the settings themselves demand read-only; None when they do not."""
        if not demands_read_only(self.source.settings):
            return None
        path = ("registry", "storage", "maintenance", "readonly", "enabled")
        return self.source.places.value(path)

    def bring(
        self,
        leave: Callable[[], None] | None = None,
        *,
        renew: bool = False,
        switched: Callable[[], None] | None = None,
    ) -> list[Checked]:
        """Bring the registry into the form that is wanted, and prove it.

        Args:
            leave: see `Exchange`.
            renew: whether a fresh process is wanted in any case.
            switched: see `Exchange`.

        Raises:
            CtlError: it does not come up, or is not what is wanted.
        """
        self._bring(leave, renew, switched)
        return self.prove()

    def bring_surely(self, switched: Callable[[], None] | None = None) -> None:
        """Bring a fresh process into the form that is wanted; when that fails, the guard tries again.

        Args:
            switched: see `Exchange`.

        Raises:
            CtlError: see `bring`.
        """
        try:
            self._bring(None, True, switched)
        except BaseException:
            guard.begin_exchange(self.layout, fresh=True)
            raise
        # A fresh process is there; what is wrong now, such as an nginx that is down, no other one would mend.
        self.prove()

    def _bring(
        self, leave: Callable[[], None] | None, renew: bool, switched: Callable[[], None] | None
    ) -> None:
        revive(self.layout, self.runner, (REGISTRY,), self.progress.note)
        if not process_of(self.layout, REGISTRY).is_up:
            raise CtlError("the registry is not running", help="ctl start registry")
        guard.mend_link(self.layout)
        if right_form(self.layout, REGISTRY) and not guard.exchanging(self.layout) and not renew:
            return
        self._restart(leave, switched)
        if not right_form(self.layout, REGISTRY):
            raise CtlError(
                "the registry's process was not started in the form that is wanted",
                help="ctl restart registry; ctl set-readonly status says what is wanted",
            )
        applied.moved(self.layout, {REGISTRY: process_of(self.layout, REGISTRY).pid})

    def _restart(self, leave: Callable[[], None] | None, switched: Callable[[], None] | None) -> None:
        if link.is_used(self.layout):
            prove = instance_proof(self.layout, self.plan)
            Exchange(self.layout, self.drain, self.progress, prove, leave, switched).run()
            return
        self.progress.note(
            "nginx is not run by ctl here: the registry itself is restarted, and clients that ask in that"
            " moment have to ask again"
        )
        if leave is not None:
            leave()
        control.cycle(self.layout, REGISTRY, self.drain + MARGIN)
        wait_answering(self.served.users_client(), ANSWER_SECONDS)
        guard.end_exchange(self.layout)
        if switched is not None:
            switched()

    def prove(self) -> list[Checked]:
        """Prove through the vhost that pushes are refused, or accepted, and that a read works.

        Raises:
            CtlError: it is otherwise.
        """
        self.progress.step("prove it")
        expected = readonly.in_force(self.layout) is not None or self.demanded() is not None
        return use_proof(self.served, read_only=expected)

    def uploads_ended(
        self,
        patience: float,
        force: bool,
        help: str = "wait longer with --drain-timeout, or cut them off with --force",
    ) -> Callable[[], None]:
        """Return a function that waits for running uploads, and raises `UploadsRunning` in the end.

        Args:
            patience: seconds.
            force: whether those that are left then are cut off.
            help: what else can be done about them.
        """

        def wait() -> None:
            deadline = time.monotonic() + patience
            told = False
            while running := self._uploads():
                if not told:
                    self.progress.step(f"wait for running uploads: {running}")
                    told = True
                if time.monotonic() >= deadline:
                    if force:
                        self.progress.note(f"cut off: {running}")
                        return
                    raise UploadsRunning(f"uploads did not end within {patience:g} s: {running}", help=help)
                time.sleep(POLL_SECONDS)
            wait_left(self.layout, REGISTRY, self.drain)

        return wait

    def _uploads(self) -> str:
        """Say who is pushing to the old process; empty when nobody is."""
        sockets_used = self.plan.registry is not None and self.plan.registry.sockets is not None
        if sockets_used and sockets.traffic(self.layout.instance_socket(REGISTRY)).is_idle:
            return ""
        names = uploads.repositories(working(self.layout, REGISTRY))
        clients = uploads.senders(self.runner, self._ports())
        # The file system driver's open files tell for certain; without them, data that comes in.
        filesystem = self.plan.registry is not None and self.plan.registry.storage.directory is not None
        if not names and (filesystem or not clients):
            return ""
        parts = [f"to {', '.join(names)}" if names else "", f"from {', '.join(clients)}" if clients else ""]
        return " ".join(part for part in parts if part)

    def _ports(self) -> list[int]:
        ports = [self.plan.registry.http_addr.port] if self.plan.registry else []
        return [*ports, self.plan.vhost.port] if self.plan.vhost else ports
