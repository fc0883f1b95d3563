"""``registry['nginx']``, formerly ``registry_nginx``: the virtual host in front of the registry."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ctl.settings.addresses import integer
from ctl.settings.section import Section
from ctl.settings.shapes import Shape, number, shaped
from ctl.settings.types import (
    Flag,
    HeaderName,
    HostName,
    ListenAddress,
    NginxExpression,
    NginxLogDirectory,
    NginxPath,
    NginxText,
    Port,
    RawText,
    choice,
    setting,
)

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"
)


def _list(value: Any) -> Any:
    """Accept one string where a list is meant, as Omnibus does for several settings."""
    return [value] if isinstance(value, str) else value


def _addresses(value: list[str]) -> list[str]:
    """Refuse a list that nginx would read as "every address", or not at all."""
    if not value:
        raise ValueError("at least one address is expected; '*' stands for all")
    if len(set(value)) < len(value):
        raise ValueError("an address is named twice")
    return value


@shaped(Shape("'on' or 'off'", {"enum": ["on", "off"]}, ({"type": "boolean"},), "on"))
def _on_off(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return choice("on", "off")(value)


@shaped(number(0, 2**31 - 1, "whole number"))
def _digits(value: Any) -> int:
    number = integer(value)
    if number > 2**31 - 1:
        raise ValueError("this number is too large")
    return number


OnOff = Annotated[str, BeforeValidator(_on_off)]
NginxTextList = Annotated[list[NginxText], BeforeValidator(_list)]
LOG_LEVELS = ("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg")


class Vhost(Section):
    """The virtual host of the registry."""

    enable: Flag = setting(True, output="vhost")
    """Whether there is a virtual host; it needs nginx['enable'] too."""
    https: Flag | None = setting(output="vhost:listen")
    """Whether it speaks TLS; by default when registry_external_url begins with https."""
    listen_https: Flag | None = setting(output="vhost:listen")
    """Whether it speaks TLS, where that differs from the URL: false behind a proxy that ends TLS."""
    listen_port: Port | None = setting(output="vhost:listen")
    """The port it listens on, where that differs from the port of registry_external_url."""
    listen_addresses: Annotated[list[ListenAddress], BeforeValidator(_list), AfterValidator(_addresses)] = (
        setting(["*"], output="vhost:listen")
    )
    """The addresses it listens on."""
    fqdn: HostName | None = setting(output="vhost:server_name")
    """Its name, where that differs from the host of registry_external_url."""
    server_names: Annotated[list[HostName], BeforeValidator(_list)] = setting([], output="vhost:server_name")
    """Further names and addresses that it answers to; every other name is refused."""
    health_check_by_address: Flag = setting(False, output="vhost:location")
    """Whether / and /v2/ are answered whatever name is asked for, as a load balancer's health check does."""
    redirect_http_to_https: Flag = setting(False, output="vhost:return")
    """Whether plain HTTP requests are sent to the https URL."""
    redirect_http_to_https_port: Port = setting(80, output="vhost:listen")
    """The port whose requests are sent to the https URL."""
    http2_enabled: Flag = setting(False, output="vhost:http2")
    """Whether HTTP/2 is offered."""
    ssl_certificate: NginxPath | None = setting(output="vhost:ssl_certificate")
    """Certificate with its chain; by default /etc/gitlab/ssl/HOST.crt."""
    ssl_certificate_key: NginxPath | None = setting(output="vhost:ssl_certificate_key")
    """Key of the certificate; by default /etc/gitlab/ssl/HOST.key."""
    ssl_ciphers: NginxText = setting(CIPHERS, output="vhost:ssl_ciphers")
    """Cipher suites up to TLS 1.2."""
    ssl_protocols: NginxText = setting("TLSv1.2 TLSv1.3", output="vhost:ssl_protocols")
    """Versions of TLS."""
    ssl_prefer_server_ciphers: OnOff = setting("off", output="vhost:ssl_prefer_server_ciphers")
    """Whether the server's order of cipher suites wins."""
    ssl_session_cache: NginxText = setting("shared:SSL:10m", output="vhost:ssl_session_cache")
    """Cache of TLS sessions."""
    ssl_session_tickets: OnOff = setting("off", output="vhost:ssl_session_tickets")
    """Whether sessions are resumed by tickets."""
    ssl_session_timeout: NginxText = setting("1d", output="vhost:ssl_session_timeout")
    """How long a session can be resumed, in nginx's syntax."""
    ssl_dhparam: NginxPath | None = setting(output="vhost:ssl_dhparam")
    """File of Diffie-Hellman parameters."""
    ssl_ecdh_curve: NginxText = setting("X25519:prime256v1:secp384r1", output="vhost:ssl_ecdh_curve")
    """Curves for ECDHE."""
    ssl_password_file: NginxPath | None = setting(output="vhost:ssl_password_file")
    """File with the pass phrase of the key."""
    ssl_client_certificate: NginxPath | None = setting(output="vhost:ssl_client_certificate")
    """Certificates that client certificates are checked against."""
    ssl_verify_client: (
        Annotated[str, BeforeValidator(choice("on", "off", "optional", "optional_no_ca"))] | None
    ) = setting(output="vhost:ssl_verify_client")
    """Whether clients must show a certificate."""
    ssl_verify_depth: Annotated[int, BeforeValidator(_digits)] = setting(1, output="vhost:ssl_verify_depth")
    """Longest chain of a client certificate."""
    ssl_conf_command: NginxTextList = setting([], output="vhost:ssl_conf_command")
    """OpenSSL configuration commands: a name, a blank and a value each."""
    hsts_max_age: Annotated[int, BeforeValidator(_digits)] = setting(
        63072000, output="vhost:Strict-Transport-Security"
    )
    """Seconds that browsers remember to use https; 0 leaves the header out."""
    hsts_include_subdomains: Flag = setting(False, output="vhost:Strict-Transport-Security")
    """Whether that holds for subdomains too."""
    proxy_set_headers: dict[HeaderName, NginxExpression | None] = setting({}, output="vhost:proxy_set_header")
    """Headers for the registry on top of the usual ones; nil takes a usual one away."""
    proxy_protocol: Flag = setting(False, output="vhost:listen")
    """Whether connections begin with the PROXY protocol of a load balancer."""
    real_ip_header: NginxText | None = setting(output="vhost:real_ip_header")
    """Where the client's address is found behind a proxy."""
    real_ip_recursive: OnOff | None = setting(output="vhost:real_ip_recursive")
    """Whether to look past trusted proxies for it."""
    real_ip_trusted_addresses: NginxTextList = setting([], output="vhost:set_real_ip_from")
    """Proxies that are believed."""
    error_log_level: Annotated[str, BeforeValidator(choice(*LOG_LEVELS))] = setting(
        "error", output="vhost:error_log"
    )
    """From which level errors are logged."""
    log_directory: NginxLogDirectory | None = setting(output="logrotate.conf")
    """Directory of the access and error logs; by default nginx['log_directory']."""
    dir: NginxPath | None = setting(output="sv/nginx/run")
    """nginx's working directory; by default nginx['dir']."""
    custom_gitlab_server_config: RawText | None = setting(output="vhost")
    """Text that is put at the end of the server block as it is."""
    client_max_body_size: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    proxy_read_timeout: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    proxy_connect_timeout: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    proxy_custom_buffer_size: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    proxy_cache: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    gzip_enabled: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    gzip_comp_level: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    gzip_http_version: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    gzip_proxied: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    gzip_types: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    referrer_policy: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""
    request_buffering_off_path_regex: Any = setting()
    """Accepted for the sake of existing files; it has no effect on the registry's vhost."""


WITHOUT_EFFECT = (
    "client_max_body_size",
    "proxy_read_timeout",
    "proxy_connect_timeout",
    "proxy_custom_buffer_size",
    "proxy_cache",
    "gzip_enabled",
    "gzip_comp_level",
    "gzip_http_version",
    "gzip_proxied",
    "gzip_types",
    "referrer_policy",
    "request_buffering_off_path_regex",
)
