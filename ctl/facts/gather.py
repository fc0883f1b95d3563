"""Gather the facts that the settings want, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.facts.binaries import find_binary, flavour_of, nginx_version
from ctl.facts.certificates import look
from ctl.facts.host import groups
from ctl.paths import Layout
from ctl.plan.derive import certificate_paths, public_address, registry_enabled, vhost_enabled
from ctl.plan.model import CertificateFact, CredentialFacts, Facts
from ctl.process import Runner
from ctl.settings.load import Places
from ctl.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as one run sees it.

    Args:
        layout: the root.
        runner: runs the programs that tell their versions.
        now: with a time zone.
        programs: whether programs have to be there; a run that only renders does without.
        accounts: whether services run as accounts of their own.
        offline: whether nothing of the machine counts: then no certificate is looked at either.
    """

    layout: Layout
    runner: Runner
    now: datetime
    programs: bool = True
    accounts: bool = False
    offline: bool = False


def gather(
    settings: Settings, machine: Machine, credentials: CredentialFacts, certificate: CertificateFact | None
) -> Facts:
    """Gather what resolving needs.

    Raises:
        CtlError: a program is missing or is none that we know.
    """
    registry = nginx = None
    if machine.programs and registry_enabled(settings):
        registry = find_binary(
            settings.ctl.registry_binary,
            "ctl['registry_binary']",
            "docker-registry",
            machine.runner,
            "--version",
        )
    if machine.programs and vhost_enabled(settings):
        nginx = find_binary(
            settings.ctl.nginx_binary, "ctl['nginx_binary']", "nginx-light", machine.runner, "-v"
        )
    return Facts(
        registry=registry,
        flavour=flavour_of(settings.ctl.registry_flavour, registry),
        nginx=nginx,
        nginx_version=nginx_version(nginx),
        certificate=certificate,
        credentials=credentials,
        groups=groups() if machine.accounts else None,
    )


def required_programs(settings: Settings, machine: Machine) -> list[tuple[str, str]]:
    """Return the helpers that the services need besides registry and nginx: program and package."""
    if not machine.programs or not registry_enabled(settings):
        return []
    needed = [("runsvdir", "runit"), ("sv", "runit"), ("chpst", "runit"), ("svlogd", "runit")]
    return [*needed, ("logrotate", "logrotate")] if vhost_enabled(settings) else needed


def stand_in_paths(settings: Settings, layout: Layout) -> tuple[Path, Path]:
    """Return where the temporary certificate of this host and its key are kept."""
    public = public_address(settings)
    name = public.host.strip("[]").replace(":", "_") if public else "registry"
    return layout.state / "tls" / f"{name}.crt", layout.state / "tls" / f"{name}.key"


def look_at_certificate(
    settings: Settings, machine: Machine, places: Places
) -> tuple[CertificateFact | None, list[Diagnostic]]:
    """Look at the vhost's certificate; what is wrong with it is pointed at in the settings.

    Returns None without an error where there is no TLS, and where Let's Encrypt is to fetch a
    certificate that is not there yet: then a stand-in has to be made.
    """
    paths = certificate_paths(settings)
    public = public_address(settings)
    if paths is None or public is None:
        return None, []
    certificate, key = (machine.layout.under(path) for path in paths)
    if machine.offline:
        return CertificateFact(str(certificate), str(key), ""), []
    vhost = settings.registry.nginx
    host = vhost.fqdn or public.host
    found = look(certificate, key, host, machine.now, vhost.ssl_password_file is not None)
    own = ("registry", "nginx", "ssl_certificate_key" if found.problem_in_key else "ssl_certificate")
    given = vhost.ssl_certificate_key if found.problem_in_key else vhost.ssl_certificate
    place = places.value(own if given else ("registry_external_url",))
    if found.missing:
        if settings.letsencrypt.enable or not machine.programs:
            severity, help_text = Severity.WARNING, None
        else:
            severity, help_text = Severity.ERROR, how_to_make(certificate, key, host)
        absent = "neither exists" if len(found.missing) == 2 else f"{found.missing[0]} does not exist"
        text = f"the TLS certificate {certificate} and its key {key} are needed; {absent}"
        if settings.letsencrypt.enable and machine.programs:
            text += "; until Let's Encrypt brings one, a temporary self-signed certificate is used"
        finding = Diagnostic(severity, "certificate-missing", text, place, help_text)
        fact = None if machine.programs else CertificateFact(str(certificate), str(key), "")
        return fact, [finding]
    if found.problem:
        return None, [Diagnostic(Severity.ERROR, "certificate-unusable", found.problem, place)]
    if found.warning:
        return found.fact, [Diagnostic(Severity.WARNING, "certificate-doubtful", found.warning, place)]
    return found.fact, []


def how_to_make(certificate: Path, key: Path, host: str) -> str:
    """Say how one gets a certificate."""
    return (
        f"put the certificate with its chain and its key there, both with mode 0600; for a first try make\n"
        f"one that clients have to be told to trust:\n"
        f"  install -d -m 0700 {certificate.parent}\n"
        f"  openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN={host} \\\n"
        f"    -addext subjectAltName=DNS:{host} -keyout {key} -out {certificate}"
    )
