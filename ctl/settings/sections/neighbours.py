"""Sections that belong to other services too; only the keys declared here concern the registry."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings import addresses, shapes, text
from ctl.settings.section import ForeignSection
from ctl.settings.shapes import DIGITS, Shape, matching, number, shaped
from ctl.settings.types import (
    AbsolutePath,
    Account,
    Flag,
    Integer,
    Name,
    NginxExpression,
    NginxLogDirectory,
    NginxPath,
    Port,
    RawText,
    Text,
    UdpAddress,
    choice,
    setting,
)

# Omnibus's default without the query, which may hold what is nobody's business.
LOG_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request_method $uri $server_protocol" $status'
    ' $body_bytes_sent "$http_user_agent" $request_length $request_time $upstream_response_time'
)
_SHOWN_ANYWAY = "the registry's vhost never shows the version of nginx"
_REOPENED = "nginx is told to open its logs again, so that no line is lost"
_DAYS = "rotated logs are numbered"


@shaped(
    Shape(
        "number, or 'auto'", {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}, (DIGITS,), 4
    )
)
def _workers(value: Any) -> str:
    given = value if isinstance(value, str) else str(value)
    if isinstance(value, bool) or (given != "auto" and not (given.isdecimal() and 0 < int(given) <= 1024)):
        raise ValueError("a number of processes from 1 to 1024, or 'auto', is expected")
    return given


@shaped(number(16, 1_000_000, "whole number from 16"))
def _connections(value: Any) -> int:
    return _between(value, 16, 1_000_000)


@shaped(number(32, 4096, "whole number from 32 to 4096"))
def _bucket(value: Any) -> int:
    return _between(value, 32, 4096)


def _between(value: Any, low: int, high: int) -> int:
    given = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise ValueError(f"a number between {low} and {high} is expected")
    return given


@shaped(matching("size such as '200M'", "[1-9][0-9]{0,15}[kMG]?", "100M"))
def _size(value: Any) -> str:
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) else text.one_line(value)
    amount = given[:-1] if given[-1:] in ("k", "M", "G") else given
    if not (amount.isascii() and amount.isdecimal()) or int(amount) == 0 or len(amount) > 16:
        raise ValueError("a size is expected, such as '200M'; the units are k, M and G")
    return given


Size = Annotated[str, BeforeValidator(_size)]
Ipv4 = Annotated[str, BeforeValidator(addresses.ipv4_address), shapes.IPV4_ADDRESS]


class Nginx(ForeignSection):
    """GitLab's nginx: what concerns nginx as a whole; the registry's vhost has settings of its own."""

    enable: Flag | None = setting()
    """Whether nginx runs on this machine; by default when the registry has a virtual host."""
    dir: NginxPath = setting("/var/opt/gitlab/nginx", output="sv/nginx/run")
    """nginx's working directory."""
    log_directory: NginxLogDirectory = setting("/var/log/gitlab/nginx", output="logrotate.conf")
    """Directory of the access and error logs."""
    log_format: NginxExpression = setting(LOG_FORMAT, output="nginx.conf:log_format")
    """What a line of the access log holds, with nginx's variables."""
    custom_nginx_config: RawText | None = setting(output="nginx.conf")
    """Text that is put at the end of nginx's http block as it is."""
    server_names_hash_bucket_size: Annotated[int, BeforeValidator(_bucket)] = setting(
        128, output="nginx.conf:server_names_hash_bucket_size"
    )
    """Bytes for a server's name; more where names are very long."""
    worker_processes: Annotated[str, BeforeValidator(_workers)] = setting(
        "auto", output="nginx.conf:worker_processes"
    )
    """How many processes nginx has; auto for one a processor."""
    worker_connections: Annotated[int, BeforeValidator(_connections)] = setting(
        10240, output="nginx.conf:worker_connections"
    )
    """How many connections each of them may have."""
    hide_server_tokens: Any = setting(idle=_SHOWN_ANYWAY)
    """Accepted for the sake of existing files; it has no effect: nginx's version is never shown."""


