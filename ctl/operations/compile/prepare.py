"""From a valid settings file to everything that is to be on disk; still nothing is changed."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ctl.credentials import rotation
from ctl.credentials import secrets as secrets_file
from ctl.credentials.keys import jwks
from ctl.credentials.resolution import CredentialsInvalid, Makers, Resolved, Source, resolve
from ctl.credentials.secrets import RegistrySecrets, Secrets
from ctl.diagnostics.known import KNOWN, Masker
from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity
from ctl.diagnostics.secrecy import secrets_within
from ctl.errors import CtlError
from ctl.facts.binaries import require_trusted
from ctl.facts.drivers import check_driver
from ctl.facts.gather import (
    Machine,
    exposures,
    gather,
    look_at_certificate,
    required_programs,
    stand_in_paths,
    trusted,
)
from ctl.facts.storage_access import check_storage_access
from ctl.operations.compile.source import Source as SettingsSource
from ctl.operations.compile.trust import check_bundle, check_issuer
from ctl.plan.derive import certificate_paths, certificate_used, key_used, registry_enabled
from ctl.plan.model import CertificateFact, CredentialFacts, Facts, Plan, Secret, Unmade, masked
from ctl.plan.resolve import resolve as resolve_plan
from ctl.process import BASE_ENVIRONMENT
from ctl.settings.model import Settings
from ctl.settings.rules.flavour import check_flavour
from ctl.settings.secrecy import secrets_of
from ctl.syntax.model import written as spelled
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render

STAND_IN = "stand-in"
# A key that is whole apart from its line breaks is accepted.
_ESCAPED = (
    "single quotes keep \\n as two characters, double quotes make line breaks of it; both are read as line"
    " breaks here, and what stands between them is not whole: give all of it"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run is about to put on disk.

    Args:
        source: the settings.
        plan: what shall be.
        rendered: its files.
        masked: the same files with every secret masked.
        secret_values: what was masked, wherever it may turn up.
        diagnostics: of the settings and of the machine; no errors.
        secrets: the secrets file as it shall be.
        secrets_changed: whether it has to be written.
        needs_stand_in: whether a temporary TLS certificate has to be made first.
        host_name: this machine's, where something that is rendered holds it; else empty.
    """

    source: SettingsSource
    plan: Plan
    rendered: Rendered
    masked: Rendered
    secret_values: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    secrets: Secrets
    secrets_changed: bool
    needs_stand_in: bool
    host_name: str


def now() -> datetime:
    """Return the present moment with its time zone."""
    return datetime.now(UTC)


def prepare(source: SettingsSource, machine: Machine, *, make_secrets: bool) -> Prepared:
    """Resolve and render.

    Args:
        source: the settings.
        machine: what to ask for facts.
        make_secrets: whether missing secrets are made; a dry run makes none.

    Raises:
        SettingsInvalid: the machine contradicts the settings; all of it is reported.
        CtlError: a program or the secrets file cannot be used.
    """
    settings = source.settings
    certificate, found = look_at_certificate(settings, machine, source.places)
    if machine.programs:
        found = [*found, *check_bundle(source, machine.layout), *check_issuer(certificate, source)]
    wanted = certificate is None and certificate_paths(settings) is not None
    failed = any(one.severity is Severity.ERROR for one in found)
    needs_stand_in = False
    if wanted and not failed:
        certificate, needs_stand_in = _stand_in(settings, machine)
    existing = _secrets(machine)
    allowed = settings.package.generate_default_secrets
    makers = Makers.real(machine.now, secrets.token_bytes) if make_secrets and allowed else None
    try:
        resolved = _resolve_secrets(settings, existing, None if failed else makers, machine.offline)
    except CredentialsInvalid as error:
        found.append(_pointed_at(error, source))
    else:
        found.extend(_of_secrets(resolved, source, machine))
    if not machine.offline and machine.programs:
        found.extend(exposures("secrets file", machine.layout.secrets_file, None))
    found.extend(check_storage_access(settings, machine, source.places))
    diagnostics = (*source.diagnostics, *found)
    if any(one.severity is Severity.ERROR for one in found):
        raise SettingsInvalid((*diagnostics, *_as_far_as_known(source, machine)), source.sources)
    _check_programs(settings, machine)
    credentials = _facts(resolved)
    if machine.offline and key_used(settings) and credentials.key is None:
        credentials = replace(credentials, key=Unmade(Unmade.shown))
    facts = gather(settings, machine, credentials, certificate)
    diagnostics = (*diagnostics, *_of_program(source, facts, machine))
    if any(one.severity is Severity.ERROR for one in diagnostics):
        raise SettingsInvalid(diagnostics, source.sources)
    known = secrets_of(source.evaluated) | _values_of(credentials)
    KNOWN.learn(known)
    plan = resolve_plan(settings, facts, machine.layout, source.evaluated.secrets)
    return Prepared(
        source=source,
        plan=plan,
        rendered=render(plan, machine.layout),
        masked=render(masked(plan, Masker(known)), machine.layout),
        secret_values=known,
        diagnostics=diagnostics,
        secrets=existing.updated(resolved.new),
        secrets_changed=bool(resolved.new.given()) and settings.package.generate_secrets_json_file,
        needs_stand_in=needs_stand_in,
        host_name=facts.host_name,
    )


def _values_of(credentials: CredentialFacts) -> frozenset[str]:
    """Return the secrets that are the machine's, not the settings file's."""
    given = [one for one in (credentials.http_secret, credentials.key) if one and not isinstance(one, Unmade)]
    return frozenset(part for one in given for part in secrets_within(one))


def _secrets(machine: Machine) -> Secrets:
    """Return the machine's secrets; offline there are none."""
    if machine.offline:
        return Secrets(RegistrySecrets(), "{}\n")
    return secrets_file.read(machine.layout.secrets_file)


