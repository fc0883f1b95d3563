"""``registry``: the registry itself."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings.section import Section
from ctl.settings.sections.metadata import Database, Gc
from ctl.settings.sections.redis import Redis, Reporting
from ctl.settings.sections.storage import Storage
from ctl.settings.sections.vhost import Vhost
from ctl.settings.types import (
    AbsolutePath,
    Account,
    CertificatePem,
    Duration,
    EnvironmentName,
    EnvironmentValue,
    Flag,
    HeaderName,
    HostPort,
    Integer,
    Name,
    PrivateKeyPem,
    RealmUrl,
    SecretText,
    Text,
    UdpAddress,
    Url,
    YamlOptions,
    choice,
    setting,
)


def _strings(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Headers = dict[HeaderName, Annotated[list[Text], BeforeValidator(_strings)]]


class Ignore(Section):
    """What an endpoint is not told of."""

    mediatypes: list[Text] | None = setting(output="config.yml:notifications.endpoints.ignore.mediatypes")
    """Media types."""
    actions: list[Text] | None = setting(output="config.yml:notifications.endpoints.ignore.actions")
    """Actions: push, pull, delete."""


class Endpoint(Section):
    """Somebody who is told of pushes and deletions."""

    name: Name = setting(..., output="config.yml:notifications.endpoints.name")
    """A name of its own; geo_event is GitLab Geo's."""
    url: Url = setting(..., output="config.yml:notifications.endpoints.url")
    """Where events are posted to."""
    timeout: Duration | None = setting(output="config.yml:notifications.endpoints.timeout")
    """How long to wait for an answer."""
    threshold: Integer | None = setting(output="config.yml:notifications.endpoints.threshold")
    """Deprecated: failures before a pause; GitLab's registry knows maxretries instead."""
    maxretries: Integer | None = setting(output="config.yml:notifications.endpoints.maxretries", since="17.1")
    """How often an event is tried again."""
    backoff: Duration | None = setting(output="config.yml:notifications.endpoints.backoff")
    """How long to pause after failures."""
    headers: Headers = setting({}, output="config.yml:notifications.endpoints.headers")
    """Headers of the request, each with a list of values."""
    disabled: Flag | None = setting(output="config.yml:notifications.endpoints.disabled")
    """Whether it is left out."""
    queuesizelimit: Integer | None = setting(output="config.yml:notifications.endpoints.queuesizelimit")
    """How many events may wait; GitLab's registry only."""
    queuepurgetimeout: Duration | None = setting(
        output="config.yml:notifications.endpoints.queuepurgetimeout"
    )
    """How long waiting events may take when the registry stops; GitLab's registry only."""
    ignoredmediatypes: list[Text] | None = setting(
        output="config.yml:notifications.endpoints.ignoredmediatypes"
    )
    """Media types that it is not told of."""
    ignore: Ignore | None = setting()
    """What it is not told of."""


# The registry leaves a kind that it does not know alone, without a word.
MiddlewareKind = Annotated[str, BeforeValidator(choice("registry", "repository", "storage"))]


class Middleware(Section):
    """A storage, repository or registry middleware."""

    name: Name = setting(..., output="config.yml:middleware")
    """The middleware's name."""
    options: YamlOptions = setting({}, output="config.yml:middleware")
    """Its options, as the registry documents them."""


