"""Gather the facts that the settings want, and no others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ctl.aside import Begun
from ctl.facts.binaries import check_filter, find_binary, flavour_of, nginx_version
from ctl.facts.certificates import Looked, Pair, Read, look
from ctl.facts.host import groups, has_accounts, node_value
from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.model import BinaryFact, CertificateFact, CredentialFacts, Facts
from ctl.process import Account, Runner, account_of
from ctl.settings.model import Settings


class Machine(Struct, frozen=True):
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


class Asked(Struct, frozen=True):
    """The programs that are being asked for their versions, side by side; None for those that need not be."""

    registry: Begun[BinaryFact] | None
    nginx: Begun[BinaryFact] | None


def ask_programs(settings: Settings, derived: Derived, machine: Machine) -> Asked:
    """Begin to ask the programs that settings want, while something else is looked at."""
    layout, runner = machine.layout, machine.runner
    wanted = machine.programs and derived.registry_enabled, machine.programs and derived.vhost_enabled
    return Asked(
        Begun(lambda: find_registry(settings, layout, runner)) if wanted[0] else None,
        Begun(lambda: find_nginx(settings, layout, runner)) if wanted[1] else None,
    )


def gather(
    settings: Settings,
    asked: Asked,
    machine: Machine,
    credentials: CredentialFacts,
    certificate: CertificateFact | None,
) -> Facts:
    """Gather what resolving needs.

    Raises:
        CtlError: a program is missing or is none that we know.
    """
    registry = nginx = None
    if asked.registry is not None:
        registry = asked.registry.result()
        for section, filter_of in (("registry", settings.registry), ("logging", settings.logging)):
            check_filter(filter_of.svlogd_filter, f"{section}['svlogd_filter']", trusted(machine.layout))
    if asked.nginx is not None:
        nginx = asked.nginx.result()
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


def find_nginx(settings: Settings, layout: Layout, runner: Runner) -> BinaryFact:
    """Ask nginx for its version, as the account that its workers run as.

    Raises:
        CtlError: see `find_binary`.
    """
    return find_binary(
        settings.ctl.nginx_binary,
        "ctl['nginx_binary']",
        "nginx-light",
        runner,
        "-v",
        trusted=trusted(layout),
        account=service_account(layout, settings.web_server.username),
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


def required_programs(derived: Derived, machine: Machine) -> list[tuple[str, str]]:
    """Return the helpers that the services need besides registry and nginx: program and package."""
    if not machine.programs or not derived.registry_enabled:
        return []
    needed = [("runsvdir", "runit"), ("sv", "runit"), ("chpst", "runit"), ("svlogd", "runit")]
    return [*needed, ("logrotate", "logrotate")] if derived.vhost_enabled else needed


def stand_in_paths(derived: Derived, layout: Layout) -> tuple[Path, Path]:
    """Return where the temporary certificate of this host and its key are kept."""
    public = derived.public
    name = public.bare_host.replace(":", "_") if public else "registry"
    return layout.state / "tls" / f"{name}.crt", layout.state / "tls" / f"{name}.key"


def look_at_certificate(
    settings: Settings, derived: Derived, machine: Machine, seen: Read | None = None
) -> Pair | None:
    """Look at the vhost's certificate, in the first place where there is one; None where there is no TLS.

    A tree that is rendered for another machine needs none yet, and offline none is looked at.

    Args:
        settings: whose vhost.
        derived: what follows from them.
        machine: where it lies.
        seen: see `look`.
    """
    paths, public = derived.certificate_paths, derived.public
    if paths is None or public is None:
        return None
    certificate, key = (machine.layout.under(path) for path in paths)
    unseen = CertificateFact(str(certificate), str(key), "")
    if machine.offline:
        return Pair(certificate, key, Looked(unseen))
    certificate, key = _present(derived, machine.layout) or (certificate, key)
    vhost = settings.registry.nginx
    host = vhost.fqdn or public.host
    looked = look(certificate, key, host, machine.now, vhost.ssl_password_file is not None, seen)
    if looked.missing and not machine.programs:
        return Pair(certificate, key, replace(looked, fact=unseen, missing=()))
    return Pair(certificate, key, looked)


def _present(derived: Derived, layout: Layout) -> tuple[Path, Path] | None:
    """Return the first pair of certificate and key of which both are there."""
    pairs = (
        (layout.under(certificate), layout.under(key)) for certificate, key in derived.certificate_candidates
    )
    return next((pair for pair in pairs if pair[0].exists() and pair[1].exists()), None)
