"""The plan: every value that is rendered, decided; and the facts that deciding needs.

None never means "the default" here; it means that the thing is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ctl.diagnostics.known import MASK, Masker, mask_urls
from ctl.flavours.table import Flavour
from ctl.plan.address import ListenAddress
from ctl.plan.sections import DatabasePlan, EndpointPlan, MiddlewarePlan, Options, StoragePlan

Tree = TypeVar("Tree")


class Secret(str):
    """A value that must not be seen; its masked twin takes its place wherever a person looks."""

    __slots__ = ()
    shown = MASK

    def __repr__(self) -> str:
        return self.shown


class Partial(Secret):
    """A text of which a part must not be seen, such as the password of a URL."""

    __slots__ = ()

    @property
    def shown(self) -> str:  # type: ignore[override]
        """The text with that part masked."""
        return mask_urls(self, own=True)


class Unmade(Secret):
    """A secret that a real run would generate; that it is one is told by its type, not by its text."""

    __slots__ = ()
    shown = "<will be generated>"

    def __new__(cls, shown: str = shown) -> Unmade:
        """Make the one there is, or what is left of it after masking."""
        return super().__new__(cls, shown)


def masked(value: Tree, masker: Masker) -> Tree:
    """Return a copy in which every secret, at any depth, is replaced by what may be shown of it.

    Args:
        value: a plan, or a part of one.
        masker: replaces the secrets within texts that are none as a whole.
    """
    if isinstance(value, Secret):
        return type(value)(masker.mask(value.shown))
    if isinstance(value, str):
        return type(value)(masker.mask(value))
    if isinstance(value, Struct):
        parts = {name: masked(getattr(value, name), masker) for name in value.__struct_fields__}
        return replace(value, **parts)
    if isinstance(value, Mapping):
        return type(value)({name: masked(inner, masker) for name, inner in value.items()})  # type: ignore[call-arg]
    if isinstance(value, tuple | list):
        return type(value)(masked(inner, masker) for inner in value)
    return value


class BinaryFact(Struct, frozen=True):
    """A program: where it is, what it is, and a stamp that changes when its file does."""

    path: str
    version: str
    stamp: str


class CertificateFact(Struct, frozen=True):
    """A TLS certificate and key as found on disk.

    Args:
        digest: changes with what the files hold, and with every writing to them.
        temporary: whether it is the self-signed one that ``ctl`` made to let nginx start.
    """

    certificate: str
    key: str
    digest: str
    temporary: bool = False


class CredentialFacts(Struct, frozen=True):
    """The secrets of the registry; what is None is not used on this machine."""

    http_secret: Secret
    key: Secret | None
    certificate: str | None
    jwks: str | None = None


class Facts(Struct, frozen=True):
    """What resolving must know of the machine.

    Args:
        registry: the registry's program; None where it was not looked for or is not there.
        flavour: what the program is.
        nginx: nginx's program.
        nginx_version: such as (1, 22, 1).
        certificate: what lies at the vhost's certificate paths.
        credentials: see `CredentialFacts`.
        groups: the names of groups that exist; None where services run as the caller.
        host_name: this machine's; empty where nothing asks for it.
        sockets: whether nginx and the registry can meet at unix sockets, where ctl runs both of them.
    """

    registry: BinaryFact | None
    flavour: Flavour
    nginx: BinaryFact | None
    nginx_version: tuple[int, int, int]
    certificate: CertificateFact | None
    credentials: CredentialFacts
    groups: frozenset[str] | None
    host_name: str = ""
    sockets: bool = True


class Account(Struct, frozen=True):
    """Who a service runs as; names are None where it runs as the caller."""

    user: str | None
    group: str | None


class LogPlan(Struct, frozen=True):
    """How svlogd keeps a service's log; ``None`` leaves a line out."""

    directory: str
    group: str | None
    timestamps: bool
    size: int
    count: int
    timeout: int
    filter: str | None
    udp: str | None
    prefix: str | None


class SocketsPlan(Struct, frozen=True):
    """The unix sockets between nginx and the registry.

    nginx listens at the registry's address and passes on to the instance that serves, so that one instance
    can take over from the other and no client notices.

    Args:
        root: the directory that holds the link to the socket in use.
        directory: where instances make theirs.
        active: the link.
        group: of nginx's workers, which connect.
    """

    root: str
    directory: str
    active: str
    group: str | None


