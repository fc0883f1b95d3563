"""Where servers listen."""

from __future__ import annotations

from msgspec import Struct

from ctl.settings.addresses import split_host_port

LOOPBACK = "127.0.0.1"
_EVERY_IPV4 = ("", "*", "0.0.0.0")  # noqa: S104 - compared, not bound
_EVERY_IPV6 = "::"


class ListenAddress(Struct, frozen=True):
    """An address that a server listens at, and what is spoken there.

    Args:
        host: as settings spell it, an address of IPv6 without its brackets; empty, ``*``, ``0.0.0.0`` and
            ``::`` are every address of this machine.
        port: from 1 to 65535.
        proxy_protocol: whether a load balancer says first who the client is.
        tls: whether TLS is spoken.
        http2: whether nginx is told of HTTP/2 here; newer ones are told elsewhere.
        default: whether requests under a name of no other server end here.
        ipv4_too: whether an address of IPv6 means IPv4 as well.
    """

    host: str
    port: int
    proxy_protocol: bool = False
    tls: bool = False
    http2: bool = False
    default: bool = False
    ipv4_too: bool = False

    @classmethod
    def parse(cls, text: str) -> ListenAddress:
        """Take a validated ``host:port`` apart."""
        host, port = split_host_port(text)
        return cls(host.strip("[]"), port)

    @property
    def ipv6(self) -> bool:
        """Whether it is an address of IPv6."""
        return ":" in self.host

    @property
    def url_host(self) -> str:
        """The host as it stands before a port, in brackets where it is an address of IPv6."""
        return f"[{self.host}]" if self.ipv6 else self.host

    @property
    def everywhere(self) -> bool:
        """Whether it is every address of this machine, of IPv4 or of both."""
        return self.host in _EVERY_IPV4 or self.host == _EVERY_IPV6

    @property
    def reached(self) -> ListenAddress:
        """Where it is reached from this machine.

        An address that means every interface is reached over loopback, and the name localhost, which may
        resolve to an IPv6 address that nobody listens at, is not left to the resolver.
        """
        if self.host in (*_EVERY_IPV4, "localhost"):
            return ListenAddress(LOOPBACK, self.port)
        return ListenAddress("::1" if self.host == _EVERY_IPV6 else self.host, self.port)

    def __str__(self) -> str:
        return f"{self.url_host}:{self.port}"
