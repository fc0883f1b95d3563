"""Under which names nginx answers for the registry, and what becomes of every other name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from ctl.plan.derive import Public, listens_tls
from ctl.plan.model import Facts, StrangersPlan
from ctl.plan.registry import http_address
from ctl.settings.model import Settings
from ctl.settings.rules.reach import EVERYWHERE
from ctl.settings.types import split_host_port

# From this version on nginx can refuse a name before it shows a certificate.
REJECTS_HANDSHAKE = (1, 19, 4)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

Headers = tuple[tuple[str, str], ...]


def vhost_names(settings: Settings, public: Public) -> tuple[str, ...]:
    """The names of the vhost: its own, the one that users see, those given, the one that GitLab asks for."""
    vhost = settings.registry.nginx
    own = vhost.fqdn or public.host
    return _names([own, public.host, *vhost.server_names, *_api_host(settings)])


def internal_names(settings: Settings, public: Public) -> tuple[str, ...]:
    """The names of the registry's own address: the vhost's, loopback's, and the address itself."""
    host, _ = split_host_port(http_address(settings))
    address = [] if host in EVERYWHERE else [host]
    return _names([*address, *_LOOPBACK, *vhost_names(settings, public)])


def names_pattern(names: tuple[str, ...]) -> str:
    """Return nginx's pattern for a host header that holds one of the names, with whatever port."""
    return rf"~*^(?:{'|'.join(map(re.escape, names))})(?::[0-9]+)?\z"


def strangers_plan(
    settings: Settings,
    facts: Facts,
    names: tuple[str, ...],
    listen: tuple[str, ...],
    redirect: tuple[str, ...],
    internal: tuple[str, ...],
    headers: Headers,
    port: str,
) -> Iterator[StrangersPlan]:
    """Yield the servers that meet every name that is not the registry's, one for each kind of listener.

    Args:
        settings: validated.
        facts: of the machine.
        names: of the vhost.
        listen: the vhost's addresses with their words.
        redirect: where plain HTTP is sent on to https.
        internal: the registry's own addresses.
        headers: of the vhost's requests to the registry.
        port: of the registry's URL, as it is shown: ``:5050``, or empty.
    """
    tls = listens_tls(settings)
    health = None
    if settings.registry.nginx.health_check_by_address:
        # The name that was asked for goes no further: the registry would make URLs of it.
        health = tuple((name, f"{names[0]}{port}" if name == "Host" else one) for name, one in headers)
    word = _first(settings)
    if internal:
        host, _ = split_host_port(http_address(settings))
        # To the registry this address means IPv4 as well; nginx is told so once.
        both = "ipv6only=off " if host == "[::]" else ""
        yield StrangersPlan(_with(internal, f"{both}{word}"), by_address=host in EVERYWHERE)
    if redirect:
        yield StrangersPlan(_with(redirect, word))
    # Who connects to an address sends no name in the handshake; that cannot be told from a stranger.
    nameless = health is not None or any(_is_address(name) for name in names)
    handshake = tls and not nameless and facts.nginx_version >= REJECTS_HANDSHAKE
    yield StrangersPlan(_with(listen, word), tls, handshake, health)


def _names(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return host names as nginx compares them: in lower case, without the last dot, each once."""
    return tuple(dict.fromkeys(host.lower().removesuffix(".") for host in hosts))


def _api_host(settings: Settings) -> list[str]:
    host = urlsplit(settings.gitlab_rails.registry_api_url or "").hostname
    return [] if not host else [f"[{host}]" if ":" in host else host]


def _is_address(name: str) -> bool:
    return name.startswith("[") or re.fullmatch(r"[0-9.]+", name) is not None


def _first(settings: Settings) -> str:
    """The word that makes a server the one for all other names; nginx takes it once for an address.

    Who writes such a server in text of nginx's own keeps it.
    """
    own = (settings.nginx.custom_nginx_config, settings.registry.nginx.custom_gitlab_server_config)
    return "" if any("default_server" in (text or "") for text in own) else "default_server"


def _with(listen: tuple[str, ...], word: str) -> tuple[str, ...]:
    return tuple(f"{one} {word}".rstrip() for one in listen)
