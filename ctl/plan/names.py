"""Under which names nginx answers for the registry, and what becomes of every other name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from msgspec.structs import replace

from ctl.plan.address import ListenAddress
from ctl.plan.derive import Derived, Public
from ctl.plan.model import Facts, StrangersPlan
from ctl.settings.model import Settings

# From this version on nginx can refuse a name before it shows a certificate.
REJECTS_HANDSHAKE = (1, 19, 4)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

Headers = tuple[tuple[str, str], ...]


def vhost_names(settings: Settings, public: Public) -> tuple[str, ...]:
    """The names of the vhost: its own, the one that users see, those given, the one that GitLab asks for."""
    vhost = settings.registry.nginx
    own = vhost.fqdn or public.host
    return _names([own, public.host, *vhost.server_names, *_api_host(settings)])


def internal_names(address: ListenAddress, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the registry's own address: the vhost's, loopback's, and the address itself."""
    own = [] if address.everywhere else [address.url_host]
    return _names([*own, *_LOOPBACK, *names])


def strangers_plan(
    settings: Settings,
    derived: Derived,
    facts: Facts,
    names: tuple[str, ...],
    listen: tuple[ListenAddress, ...],
    redirect: tuple[ListenAddress, ...],
    internal: tuple[ListenAddress, ...],
    headers: Headers,
    port: str,
) -> Iterator[StrangersPlan]:
    """Yield the servers that meet every name that is not the registry's, one for each kind of listener.

    Args:
        settings: validated.
        derived: what follows from them.
        facts: of the machine.
        names: of the vhost.
        listen: the vhost's addresses.
        redirect: where plain HTTP is sent on to https.
        internal: the registry's own addresses.
        headers: of the vhost's requests to the registry.
        port: of the registry's URL, as it is shown: ``:5050``, or empty.
    """
    health = None
    if settings.registry.nginx.health_check_by_address:
        # The name that was asked for goes no further: the registry would make URLs of it.
        health = tuple((name, f"{names[0]}{port}" if name == "Host" else value) for name, value in headers)
    default = _is_default(settings)
    if internal:
        # To the registry an address of IPv6 that is everywhere means IPv4 as well; nginx is told so once.
        listeners = tuple(
            replace(address, default=default, ipv4_too=address.everywhere and address.ipv6)
            for address in internal
        )
        yield StrangersPlan(listeners, by_address=derived.http_addr.everywhere)
    if redirect:
        yield StrangersPlan(_all(redirect, default))
    # Who connects to an address sends no name in the handshake; that cannot be told from a stranger.
    nameless = health is not None or any(_is_address(name) for name in names)
    handshake = derived.listens_tls and not nameless and facts.nginx_version >= REJECTS_HANDSHAKE
    yield StrangersPlan(_all(listen, default), derived.listens_tls, handshake, health)


def _names(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return host names as nginx compares them: in lower case, without the last dot, each once."""
    return tuple(dict.fromkeys(host.lower().removesuffix(".") for host in hosts))


def _api_host(settings: Settings) -> list[str]:
    host = urlsplit(settings.gitlab_rails.registry_api_url or "").hostname
    return [] if not host else [f"[{host}]" if ":" in host else host]


def _is_address(name: str) -> bool:
    return name.startswith("[") or re.fullmatch(r"[0-9.]+", name) is not None


def _is_default(settings: Settings) -> bool:
    """Whether a server of ours is that for all other names; nginx takes one default for an address.

    Who writes such a server in text of nginx's own keeps it.
    """
    own = (settings.nginx.custom_nginx_config, settings.registry.nginx.custom_gitlab_server_config)
    return not any("default_server" in (text or "") for text in own)


def _all(listen: tuple[ListenAddress, ...], default: bool) -> tuple[ListenAddress, ...]:
    return tuple(replace(address, default=default) for address in listen)