class Logging(ForeignSection):
    """How logs are kept; where the registry has a setting of its own for the same, that one counts."""

    svlogd_size: Integer = setting(200 * 1024 * 1024, output="log/config:s")
    """Bytes after which the registry's log is rotated."""
    svlogd_num: Integer = setting(30, output="log/config:n")
    """How many of its rotated logs are kept."""
    svlogd_timeout: Integer = setting(24 * 60 * 60, output="log/config:t")
    """Seconds after which it is rotated."""
    svlogd_filter: Text = setting("gzip", output="log/config:!")
    """Program that its rotated logs go through; an empty string for none."""
    svlogd_udp: UdpAddress | None = setting(output="log/config:u")
    """Address that its lines are sent to as well."""
    svlogd_prefix: Text | None = setting(output="log/config:p")
    """Text before every line."""
    log_group: Account | None = setting()
    """A group that may read the registry's log."""
    udp_log_shipping_host: Ipv4 | None = setting(output="log/config:u")
    """IPv4 address of a log server that the registry's lines are sent to, named by host and service."""
    udp_log_shipping_port: Port = setting(514)
    """Port of the log server."""
    udp_log_shipping_hostname: Name | None = setting()
    """What this machine is called there; by default its host name."""
    logrotate_frequency: Annotated[
        str, BeforeValidator(choice("hourly", "daily", "weekly", "monthly", "yearly"))
    ] = setting("daily", output="logrotate.conf")
    """How often nginx's logs are rotated."""
    logrotate_rotate: Integer = setting(30, output="logrotate.conf:rotate")
    """How many of nginx's rotated logs are kept."""
    logrotate_size: Size | None = setting(output="logrotate.conf:size")
    """Size from which nginx's logs are rotated, in place of a frequency."""
    logrotate_maxsize: Size = setting("200M", output="logrotate.conf:maxsize")
    """Size from which nginx's logs are rotated before their time."""
    logrotate_compress: Annotated[str, BeforeValidator(choice("compress", "nocompress"))] = setting(
        "compress", output="logrotate.conf"
    )
    """Whether nginx's rotated logs are compressed."""
    logrotate_method: Any = setting(idle=_REOPENED)
    """Accepted for the sake of existing files; it has no effect: nginx opens its logs again instead."""
    logrotate_postrotate: Any = setting(idle=_REOPENED)
    """Accepted for the sake of existing files; it has no effect: nginx opens its logs again instead."""
    logrotate_dateformat: Any = setting(idle=_DAYS)
    """Accepted for the sake of existing files; it has no effect: rotated logs are numbered."""


class WebServer(ForeignSection):
    """The account of nginx's workers."""

    username: Account = setting("gitlab-www")
    """Its name."""
    group: Account = setting("gitlab-www")
    """Its group."""


class User(ForeignSection):
    """The account of GitLab."""

    username: Account = setting("git")
    """Its name."""
    group: Account = setting("git")
    """Its group, which may read the signing key."""


class ManageAccounts(ForeignSection):
    """Accounts of the services."""

    enable: Flag = setting(True)
    """Whether missing accounts are made; where not, a missing one is an error."""


class ManageStorageDirectories(ForeignSection):
    """Directories outside of what belongs to a service."""

    enable: Flag = setting(True)
    """Whether the directory of images is made when it is missing; where not, a missing one is an error."""
    manage_etc: Flag = setting(True)
    """Whether /etc/gitlab is made when it is missing."""


class Package(ForeignSection):
    """GitLab's package as a whole."""

    generate_default_secrets: Flag = setting(True)
    """Whether missing secrets are made; where not, a missing one is an error."""
    generate_secrets_json_file: Flag = setting(True)
    """Whether secrets that were made are written to gitlab-secrets.json."""


class Postgresql(ForeignSection):
    """GitLab's PostgreSQL, which the metadata database lies in when nothing else is said."""

    enable: Flag | None = setting()
    """Whether GitLab's package runs a PostgreSQL on this machine."""
    listen_address: Text | None = setting()
    """Where it listens; the host of the metadata database when registry['database'] names none."""
    port: Port | None = setting()
    """Its port; that of the metadata database when registry['database'] names none."""
    dir: AbsolutePath | None = setting()
    """The directory of its socket; the host of the metadata database when it listens nowhere else."""