class Registry(Section):
    """The registry."""

    enable: Flag | None = setting()
    """Whether the registry runs on this machine; by default when registry_external_url is set."""
    username: Account = setting("registry")
    """The account that the registry runs as."""
    group: Account = setting("registry")
    """The group of that account."""
    uid: Integer | None = setting()
    """Its number, when it has to be made."""
    gid: Integer | None = setting()
    """The group's number, when it has to be made."""
    dir: AbsolutePath = setting("/var/opt/gitlab/registry")
    """Where config.yml and the token certificate are found."""
    shell: AbsolutePath = setting("/usr/sbin/nologin")
    """The account's shell, when it has to be made."""
    log_directory: AbsolutePath = setting("/var/log/gitlab/registry")
    """Where the registry's log is written."""
    log_group: Account | None = setting()
    """A group that may read the log; by default logging['log_group']."""
    env_directory: AbsolutePath = setting("/opt/gitlab/etc/registry/env")
    """Where the environment variables are found, a file each."""
    env: dict[EnvironmentName, EnvironmentValue] = setting({})
    """Environment variables of the registry."""
    log_level: Annotated[str, BeforeValidator(choice("error", "warn", "info", "debug"))] = setting(
        "info", output="config.yml:log.level"
    )
    """From which level on the registry logs."""
    log_formatter: Annotated[str, BeforeValidator(choice("text", "json", "logstash"))] = setting(
        "text", output="config.yml:log.formatter"
    )
    """The form of its log."""
    svlogd_size: Integer | None = setting(output="log/config:s")
    """Bytes after which the log is rotated; by default logging['svlogd_size']."""
    svlogd_num: Integer | None = setting(output="log/config:n")
    """How many rotated logs are kept; by default logging['svlogd_num']."""
    svlogd_timeout: Integer | None = setting(output="log/config:t")
    """Seconds after which the log is rotated; by default logging['svlogd_timeout']."""
    svlogd_filter: Text | None = setting(output="log/config:!")
    """Program that rotated logs go through; by default logging['svlogd_filter'], none for an empty string."""
    svlogd_udp: UdpAddress | None = setting(output="log/config:u")
    """Address that log lines are sent to as well; by default logging['svlogd_udp']."""
    svlogd_prefix: Text | None = setting(output="log/config:p")
    """Text before every line; by default logging['svlogd_prefix']."""
    registry_http_addr: HostPort | None = setting(output="config.yml:http.addr")
    """Where the registry listens behind nginx; by default 127.0.0.1:5000."""
    http_secret: SecretText | None = setting(output="config.yml:http.secret")
    """Signs the state of uploads; the same on every node, made when not given."""
    http_draintimeout: Duration | None = setting(output="config.yml:http.draintimeout", since="18.10")
    """How long a stopping registry finishes requests; by default ctl['drain_timeout']."""
    debug_addr: HostPort | None = setting(output="config.yml:http.debug.addr")
    """Where health and metrics are served, without a password."""
    token_realm: RealmUrl | None = setting(output="config.yml:auth.token.realm")
    """GitLab's URL as clients reach it; by default external_url."""
    autoredirect: Flag = setting(False, output="config.yml:auth.token.autoredirect")
    """Whether the realm is taken from the request's host."""
    rootcertbundle: AbsolutePath | None = setting(output="config.yml:auth.token.rootcertbundle")
    """Certificates of the keys whose tokens are accepted; by default the one of internal_certificate."""
    internal_key: PrivateKeyPem | None = setting(output="gitlab-registry.key")
    """The key that GitLab signs tokens with."""
    internal_certificate: CertificatePem | None = setting(output="gitlab-registry.crt")
    """The certificate that the registry checks them against."""
    health_storagedriver_enabled: Flag = setting(True, output="config.yml:health.storagedriver.enabled")
    """Whether the registry reports itself ill when its storage does not answer."""
    validation_enabled: Flag = setting(False, output="config.yml:validation.disabled")
    """Whether pushed manifests are checked."""
    compatibility_schema1_enabled: Flag = setting(False, output="config.yml:compatibility.schema1.enabled")
    """Whether manifests of schema 1 are accepted."""
    storage: Storage | None = setting(output="config.yml:storage")
    """Where images lie."""
    storage_delete_enabled: Flag = setting(True, output="config.yml:storage.delete.enabled")
    """Whether clients may delete."""
    middleware: dict[MiddlewareKind, list[Middleware]] | None = setting(
        output="config.yml:middleware", since="14.7"
    )
    """Middlewares by kind: registry, repository, storage."""
    notifications: list[Endpoint] | None = setting(output="config.yml:notifications.endpoints")
    """Who is told of pushes and deletions."""
    default_notifications_timeout: Duration = setting("500ms")
    """Timeout of endpoints that have none of their own."""
    default_notifications_threshold: Integer = setting(5)
    """Threshold of endpoints that have none of their own."""
    default_notifications_maxretries: Integer = setting(5, since="17.1")
    """Retries of endpoints that have none of their own."""
    default_notifications_backoff: Duration = setting("1s")
    """Pause of endpoints that have none of their own."""
    default_notifications_headers: Headers = setting({})
    """Headers of every endpoint; its own win."""
    database: Database | None = setting(output="config.yml:database", since="16.4")
    """The metadata database of GitLab's registry."""
    auto_migrate: Flag = setting(True, since="18.3")
    """Whether a reconfigure brings the metadata database up to date."""
    gc: Gc | None = setting(output="config.yml:gc", since="16.10")
    """Online garbage collection of GitLab's registry."""
    redis: Redis | None = setting(output="config.yml:redis")
    """Redis."""
    reporting: Reporting | None = setting(output="config.yml:reporting", since="18.3")
    """Errors reported elsewhere."""
    nginx: Vhost = setting(Vhost.as_declared(), output="vhost")
    """The virtual host in front of the registry."""


__all__ = ["Endpoint", "Middleware", "Registry"]
