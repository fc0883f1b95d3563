"""nginx's part of a plan."""

from __future__ import annotations

from collections.abc import Collection

from ctl.paths import Layout
from ctl.plan.address import LOOPBACK, ListenAddress
from ctl.plan.derive import Derived, Public
from ctl.plan.hiding import hide
from ctl.plan.model import (
    CertificateFact,
    Facts,
    NginxPlan,
    RedirectPlan,
    RotationPlan,
    Secret,
    SocketsPlan,
    TlsPlan,
    VhostPlan,
)
from ctl.plan.names import Headers, internal_names, strangers_plan, vhost_names
from ctl.plan.registry import service_account
from ctl.settings.model import Settings
from ctl.settings.sections.vhost import Vhost
from ctl.syntax.model import SettingPath

# From this version on nginx has "http2 on"; before, it is a word of the listen directive.
HTTP2_DIRECTIVE = (1, 25, 1)
# nginx ends a connection after 1000. Of HTTP/1.1 that costs nothing; of HTTP/2 others of its requests are
# under way, and clients written in Go cannot send a body again. More than an image needs, at four a layer.
HTTP2_REQUESTS = 10_000
# The name that nginx chose the server by, with the port as the client wrote it. The Host header itself may
# name another: beside an absolute URL in the request line it does not count.
HOST = "$host$asked_port"
# Of a proxy in front the registry's own names are believed; the other header says the same in another form.
_ORIGIN = {"X-Forwarded-Host": "$forwarded_host", "Forwarded": ""}
_INTERNAL_HEADERS: Headers = (
    ("Host", HOST),
    ("X-Real-IP", "$remote_addr"),
    ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
    *_ORIGIN.items(),
)
_SECTIONS: tuple[SettingPath, ...] = (("registry", "nginx"), ("registry_nginx",))


def vhost_plan(
    settings: Settings,
    derived: Derived,
    facts: Facts,
    layout: Layout,
    public: Public,
    sockets: SocketsPlan | None,
    tainted: Collection[SettingPath],
) -> VhostPlan:
    """Decide how the registry's vhost looks."""
    vhost = settings.registry.nginx
    tls = derived.listens_tls
    port = vhost.listen_port or public.port
    real_ip_header = vhost.real_ip_header or ("proxy_protocol" if vhost.proxy_protocol else None)
    custom = vhost.custom_gitlab_server_config
    names = vhost_names(settings, public)
    listen = _listen(vhost, port, tls=tls, http2=tls and vhost.http2_enabled and not _directive(facts))
    redirect = _redirect(vhost, public, settings) if derived.redirects else None
    internal = (_internal(derived.http_addr),) if sockets else ()
    headers = _headers(vhost, public.scheme, tainted)
    shown = f":{public.port_shown}" if public.port_shown else ""
    strangers = strangers_plan(
        settings, derived, facts, names, listen, redirect.listen if redirect else (), internal, headers, shown
    )
    return VhostPlan(
        binary=settings.ctl.nginx_binary,
        stamp=facts.nginx.stamp if facts.nginx else "",
        account=service_account(facts, settings.web_server.username, settings.web_server.group),
        directory=str(layout.under(derived.nginx_directory)),
        log_directory=str(layout.under(derived.nginx_log_directory)),
        error_log_level=vhost.error_log_level,
        host=names[0],
        names=names,
        listen=listen,
        port=port,
        proxy_protocol=vhost.proxy_protocol,
        tls=_tls(vhost, facts, layout) if tls else None,
        redirect=redirect,
        upstream=derived.http_addr.reached,
        socket=sockets.active if sockets else None,
        internal=internal,
        internal_names=internal_names(derived.http_addr, names),
        internal_headers=_INTERNAL_HEADERS,
        strangers=tuple(strangers),
        headers=headers,
        hsts=_hsts(vhost) if public.scheme == "https" else None,
        real_ip_header=real_ip_header,
        real_ip_recursive=vhost.real_ip_recursive,
        real_ip_from=tuple(vhost.real_ip_trusted_addresses),
        custom=_custom(custom, [(*section, "custom_gitlab_server_config") for section in _SECTIONS], tainted),
        main=_main(settings, tainted),
        rotation=_rotation(settings),
    )


def _custom(text: str | None, paths: Collection[SettingPath], tainted: Collection[SettingPath]) -> str | None:
    """Return text of the administrator's own, as a secret where it came from elsewhere."""
    return Secret(text) if text is not None and any(path in tainted for path in paths) else text


