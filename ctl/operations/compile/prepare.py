"""From a valid settings file to everything that is to be on disk; still nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from ctl.credentials.secrets import Secrets
from ctl.diagnostics.known import KNOWN, Masker
from ctl.diagnostics.model import Diagnostic
from ctl.facts.certificates import Read
from ctl.facts.gather import Machine, ask_programs
from ctl.operations.compile.credentials import credentials_of
from ctl.operations.compile.facts import facts_of
from ctl.operations.compile.source import Source
from ctl.paths import Layout
from ctl.plan.model import Plan, masked
from ctl.plan.resolve import resolve
from ctl.settings.secrecy import secrets_of
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render


class Prepared(Struct, frozen=True):
    """Everything that a run is about to put on disk.

    Args:
        source: the settings.
        plan: what shall be.
        rendered: its files.
        secret_values: what must be shown to nobody, wherever it may turn up.
        diagnostics: of the settings and of the machine; no errors.
        secrets: the secrets file as it shall be.
        secrets_changed: whether it has to be written.
        secrets_unmade: whether secrets are missing that a run which changes something makes.
        needs_stand_in: whether a temporary TLS certificate has to be made first.
        host_name: this machine's, where something that is rendered holds it; else empty.
        certificate_read: what the vhost's certificate says, for the next run.
    """

    source: Source
    plan: Plan
    rendered: Rendered
    secret_values: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    secrets: Secrets
    secrets_changed: bool
    secrets_unmade: bool
    needs_stand_in: bool
    host_name: str
    certificate_read: Read | None


def now() -> datetime:
    """Return the present moment with its time zone."""
    return datetime.now(UTC)


def prepare(source: Source, machine: Machine, *, make_secrets: bool) -> Prepared:
    """Resolve and render: the credentials, then the facts, then the plan.

    Args:
        source: the settings.
        machine: what to ask for facts.
        make_secrets: whether missing secrets are made; a dry run makes none.

    Raises:
        SettingsInvalid: the machine contradicts the settings; all of it is reported.
        CtlError: a program or the secrets file cannot be used.
    """
    asked = ask_programs(source.settings, source.derived, machine)
    credentials = credentials_of(source, machine, make_secrets=make_secrets)
    gathered = facts_of(source, machine, credentials, asked)
    known = secrets_of(source.evaluated) | credentials.values
    KNOWN.learn(known)
    tainted = source.evaluated.secrets
    plan = resolve(source.settings, source.derived, gathered.facts, machine.layout, tainted)
    return Prepared(
        source=source,
        plan=plan,
        rendered=render(plan, machine.layout),
        secret_values=known,
        diagnostics=gathered.diagnostics,
        secrets=credentials.secrets,
        secrets_changed=credentials.secrets_changed,
        secrets_unmade=credentials.unmade,
        needs_stand_in=credentials.needs_stand_in,
        host_name=gathered.facts.host_name,
        certificate_read=credentials.read,
    )


def masked_twin(prepared: Prepared, layout: Layout) -> Rendered:
    """Render the same files with every secret masked, for those who keep or show them."""
    return render(masked(prepared.plan, Masker(prepared.secret_values)), layout)


def settings_document(prepared: Prepared) -> dict[str, object]:
    """Return what a later rollback needs to come to the same settings again."""
    evaluated = prepared.source.evaluated
    return {
        "file": str(prepared.source.path),
        "text": prepared.source.text,
        "values": evaluated.values,
        "spans": evaluated.spans.to_json(),
        "secrets": sorted([list(path) for path in evaluated.secrets], key=str),
    }