class RegistryPlan(Struct, frozen=True):
    """The registry's service and its config.yml.

    Args:
        drain_timeout: how long a stopping registry finishes requests, as the registry reads it.
        drain_seconds: the same.
        gitlab_url: where clients fetch tokens, without a slash at its end; the realm lies there.
    """

    binary: str
    stamp: str
    flavour: Flavour
    account: Account
    directory: str
    log: LogPlan
    environment_directory: str
    environment: tuple[tuple[str, str], ...]
    log_level: str
    log_formatter: str
    http_addr: ListenAddress
    sockets: SocketsPlan | None
    http_secret: Secret
    drain_timeout: str
    drain_seconds: float
    debug_addr: ListenAddress | None
    gitlab_url: str
    realm: str
    issuer: str
    autoredirect: bool
    bundle_path: str
    bundle: str | None
    jwks_path: str | None
    jwks: str | None
    storage: StoragePlan
    middleware: Mapping[str, tuple[MiddlewarePlan, ...]] | None
    notifications: tuple[EndpointPlan, ...] | None
    database: DatabasePlan | None
    migrates: bool
    gc: Options | None
    redis: Options | None
    reporting: Options | None
    health: bool
    validation_disabled: bool
    schema1: bool


class TlsPlan(Struct, frozen=True):
    """The TLS side of the vhost.

    Args:
        http2: whether HTTP/2 is offered by a directive of nginx; before it has one, ``listen`` says so.
        keepalive_requests: after so many a connection is ended; None for as many as nginx has by itself.
    """

    certificate: str
    key: str
    digest: str
    http2: bool
    keepalive_requests: int | None
    ciphers: str
    protocols: str
    prefer_server_ciphers: str
    session_cache: str
    session_tickets: str
    session_timeout: str
    dhparam: str | None
    ecdh_curve: str
    password_file: str | None
    client_certificate: str | None
    verify_client: str | None
    verify_depth: int
    conf_commands: tuple[tuple[str, str], ...]


class RedirectPlan(Struct, frozen=True):
    """The server that sends plain HTTP to the https URL."""

    listen: tuple[ListenAddress, ...]
    target: str


class NginxPlan(Struct, frozen=True):
    """What holds for nginx as a whole."""

    worker_processes: str
    worker_connections: int
    hash_bucket_size: int
    log_format: str
    custom: str | None


class RotationPlan(Struct, frozen=True):
    """How logrotate keeps nginx's logs; with a size their age does not count."""

    frequency: str
    size: str | None
    maxsize: str
    count: int
    compress: str


class StrangersPlan(Struct, frozen=True):
    """The server for requests under a name that is not the registry's.

    Args:
        listen: its addresses.
        tls: whether TLS is spoken there.
        handshake: whether it is refused in the handshake already, so that no certificate is shown.
        health: the request headers with which a health check is passed on; None to refuse it.
        by_address: whether who asks by the very address that was connected to is no stranger.
    """

    listen: tuple[ListenAddress, ...]
    tls: bool = False
    handshake: bool = False
    health: tuple[tuple[str, str], ...] | None = None
    by_address: bool = False


class VhostPlan(Struct, frozen=True):
    """nginx and the registry's vhost.

    Args:
        names: those that it answers to, ``host`` first.
        listen: where clients come.
        upstream: where nginx reaches the registry, unless by its socket.
        socket: the link to the registry's unix socket; None where there is none.
        internal: where nginx listens in the registry's place, for GitLab.
    """

    binary: str
    stamp: str
    account: Account
    directory: str
    log_directory: str
    error_log_level: str
    host: str
    names: tuple[str, ...]
    listen: tuple[ListenAddress, ...]
    port: int
    proxy_protocol: bool
    tls: TlsPlan | None
    redirect: RedirectPlan | None
    upstream: ListenAddress
    socket: str | None
    internal: tuple[ListenAddress, ...]
    internal_names: tuple[str, ...]
    internal_headers: tuple[tuple[str, str], ...]
    strangers: tuple[StrangersPlan, ...]
    headers: tuple[tuple[str, str], ...]
    hsts: str | None
    real_ip_header: str | None
    real_ip_recursive: str | None
    real_ip_from: tuple[str, ...]
    custom: str | None
    main: NginxPlan
    rotation: RotationPlan


class GitlabPlan(Struct, frozen=True):
    """The registry block of GitLab's gitlab.yml and the key that signs tokens.

    Args:
        api_url: where GitLab reaches the registry.
        api_local: whether that leads to it from this machine alone.
        public_url: where everybody does; None when the registry has no URL.
    """

    enabled: bool
    host: str | None
    port: int | None
    api_url: str | None
    api_local: bool
    public_url: str | None
    path: str | None
    key_path: str
    key: Secret | None
    issuer: str
    notification_secret: Secret | None
    default_feature: bool | None
    geo_enabled: bool | None
    geo_primary_url: str | None
    directory: str
    group: str | None


class Plan(Struct, frozen=True):
    """What one installation shall be."""

    registry: RegistryPlan | None
    vhost: VhostPlan | None
    gitlab: GitlabPlan
    registry_url: str | None
    log_root: str
    home: str
    keep_generations: int
    storage_directories: tuple[str, ...]
