"""What an installation proves itself with: the vhost's certificate, the token key, the registry's secret."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from ctl.checks.tokens import key_elsewhere
from ctl.credentials import rotation
from ctl.credentials import secrets as secrets_file
from ctl.credentials.certificate import CredentialError
from ctl.credentials.keys import jwks
from ctl.credentials.resolution import CredentialsInvalid, Makers, Resolved, resolve
from ctl.credentials.resolution import Source as Origin
from ctl.credentials.secrets import RegistrySecrets, Secrets
from ctl.diagnostics.model import Diagnostic, Severity
from ctl.diagnostics.secrecy import secrets_within
from ctl.facts.certificates import Read
from ctl.facts.gather import Machine, look_at_certificate, stand_in_paths
from ctl.operations.compile.machine import held_against
from ctl.operations.compile.seen import certificate_seen
from ctl.operations.compile.source import Source
from ctl.plan.model import CertificateFact, CredentialFacts, Secret, Unmade
from ctl.syntax.model import setting_name

STAND_IN = "stand-in"
# A key that is whole apart from its line breaks is accepted.
_ESCAPED = (
    "single quotes keep \\n as two characters, double quotes make line breaks of it; both are read as line"
    " breaks here, and what stands between them is not whole: give all of it"
)
_NONE = CredentialFacts(Secret(""), None, None)


class Credentials(Struct, frozen=True):
    """What there is, what is made, and what is wrong with it.

    Args:
        certificate: the vhost's pair; None without TLS, and where it cannot be used.
        read: what it says, for the next run.
        needs_stand_in: whether a temporary TLS certificate has to be made first.
        facts: the registry's secrets; blank where they cannot be used.
        secrets: the secrets file as it shall be.
        secrets_changed: whether it has to be written.
        diagnostics: errors among them; then nothing was made.
    """

    certificate: CertificateFact | None
    read: Read | None
    needs_stand_in: bool
    facts: CredentialFacts
    secrets: Secrets
    secrets_changed: bool
    diagnostics: tuple[Diagnostic, ...]

    @property
    def unmade(self) -> bool:
        """Whether there are secrets that a real run would make."""
        facts = self.facts
        return any(isinstance(fact, Unmade) for fact in (facts.http_secret, facts.key, facts.certificate))

    @property
    def values(self) -> frozenset[str]:
        """The secrets that are the machine's, not the settings file's."""
        given = [secret for secret in (self.facts.http_secret, self.facts.key) if secret]
        return frozenset(
            part for secret in given if not isinstance(secret, Unmade) for part in secrets_within(secret)
        )


class _Certificate(Struct, frozen=True):
    """The vhost's certificate; see `Credentials`."""

    fact: CertificateFact | None
    diagnostics: tuple[Diagnostic, ...]
    needs_stand_in: bool = False
    read: Read | None = None


def credentials_of(source: Source, machine: Machine, *, make_secrets: bool) -> Credentials:
    """Look at the certificate and decide on the secrets; what is wrong is reported, not raised.

    Args:
        source: the settings.
        machine: what to ask.
        make_secrets: whether missing secrets are made; none are where there is an error anyway.

    Raises:
        CtlError: the secrets file cannot be used.
    """
    certificate = _certificate(source, machine)
    existing = _existing(machine)
    package = source.settings.package
    make = make_secrets and package.generate_default_secrets and not failed(certificate.diagnostics)
    makers = Makers.real(machine.now, os.urandom) if make else None
    new, facts = RegistrySecrets(), _NONE
    try:
        resolved = _resolved(source, existing, makers, machine)
    except CredentialsInvalid as error:
        diagnostics = [_pointed_at(error, source, machine)]
    else:
        diagnostics = [*_of_secrets(resolved, source, machine)]
        new, facts = resolved.new, _facts(resolved, _own_key_set(source, machine))
    if machine.offline and source.derived.key_used and facts.key is None:
        facts = replace(facts, key=Unmade())
    return Credentials(
        certificate=certificate.fact,
        read=certificate.read,
        needs_stand_in=certificate.needs_stand_in,
        facts=facts,
        secrets=existing.updated(new),
        secrets_changed=bool(new.given()) and package.generate_secrets_json_file,
        diagnostics=(*certificate.diagnostics, *diagnostics),
    )


