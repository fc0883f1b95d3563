"""``registry['redis']`` and ``registry['reporting']``."""

from ctl.settings.section import Section
from ctl.settings.types import Duration, Flag, Integer, Name, SecretText, setting


class RedisTls(Section):
    """TLS to Redis."""

    enabled: Flag | None = setting(output="config.yml:redis.tls.enabled")
    """Whether it is used."""
    insecure: Flag | None = setting(output="config.yml:redis.tls.insecure")
    """Whether any certificate is accepted."""


class RedisPool(Section):
    """Connections to Redis; the names of GitLab's registry, and those of distribution 2.8."""

    size: Integer | None = setting(output="config.yml:redis.pool.size")
    """How many may be open."""
    maxlifetime: Duration | None = setting(output="config.yml:redis.pool.maxlifetime")
    """How long a connection is used."""
    idletimeout: Duration | None = setting(output="config.yml:redis.pool.idletimeout")
    """How long a connection may stay without work."""
    maxidle: Integer | None = setting(output="config.yml:redis.pool.maxidle")
    """How many may stay open without work; distribution 2.8."""
    maxactive: Integer | None = setting(output="config.yml:redis.pool.maxactive")
    """How many may be open; distribution 2.8."""


class RedisConnection(Section):
    """A connection to Redis."""

    addr: Name | None = setting(output="config.yml:redis.addr")
    """host:port, or several separated by commas for Sentinel or Cluster."""
    mainname: Name | None = setting(output="config.yml:redis.mainname")
    """Name of the primary that Sentinel watches."""
    username: Name | None = setting(output="config.yml:redis.username")
    """User."""
    password: SecretText | None = setting(output="config.yml:redis.password")
    """Password."""
    sentinelusername: Name | None = setting(output="config.yml:redis.sentinelusername")
    """Sentinel's user."""
    sentinelpassword: SecretText | None = setting(output="config.yml:redis.sentinelpassword")
    """Sentinel's password."""
    db: Integer | None = setting(output="config.yml:redis.db")
    """Number of the database."""
    dialtimeout: Duration | None = setting(output="config.yml:redis.dialtimeout")
    """How long connecting may take."""
    readtimeout: Duration | None = setting(output="config.yml:redis.readtimeout")
    """How long reading may take."""
    writetimeout: Duration | None = setting(output="config.yml:redis.writetimeout")
    """How long writing may take."""
    tls: RedisTls | None = setting(output="config.yml:redis.tls")
    """TLS."""
    pool: RedisPool | None = setting(output="config.yml:redis.pool")
    """Connections."""


class RedisGroup(RedisConnection):
    """What Redis is used for, with a connection of its own."""

    enabled: Flag | None = setting(output="config.yml:redis.cache.enabled")
    """Whether it is used for this."""


class Redis(RedisConnection):
    """Redis."""

    cache: RedisGroup | None = setting(output="config.yml:redis.cache")
    """The cache."""
    loadbalancing: RedisGroup | None = setting(output="config.yml:redis.loadbalancing", since="18.3")
    """What database load balancing remembers."""
    ratelimiter: RedisGroup | None = setting(output="config.yml:redis.ratelimiter")
    """What the rate limiter counts."""


class Sentry(Section):
    """Errors reported to Sentry."""

    enabled: Flag | None = setting(output="config.yml:reporting.sentry.enabled")
    """Whether they are."""
    dsn: SecretText | None = setting(output="config.yml:reporting.sentry.dsn")
    """Sentry's address for this registry."""
    environment: Name | None = setting(output="config.yml:reporting.sentry.environment")
    """Name of the environment."""


class Reporting(Section):
    """Errors reported elsewhere."""

    sentry: Sentry | None = setting(output="config.yml:reporting.sentry", since="18.3")
    """Sentry."""
