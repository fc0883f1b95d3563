"""A full run: prepare, stage, check, switch, start what changed, verify; back again when it fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from ctl.apply import applied, generation, history, recovery
from ctl.apply.accounts import Wanted, make_accounts, require_accounts
from ctl.apply.check import check_nginx
from ctl.apply.directories import make_directories
from ctl.apply.generation import Staged
from ctl.apply.links import LinkReport, make_links, remove_links
from ctl.apply.made import record_places
from ctl.apply.touched import remember_links
from ctl.checks.model import Checked, Outcome
from ctl.credentials import secrets as secrets_file
from ctl.credentials.selfsigned import self_signed
from ctl.errors import CtlError, reason, remedy
from ctl.facts.gather import Machine, stand_in_paths
from ctl.facts.host import group_number, has_accounts
from ctl.operations.change import ports, store
from ctl.operations.change.migrate import migrate
from ctl.operations.change.preview import shown_edits, shown_paths
from ctl.operations.change.request import Request, Result
from ctl.operations.change.retreat import go_back
from ctl.operations.compile import gitlab
from ctl.operations.compile.inputs import inputs_of
from ctl.operations.compile.prepare import Prepared, now, prepare
from ctl.operations.compile.source import Source, read_source
from ctl.operations.compile.staging import staged_from
from ctl.operations.interruption import interruptible, undisturbed
from ctl.operations.progress import Unfailing
from ctl.operations.serve.hand_edits import Kept, take_note, take_note_of_damaged
from ctl.operations.serve.proof import instance_proof, proof
from ctl.operations.serve.services import Changes, Convergence, converge, processes
from ctl.paths import Layout
from ctl.plan.model import Plan
from ctl.process import end_programs
from ctl.state import begun
from ctl.state.files import write_atomically
from ctl.state.fingerprint import Due
from ctl.targets.model import Reader


def change(request: Request) -> Result:
    """Do a full run; the caller holds the lock.

    Raises:
        SettingsInvalid: the settings hold errors; nothing was changed.
        CtlError: something failed; what was running before runs again.
    """
    with attempt(request, "reconfigure"):
        run = Run(request, "reconfigure")
        run.request.progress.step("read the settings")
        source = read_source(request.layout, request.settings_file, request.environment)
        return run.apply(source)


@contextmanager
def attempt(request: Request, purpose: str) -> Iterator[None]:
    """Clear what an earlier run left behind, let signals interrupt, and note a failure in the history.

    Args:
        request: what is asked.
        purpose: the command, for the history.
    """
    with interruptible():
        begun.note()
        try:
            recovery.clear(request.layout)
            yield
        except (CtlError, OSError) as error:
            history.record(request.layout, purpose, "failed", str(error), None)
            raise
        except KeyboardInterrupt as error:
            end_programs()
            history.record(request.layout, purpose, "failed", str(error), None)
            raise CtlError(str(error), help="the next ctl reconfigure does what is left to do") from error


class Run:
    """One run that puts settings in force.

    Args:
        request: what is asked.
        purpose: the command, for the history.
    """

    def __init__(self, request: Request, purpose: str) -> None:
        self.request = replace(request, progress=Unfailing(request.progress))
        self.since = time.time_ns()
        self.verified: dict[str, int] = {}
        self.kept: list[Kept] = []
        self.edits = ""
        self.store = store.Known(None, [])
        self.purpose = purpose
        self.layout: Layout = request.layout
        self.machine = Machine(
            request.layout, request.runner, now(), programs=True, accounts=has_accounts(request.layout)
        )

    def apply(self, source: Source, *, remember: bool = True, rolled_back: int | None = None) -> Result:
        """Put settings in force; see `change`.

        Args:
            source: the settings.
            remember: whether it is put on record what they were made of.
            rolled_back: the generation that they are from; None where they are the settings file's.
        """
        previous = generation.intact_current(self.layout)
        prepared = self._prepared(source)
        ports.check(self.request, prepared.plan, prepared.source.settings)
        self._keep_secrets(prepared)
        self._make_accounts(prepared)
        self.store = store.settle(self.request, prepared, previous)
        staged = self._staged(prepared, previous)
        report, changes, hops = self._switched(prepared, staged, previous)
        if remember:
            inputs = inputs_of(self.layout, prepared, staged.number, self.since, self.verified)
            applied.record(self.layout, replace(inputs, rolled_back=rolled_back))
        result = self._result(prepared, staged, previous, report, changes, hops)
        done = result.services or "no service touched"
        if not self.request.store_proof:
            done += "; the store was not proven (--no-store-proof)"
        history.record(self.layout, self.purpose, "done", done, staged.number)
        gone = generation.prune(
            self.layout, prepared.plan.keep_generations, [staged.number, previous.number if previous else 0]
        )
        if gone:
            self.request.progress.step("remove old generations")
        return result

    def _prepared(self, source: Source) -> Prepared:
        self.request.progress.step("resolve and render")
        prepared = prepare(source, self.machine, make_secrets=True)
        if not prepared.needs_stand_in:
            return prepared
        # Secrets first, or the second round would make other ones.
        self._keep_secrets(prepared)
        public = source.derived.public
        assert public is not None  # noqa: S101 - no certificate is wanted without a URL
        certificate, key = self_signed(public.bare_host, self.machine.now)
        for path, content in zip(
            stand_in_paths(source.derived, self.layout), (certificate, key), strict=True
        ):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, content, 0o600)
        return prepare(source, self.machine, make_secrets=True)

    def _keep_secrets(self, prepared: Prepared) -> None:
        if prepared.secrets_changed:
            self.request.progress.step("write new secrets")
            path = self.layout.secrets_file
            if prepared.source.settings.manage_storage_directories.manage_etc:
                path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            secrets_file.write(path, prepared.secrets)

    def _make_accounts(self, prepared: Prepared) -> None:
        if not self.machine.accounts:
            return
        settings, wanted = prepared.source.settings, []
        if prepared.plan.registry:
            own = settings.registry
            wanted.append(Wanted(own.username, own.group, own.dir, own.shell, own.uid, own.gid))
        if prepared.plan.vhost:
            web = settings.web_server
            wanted.append(Wanted(web.username, web.group, prepared.source.derived.nginx_directory))
        if not settings.manage_accounts.enable:
            require_accounts(wanted)
            return
        made = make_accounts(self.layout, self.request.runner, wanted)
        if made:
            self.request.progress.note(f"accounts made: {', '.join(sorted(set(made)))}")

    def _staged(self, prepared: Prepared, previous: Staged | None) -> Staged:
        """Write the generation, or find that the one in force holds the same."""
        self.request.progress.step("write the generation")

        def trial(directory: Path) -> None:
            if prepared.plan.vhost:
                self.request.progress.step("check the nginx configuration")
                check_nginx(directory, prepared.plan.vhost.binary, self.request.runner)

        staged = staged_from(
            self.layout, prepared, self._groups(prepared.plan), previous, trial, self.store.mark
        )
        registry = prepared.plan.registry
        if (previous and staged.number == previous.number) or registry is None or not registry.migrates:
            return staged
        try:
            self.request.progress.step("bring the metadata database up to date")
            migrate(registry, staged, self.request.runner, self.request.environment)
        except BaseException:
            generation.discard(self.layout, staged.number)
            raise
        return staged

    def _groups(self, plan: Plan) -> Callable[[Reader], int]:
        """Return the function that tells the number of a reader's group."""
        if not self.machine.accounts:
            return lambda reader: os.getegid()
        names = {
            Reader.REGISTRY: plan.registry.account.group if plan.registry else None,
            Reader.WEB: plan.vhost.account.group if plan.vhost else None,
            Reader.GITLAB: plan.gitlab.group,
        }
        return lambda reader: group_number(names.get(reader))

    def _switched(
        self, prepared: Prepared, staged: Staged, previous: Staged | None
    ) -> tuple[LinkReport, Changes, list[Checked]]:
        """Put a generation in force; when that fails, put the one before in force again."""
        plan = prepared.plan
        try:
            self.request.progress.step("switch")
            report = self._point_at(staged, prepared, previous)
            # Of every generation: a killed run may have left those of any.
            remove_links(self.layout, recovery.all_links(self.layout), keep=staged.manifest.links)
            changes = converge(self._convergence(plan), staged)
            self.request.progress.step("verify")
            hops = proof(self.layout, plan, whole=bool(changes.sentence() or self.store.checked))
            self.verified = processes(self.layout, staged.manifest.services)
        except BaseException as error:
            with undisturbed():
                done = go_back(self._convergence(plan), staged, previous)
            raise _with(error, done) from error
        return report, changes, [*self.store.checked, *hops]

    def _convergence(self, plan: Plan) -> Convergence:
        drain = plan.registry.drain_seconds if plan.registry else 0.0
        prove = instance_proof(self.layout, plan)
        return Convergence(self.layout, self.request.runner, drain, self.request.progress, prove)

    def _point_at(self, staged: Staged, prepared: Prepared, previous: Staged | None) -> LinkReport:
        record_places(self.layout, prepared.rendered.directories, staged.manifest.links)
        make_directories(self.layout, prepared.rendered.directories)
        if previous is not None:
            self.kept = take_note(self.layout, previous)
            self.edits = shown_edits(self.layout, previous, self.kept)
        elif (number := generation.current_number(self.layout)) is not None:
            take_note_of_damaged(self.layout, number, staged)
        report = make_links(self.layout, staged.manifest.links)
        remember_links(self.layout, staged.manifest.links)
        if generation.current_number(self.layout) != staged.number:
            generation.switch(self.layout, staged.number)
        return report

    def _result(
        self,
        prepared: Prepared,
        staged: Staged,
        previous: Staged | None,
        report: LinkReport,
        changes: Changes,
        hops: list[Checked],
    ) -> Result:
        notes = [*self.store.notes]
        notes += [f"{path} was not ctl's; it is kept as {aside}" for path, aside in report.saved]
        saved = {str(path) for path, _ in report.saved}
        notes += [kept.sentence() for kept in self.kept if kept.place not in saved]
        notes += [
            f"{path} was not made: another account can write {where}; let it point to"
            f" {self.layout.current}/gitlab/gitlab-registry.key"
            for path, where in report.skipped
        ]
        if not self.request.store_proof:
            notes.append(f"the store was not proven, as --no-store-proof demands; {store.LATER}")
        notes += [f"{name} stays down: it was stopped on purpose" for name in changes.of(Due.HELD)]
        notes += [
            f"not verified: {hop.name}: {hop.finding.message}"
            for hop in hops
            if hop.finding.outcome is not Outcome.OK
        ]
        return Result(
            generation=staged.number,
            changed=True,
            services=changes.sentence(),
            files=_differing(staged, previous),
            hops=[hop.as_hop() for hop in hops],
            diagnostics=prepared.diagnostics,
            sources={str(prepared.source.path): prepared.source.text},
            notes=notes,
            gitlab=gitlab.instructions(prepared.plan, previous, staged),
            edits=self.edits,
        )


def _with(error: BaseException, done: str) -> BaseException:
    """Add to an error what came of going back; a mistake of our own stays what it is."""
    if isinstance(error, CtlError):
        return CtlError(
            f"{error.message}; {done}", detail=error.detail, help=error.help or remedy(error.__cause__)
        )
    if isinstance(error, OSError):
        return CtlError(f"{error.filename or 'a file'}: {reason(error)}; {done}", help=remedy(error))
    if isinstance(error, KeyboardInterrupt):
        return CtlError(
            f"{str(error) or 'interrupted'}; {done}", help="the next ctl reconfigure does what is left to do"
        )
    return error


def _differing(staged: Staged, previous: Staged | None) -> list[str]:
    new, old = staged.manifest.files, previous.manifest.files if previous else {}
    return shown_paths(path for path in {*new, *old} if new.get(path) != old.get(path))