def failed(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether there is an error among findings."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _certificate(source: Source, machine: Machine) -> _Certificate:
    """Look at the vhost's certificate, and beside it at all else that settings choose on this machine."""
    pair = look_at_certificate(source.settings, source.derived, machine, certificate_seen(machine.layout))
    fact, diagnostics = pair.usable if pair else None, held_against(source, machine, pair)
    if fact is None and source.derived.certificate_paths is not None and not failed(diagnostics):
        fact, needed = _stand_in(source, machine)
        return _Certificate(fact, tuple(diagnostics), needs_stand_in=needed)
    return _Certificate(fact, tuple(diagnostics), read=pair.looked.read if pair else None)


def _stand_in(source: Source, machine: Machine) -> tuple[CertificateFact, bool]:
    """Return the temporary certificate, and whether it is yet to be made."""
    certificate, key = stand_in_paths(source.derived, machine.layout)
    try:
        digest = sha256(certificate.read_bytes() + key.read_bytes()).hexdigest()
    except OSError:
        return CertificateFact(str(certificate), str(key), STAND_IN, temporary=True), True
    return CertificateFact(str(certificate), str(key), digest, temporary=True), False


def _existing(machine: Machine) -> Secrets:
    """Return the machine's secrets; offline there are none."""
    if machine.offline:
        return Secrets(RegistrySecrets(), "{}\n")
    return secrets_file.read(machine.layout.secrets_file)


def _resolved(source: Source, existing: Secrets, makers: Makers | None, machine: Machine) -> Resolved:
    registry, derived = source.settings.registry, source.derived
    offline, layout = machine.offline, machine.layout
    # The key of a certificate that is given alone is in the secrets file.
    elsewhere = offline and registry.internal_certificate is not None and registry.internal_key is None
    elsewhere = elsewhere or key_elsewhere(source.settings, source.derived, existing.registry, layout)
    given = RegistrySecrets(
        http_secret=registry.http_secret.get_secret_value() if registry.http_secret else None,
        internal_certificate=registry.internal_certificate,
        internal_key=registry.internal_key.get_secret_value() if registry.internal_key else None,
    )
    resolved = resolve(
        given,
        existing.registry,
        needs_key=derived.key_used and not elsewhere,
        needs_certificate=derived.certificate_used,
        needs_http_secret=derived.registry_enabled,
        makers=makers,
    )
    if resolved.secrets.internal_certificate is None or not rotation.joins(resolved.sources):
        return resolved
    # While the key is rotated, the registry trusts more than the certificate of the key that signs.
    trusted = rotation.bundle(resolved.secrets.internal_certificate, existing.registry)
    return replace(resolved, secrets=replace(resolved.secrets, internal_certificate=trusted))


def _of_secrets(resolved: Resolved, source: Source, machine: Machine) -> Iterator[Diagnostic]:
    """Yield what the package's settings make of secrets that nobody gives (B42)."""
    pending = [name for name, origin in resolved.sources.items() if origin is Origin.PENDING]
    package = source.settings.package
    if pending and not package.generate_default_secrets and not machine.offline:
        path = ("package", "generate_default_secrets")
        names = " and ".join(f"registry['{name}']" for name in sorted(pending))
        yield Diagnostic(
            Severity.ERROR,
            "secret-missing",
            f"{names} {'is' if len(pending) == 1 else 'are'} given nowhere,"
            f" and {setting_name(path)} is false",
            source.places.key(path),
            f"set them, or put them into {machine.layout.secrets_file}",
        )
    elif (pending or resolved.new.given()) and not package.generate_secrets_json_file:
        path = ("package", "generate_secrets_json_file")
        names = " and ".join(f"registry['{name}']" for name in sorted({*pending, *resolved.new.given()}))
        yield Diagnostic(
            Severity.WARNING,
            "secrets-not-kept",
            f"{setting_name(path)} is false: {names}, which nobody gives, will be others with every change",
            source.places.key(path),
            "set them, or let ctl write the secrets file",
        )


def _pointed_at(error: CredentialsInvalid, source: Source, machine: Machine) -> Diagnostic:
    name = error.settings[0].partition("['")[2].rstrip("']") if error.settings else "internal_key"
    place = source.places.key(("registry", name)) if error.settings else None
    given = source.evaluated.values.get("registry")
    escaped = bool(error.settings) and isinstance(given, dict) and "\\n" in str(given.get(name))
    help = error.help or (_ESCAPED if escaped else None)
    if help is None and not error.settings:
        help = secrets_file.how_to_renew(machine.layout.secrets_file)
    return Diagnostic(Severity.ERROR, "credentials", error.message, place, help)


def _own_key_set(source: Source, machine: Machine) -> str | None:
    """Return the key set of a bundle of the administrator's own; what is wrong with that a probe says."""
    path = source.settings.registry.rootcertbundle
    if path is None or machine.offline or not source.derived.registry_enabled:
        return None
    try:
        return _key_set(machine.layout.under(path).read_text(encoding="utf-8", errors="replace"))
    except (OSError, CredentialError):
        return None


def _key_set(bundle: str) -> str:
    return json.dumps(jwks(bundle), indent=1)


def _facts(resolved: Resolved, own_key_set: str | None) -> CredentialFacts:
    """Turn secrets into facts; what a dry run does not make shows as what will be made.

    Args:
        resolved: the secrets.
        own_key_set: of a bundle that takes the place of the token certificate.
    """
    made = resolved.secrets

    def secret(name: str) -> Secret | None:
        if resolved.sources[name] is Origin.PENDING:
            return Unmade()
        value = getattr(made, name)
        return Secret(value) if value else None

    certificate = secret("internal_certificate")
    # Of a certificate that is yet to be made the keys are too.
    own = _key_set(made.internal_certificate) if made.internal_certificate else certificate
    keys = own_key_set or own
    return CredentialFacts(
        http_secret=secret("http_secret") or Secret(""),
        key=secret("internal_key"),
        # A certificate is no secret; only one that is yet to be made is shown as such.
        certificate=certificate if isinstance(certificate, Unmade) else made.internal_certificate,
        jwks=keys,
    )
