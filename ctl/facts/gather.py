"""Gather the facts that the settings want, and no others."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.facts.binaries import check_filter, find_binary, flavour_of, nginx_version
from ctl.facts.certificates import exposed_key, foreign_owner, look
from ctl.facts.host import groups, has_accounts, node_value
from ctl.paths import Layout
from ctl.plan.derive import (
    certificate_candidates,
    certificate_paths,
    public_address,
    registry_enabled,
    vhost_enabled,
)
from ctl.plan.model import BinaryFact, CertificateFact, CredentialFacts, Facts
from ctl.process import Account, Runner, account_of
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
        sockets: see `Facts`.
    """

    layout: Layout
    runner: Runner
    now: datetime
    programs: bool = True
    accounts: bool = False
    offline: bool = False
    sockets: bool = True


def gather(
    settings: Settings, machine: Machine, credentials: CredentialFacts, certificate: CertificateFact | None
) -> Facts:
    """Gather what resolving needs.

    Raises:
        CtlError: a program is missing or is none that we know.
    """
    registry = nginx = None
    if machine.programs and registry_enabled(settings):
        registry = find_registry(settings, machine.layout, machine.runner)
        for section, filter_of in (("registry", settings.registry), ("logging", settings.logging)):
            check_filter(filter_of.svlogd_filter, f"{section}['svlogd_filter']", trusted(machine.layout))
    if machine.programs and vhost_enabled(settings):
        nginx = find_binary(
            settings.ctl.nginx_binary,
            "ctl['nginx_binary']",
            "nginx-light",
            machine.runner,
            "-v",
            trusted=trusted(machine.layout),
            account=service_account(machine.layout, settings.web_server.username),
        )
    return Facts(
        registry=registry,
        flavour=flavour_of(settings.ctl.registry_flavour, registry),
        nginx=nginx,
        nginx_version=nginx_version(nginx),
        certificate=certificate,
        credentials=credentials,
        groups=groups() if machine.accounts else None,
        host_name=node_value("hostname") if _names_itself(settings) else "",
        sockets=machine.sockets,
    )


def find_registry(settings: Settings, layout: Layout, runner: Runner) -> BinaryFact:
    """Ask the registry's program for its version, as the account that the service runs as.

    Raises:
        CtlError: see `find_binary`.
    """
    return find_binary(
        settings.ctl.registry_binary,
        "ctl['registry_binary']",
        "docker-registry",
        runner,
        "--version",
        trusted=trusted(layout),
        account=service_account(layout, settings.registry.username),
    )


def trusted(layout: Layout) -> int | None:
    """Return who may change programs beside root: below a root of one's own, whoever runs this."""
    return 0 if layout.is_system else None


def service_account(layout: Layout, name: str) -> Account | None:
    """Return the account that a service's program is run as; None where services run as the caller."""
    return account_of(name) if has_accounts(layout) else None


def _names_itself(settings: Settings) -> bool:
    """Whether log lines that go elsewhere begin with this machine's name."""
    given = settings.logging
    return given.udp_log_shipping_host is not None and given.udp_log_shipping_hostname is None


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
    certificate, key = _present(settings, machine.layout) or (certificate, key)
    vhost = settings.registry.nginx
    host = vhost.fqdn or public.host
    found = look(certificate, key, host, machine.now, vhost.ssl_password_file is not None)
    own = ("registry", "nginx", "ssl_certificate_key" if found.problem_in_key else "ssl_certificate")
    given = vhost.ssl_certificate_key if found.problem_in_key else vhost.ssl_certificate
    place = places.value(own if given else ("registry_external_url",))
    if found.missing and not machine.programs:
        # A tree that is rendered for another machine needs none yet.
        return CertificateFact(str(certificate), str(key), ""), []
    if found.missing:
        return None, [_missing(settings, (certificate, key), found.missing, place)]
    if found.problem:
        return None, [Diagnostic(Severity.ERROR, "certificate-unusable", found.problem, place, found.help)]
    remarks: list[Diagnostic] = []
    if found.warning:
        remarks.append(Diagnostic(Severity.WARNING, "certificate-doubtful", found.warning, place, found.help))
    named = ("registry", "nginx", "ssl_certificate_key")
    place = places.value(named if vhost.ssl_certificate_key else ("registry_external_url",))
    remarks += exposures("key", key, place)
    return found.fact, remarks