def _main(settings: Settings, tainted: Collection[SettingPath]) -> NginxPlan:
    given = settings.nginx
    return NginxPlan(
        worker_processes=given.worker_processes,
        worker_connections=given.worker_connections,
        hash_bucket_size=given.server_names_hash_bucket_size,
        log_format=given.log_format,
        custom=_custom(given.custom_nginx_config, [("nginx", "custom_nginx_config")], tainted),
    )


def _rotation(settings: Settings) -> RotationPlan:
    given = settings.logging
    return RotationPlan(
        frequency=given.logrotate_frequency,
        size=given.logrotate_size,
        maxsize=given.logrotate_maxsize,
        count=given.logrotate_rotate,
        compress=given.logrotate_compress,
    )


def _internal(address: ListenAddress) -> ListenAddress:
    """Where nginx listens in the registry's place, for GitLab and for who else goes past the vhost."""
    if address.everywhere:
        return address if address.ipv6 else ListenAddress("*", address.port)
    # Whatever else the name may resolve to.
    return ListenAddress(LOOPBACK if address.host == "localhost" else address.host, address.port)


def _listen(vhost: Vhost, port: int, *, tls: bool = False, http2: bool = False) -> tuple[ListenAddress, ...]:
    return tuple(
        ListenAddress(host.strip("[]"), port, vhost.proxy_protocol, tls, http2)
        for host in vhost.listen_addresses
    )


def _directive(facts: Facts) -> bool:
    """Whether nginx has a directive for HTTP/2."""
    return facts.nginx_version >= HTTP2_DIRECTIVE


def _tls(vhost: Vhost, facts: Facts, layout: Layout) -> TlsPlan:
    fact = facts.certificate or CertificateFact("", "", "")
    return TlsPlan(
        certificate=fact.certificate,
        key=fact.key,
        digest=fact.digest,
        http2=vhost.http2_enabled and _directive(facts),
        keepalive_requests=HTTP2_REQUESTS if vhost.http2_enabled else None,
        ciphers=vhost.ssl_ciphers,
        protocols=vhost.ssl_protocols,
        prefer_server_ciphers=vhost.ssl_prefer_server_ciphers,
        session_cache=vhost.ssl_session_cache,
        session_tickets=vhost.ssl_session_tickets,
        session_timeout=vhost.ssl_session_timeout,
        dhparam=_under(layout, vhost.ssl_dhparam),
        ecdh_curve=vhost.ssl_ecdh_curve,
        password_file=_under(layout, vhost.ssl_password_file),
        client_certificate=_under(layout, vhost.ssl_client_certificate),
        verify_client=vhost.ssl_verify_client,
        verify_depth=vhost.ssl_verify_depth,
        conf_commands=tuple(_command(command) for command in vhost.ssl_conf_command),
    )


def _under(layout: Layout, path: str | None) -> str | None:
    return str(layout.under(path)) if path else None


def _command(text: str) -> tuple[str, str]:
    name, value = text.split(None, 1)
    return name, value.strip()


def _redirect(vhost: Vhost, public: Public, settings: Settings) -> RedirectPlan:
    """The server that sends plain HTTP to the https URL, with the port that users see (B38)."""
    port = public.port if public.port != 443 else settings.gitlab_rails.registry_port
    shown = "" if port in (None, 443) else f":{port}"
    host = (vhost.fqdn or public.host).lower()
    return RedirectPlan(
        listen=_listen(vhost, vhost.redirect_http_to_https_port),
        target=f"https://{host}{shown}",
    )


def _headers(vhost: Vhost, scheme: str, tainted: Collection[SettingPath]) -> Headers:
    """The request headers for the registry: the usual ones, then those of the settings (B14–B17)."""
    client = "$proxy_protocol_addr" if vhost.proxy_protocol else None
    headers: dict[str, str | None] = {
        "Host": HOST,
        "X-Real-IP": client or "$remote_addr",
        "X-Forwarded-For": client or "$proxy_add_x_forwarded_for",
        "X-Forwarded-Proto": scheme,
        **_ORIGIN,
    }
    if scheme == "https":
        headers["X-Forwarded-Ssl"] = "on"
    path = (*_SECTIONS[0], "proxy_set_headers")
    given: dict[str, str | None] = hide(vhost.proxy_set_headers, path, tainted)
    # Names are alike whatever their case; nginx would send both.
    spelled = {name.lower(): name for name in given}
    kept = {name: value for name, value in headers.items() if spelled.get(name.lower(), name) == name}
    return tuple((name, value) for name, value in (kept | given).items() if value is not None)


def _hsts(vhost: Vhost) -> str | None:
    if vhost.hsts_max_age <= 0:
        return None
    return f"max-age={vhost.hsts_max_age}" + ("; includeSubdomains" if vhost.hsts_include_subdomains else "")
