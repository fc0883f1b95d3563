"""Listeners without a password or without TLS that everybody who reaches this machine can reach."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.addresses import split_host_port
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name

EVERYWHERE = ("", "0.0.0.0", "[::]")  # noqa: S104 - compared, not bound
_OFFERED = {
    "debug_addr": "reads profiles and counters without a password, and can slow the registry down",
    "registry_http_addr": "gets there without TLS: tokens and images cross the network in plain text",
}


def check_reach(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield a warning for each address that means every interface, with who can reach what there.

    Args:
        settings: validated.
        places: where they were given.
    """
    if settings.registry.enable is False:
        return
    for name, offer in _OFFERED.items():
        address = getattr(settings.registry, name)
        if address is None:
            continue
        host, port = split_host_port(address)
        if host in EVERYWHERE:
            path: SettingPath = ("registry", name)
            yield Diagnostic(
                Severity.WARNING,
                "reachable-by-all",
                f"{setting_name(path)} is every address of this machine: whoever reaches port {port} {offer}",
                places.value(path),
                f"'127.0.0.1:{port}' is for this machine alone; where another has to reach it, name the"
                " address that it uses, and let a firewall keep out the rest",
            )