def exposures(what: str, path: Path, place: Span | None) -> Iterator[Diagnostic]:
    """Yield who else may read a secret's file.

    Args:
        what: it is; its first word is that of the finding's code.
        path: of the file.
        place: of the setting that names it.
    """
    mode, owner, quoted = exposed_key(path), foreign_owner(path), shlex.quote(str(path))
    code = f"{what.partition(' ')[0]}-exposed"
    if owner is not None:
        text = f"the {what} {path} belongs to {owner}, who may read and change it; root is expected"
        remedy = f"chown root {quoted}, unless {owner} renews it: then let it hand a copy to root"
        yield Diagnostic(Severity.WARNING, code, text, place, remedy)
    if mode is not None:
        text = f"others may read the {what} {path}: its mode is {mode}, 0600 is expected"
        yield Diagnostic(Severity.WARNING, code, text, place, f"chmod 0600 {quoted}")


def _missing(
    settings: Settings,
    pair: tuple[Path, Path],
    missing: tuple[Path, ...],
    place: Span | None,
) -> Diagnostic:
    """Say that the certificate is not there, which Let's Encrypt may still bring."""
    (certificate, key), public = pair, public_address(settings)
    host = settings.registry.nginx.fqdn or (public.host if public else "")
    awaited = settings.letsencrypt.enable
    severity = Severity.WARNING if awaited else Severity.ERROR
    absent = "neither exists" if len(missing) == 2 else f"{missing[0]} does not exist"
    text = f"the TLS certificate {certificate} and its key {key} are needed; {absent}"
    if awaited:
        text += "; until Let's Encrypt brings one, a temporary self-signed certificate is used"
    help_text = how_to_make(certificate, key, host, missing) if severity is Severity.ERROR else None
    return Diagnostic(severity, "certificate-missing", text, place, help_text)


def _present(settings: Settings, layout: Layout) -> tuple[Path, Path] | None:
    """Return the first pair of certificate and key of which both are there."""
    pairs = ((layout.under(one), layout.under(two)) for one, two in certificate_candidates(settings))
    return next((pair for pair in pairs if pair[0].exists() and pair[1].exists()), None)


def how_to_make(certificate: Path, key: Path, host: str, missing: Sequence[Path]) -> str:
    """Say how one gets what is missing of a certificate and its key.

    Whatever is typed as it stands here overwrites nothing, also when it is typed later.
    """
    one, other = shlex.quote(str(certificate)), shlex.quote(str(key))
    make = f"openssl req -x509 -days 365 {_names(host)}"
    if certificate not in missing:
        return (
            f"put the key there that {certificate} was issued for, with mode 0600; where it is lost,\n"
            "have a new certificate issued. For a first try move the certificate away: then this says how\n"
            "to make a pair"
        )
    if key not in missing:
        return (
            f"put the certificate with its chain there that was issued for {key}; for a first try make\n"
            "one that clients have to be told to trust:\n"
            f"  test -e {one} || {make} \\\n    -new -key {other} -out {one}"
        )
    places = " ".join(dict.fromkeys(shlex.quote(str(path.parent)) for path in (certificate, key)))
    return (
        "put the certificate with its chain and its key there, both with mode 0600; for a first try make\n"
        "one that clients have to be told to trust:\n"
        f"  mkdir -p -m 0700 {places}\n"
        f"  test -e {one} || test -e {other} || {make} \\\n"
        f"    -newkey rsa:2048 -nodes -keyout {other} -out {one}"
    )


def _names(host: str) -> str:
    bare = host.strip("[]")
    kind = "IP" if ":" in bare or bare.replace(".", "").isdigit() else "DNS"
    return (
        f"{shlex.join(('-subj', f'/CN={bare}'))} {shlex.join(('-addext', f'subjectAltName={kind}:{bare}'))}"
    )