def _of_program(source: SettingsSource, facts: Facts, machine: Machine) -> Iterator[Diagnostic]:
    """Yield what the registry's program makes of the settings."""
    refused = False
    for one in check_flavour(source.settings, facts.flavour.name, source.places):
        refused = refused or one.severity is Severity.ERROR
        yield one
    # A driver that the flavour does not know at all is reported already.
    if facts.registry is not None and not refused:
        found = check_driver(source.settings, facts.registry, machine.layout, machine.runner, source.places)
        if found is not None:
            yield found


def _as_far_as_known(source: SettingsSource, machine: Machine) -> tuple[Diagnostic, ...]:
    """Return what the program makes of settings that fail anyway, so that all mistakes are told at once."""
    try:
        facts = gather(source.settings, machine, CredentialFacts(Secret(""), None, None), None)
    except CtlError:
        return ()
    return tuple(_of_program(source, facts, machine))


def _check_programs(settings: Settings, machine: Machine) -> None:
    for program, package in required_programs(settings, machine):
        found = shutil.which(program, path=BASE_ENVIRONMENT["PATH"])
        if found is not None:
            require_trusted(Path(found), "", trusted(machine.layout))
        else:
            raise CtlError(
                f"the program {program} was not found",
                help=f"apt-get install --no-install-recommends {package}",
            )


def _stand_in(settings: Settings, machine: Machine) -> tuple[CertificateFact, bool]:
    """Return the temporary certificate, and whether it is yet to be made."""
    certificate, key = stand_in_paths(settings, machine.layout)
    try:
        digest = sha256(certificate.read_bytes() + key.read_bytes()).hexdigest()
    except OSError:
        return CertificateFact(str(certificate), str(key), STAND_IN, temporary=True), True
    return CertificateFact(str(certificate), str(key), digest, temporary=True), False


def _resolve_secrets(settings: Settings, existing: Secrets, makers: Makers | None, offline: bool) -> Resolved:
    registry = settings.registry
    # The key of a certificate that is given alone is in the secrets file.
    elsewhere = offline and registry.internal_certificate is not None and registry.internal_key is None
    given = RegistrySecrets(
        http_secret=registry.http_secret.get_secret_value() if registry.http_secret else None,
        internal_certificate=registry.internal_certificate,
        internal_key=registry.internal_key.get_secret_value() if registry.internal_key else None,
    )
    resolved = resolve(
        given,
        existing.registry,
        needs_key=key_used(settings) and not elsewhere,
        needs_certificate=certificate_used(settings),
        needs_http_secret=registry_enabled(settings),
        makers=makers,
    )
    if resolved.secrets.internal_certificate is None or not rotation.joins(resolved.sources):
        return resolved
    # While the key is rotated, the registry trusts more than the certificate of the key that signs.
    trusted = rotation.bundle(resolved.secrets.internal_certificate, existing.registry)
    return replace(resolved, secrets=replace(resolved.secrets, internal_certificate=trusted))


def _of_secrets(resolved: Resolved, source: SettingsSource, machine: Machine) -> Iterator[Diagnostic]:
    """Yield what the package's settings make of secrets that nobody gives (B42)."""
    pending = [name for name, origin in resolved.sources.items() if origin is Source.PENDING]
    package = source.settings.package
    if pending and not package.generate_default_secrets and not machine.offline:
        path = ("package", "generate_default_secrets")
        names = " and ".join(f"registry['{name}']" for name in sorted(pending))
        yield Diagnostic(
            Severity.ERROR,
            "secret-missing",
            f"{names} {'is' if len(pending) == 1 else 'are'} given nowhere, and {spelled(path)} is false",
            source.places.key(path),
            f"set them, or put them into {machine.layout.secrets_file}",
        )
    elif (pending or resolved.new.given()) and not package.generate_secrets_json_file:
        path = ("package", "generate_secrets_json_file")
        names = " and ".join(f"registry['{name}']" for name in sorted({*pending, *resolved.new.given()}))
        yield Diagnostic(
            Severity.WARNING,
            "secrets-not-kept",
            f"{spelled(path)} is false: {names}, which nobody gives, will be others with every change",
            source.places.key(path),
            "set them, or let ctl write the secrets file",
        )


def _pointed_at(error: CredentialsInvalid, source: SettingsSource) -> Diagnostic:
    name = error.settings[0].partition("['")[2].rstrip("']") if error.settings else "internal_key"
    place = source.places.key(("registry", name)) if error.settings else None
    given = source.evaluated.values.get("registry")
    escaped = bool(error.settings) and isinstance(given, dict) and "\\n" in str(given.get(name))
    help = error.help or (_ESCAPED if escaped else None)
    return Diagnostic(Severity.ERROR, "credentials", error.message, place, help)


def _facts(resolved: Resolved) -> CredentialFacts:
    """Turn secrets into facts; what a dry run does not make shows as what will be made."""
    made = resolved.secrets

    def secret(name: str) -> Secret | None:
        if resolved.sources[name] is Source.PENDING:
            return Unmade(Unmade.shown)
        value = getattr(made, name)
        return Secret(value) if value else None

    certificate = secret("internal_certificate")
    # Of a certificate that is yet to be made the keys are too.
    keys = json.dumps(jwks(made.internal_certificate), indent=1) if made.internal_certificate else certificate
    return CredentialFacts(
        http_secret=secret("http_secret") or Secret(""),
        key=secret("internal_key"),
        # A certificate is no secret; only one that is yet to be made is shown as such.
        certificate=certificate if isinstance(certificate, Unmade) else made.internal_certificate,
        jwks=keys,
    )


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
