"""``registry['database']`` and ``registry['gc']``: the metadata database of GitLab's registry."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings.section import Section
from ctl.settings.shapes import DURATION, Shape, shaped
from ctl.settings.types import (
    AbsolutePath,
    Duration,
    Flag,
    Integer,
    Name,
    Port,
    SecretText,
    choice,
    go_duration,
    setting,
)

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@shaped(
    Shape("true, false or 'prefer'", {"enum": [True, False, "prefer"]}, ({"enum": ["true", "false"]},), True)
)
def _enabled(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if value in ("true", "false", "prefer"):
        return str(value)
    raise ValueError("true, false or 'prefer' is expected")


@shaped(Shape("duration, or -1", {"anyOf": [DURATION.schema, {"const": -1}]}, ({"enum": [0, "-1"]},), "24h"))
def _review(value: Any) -> str | int:
    # The registry reads the number -1, and no other, as "never"; as a string it would be no duration.
    return -1 if value in (-1, "-1") else go_duration(value)


class Pool(Section):
    """Connections to the database."""

    maxidle: Integer | None = setting(output="config.yml:database.pool.maxidle")
    """How many may stay open without work."""
    maxopen: Integer | None = setting(output="config.yml:database.pool.maxopen")
    """How many may be open."""
    maxlifetime: Duration | None = setting(output="config.yml:database.pool.maxlifetime")
    """How long a connection is used."""
    maxidletime: Duration | None = setting(output="config.yml:database.pool.maxidletime")
    """How long a connection may stay without work."""


class BackgroundMigrations(Section):
    """Migrations that run beside the service."""

    enabled: Flag | None = setting(output="config.yml:database.backgroundmigrations.enabled")
    """Whether they run."""
    maxjobretries: Integer | None = setting(output="config.yml:database.backgroundmigrations.maxjobretries")
    """How often a job is tried again."""
    jobinterval: Duration | None = setting(output="config.yml:database.backgroundmigrations.jobinterval")
    """Time between two jobs."""


class DatabaseLoadBalancing(Section):
    """Reading from replicas."""

    enabled: Flag | None = setting(output="config.yml:database.loadbalancing.enabled")
    """Whether replicas are read from."""
    hosts: list[Name] | None = setting(output="config.yml:database.loadbalancing.hosts")
    """Replicas."""
    nameserver: Name | None = setting(output="config.yml:database.loadbalancing.nameserver")
    """DNS server that knows the replicas."""
    port: Port | None = setting(output="config.yml:database.loadbalancing.port")
    """Port of that server."""
    record: Name | None = setting(output="config.yml:database.loadbalancing.record")
    """Name under which it knows them."""
    replicacheckinterval: Duration | None = setting(
        output="config.yml:database.loadbalancing.replicacheckinterval"
    )
    """Time between two look-ups."""


class DatabaseMetrics(Section):
    """Metrics of the database."""

    enabled: Flag | None = setting(output="config.yml:database.metrics.enabled")
    """Whether they are collected; needs the Redis cache."""
    interval: Duration | None = setting(output="config.yml:database.metrics.interval")
    """Time between two rounds."""
    leaseduration: Duration | None = setting(output="config.yml:database.metrics.leaseduration")
    """How long a node keeps the task."""


class Database(Section):
    """The metadata database."""

    enabled: Annotated[bool | str, BeforeValidator(_enabled)] | None = setting(
        output="config.yml:database.enabled", since="16.4"
    )
    """Whether it is used: true, false, or 'prefer' for new installations."""
    host: Name | None = setting(output="config.yml:database.host")
    """PostgreSQL's host, or the directory of its socket."""
    port: Port | None = setting(output="config.yml:database.port")
    """PostgreSQL's port; by default 5432."""
    user: Name | None = setting(output="config.yml:database.user")
    """The role; by default registry."""
    password: SecretText | None = setting(output="config.yml:database.password")
    """The role's password."""
    dbname: Name | None = setting(output="config.yml:database.dbname")
    """The database; by default registry."""
    sslmode: Annotated[str, BeforeValidator(choice(*SSL_MODES))] | None = setting(
        output="config.yml:database.sslmode"
    )
    """How TLS is used; by default prefer."""
    sslcert: AbsolutePath | None = setting(output="config.yml:database.sslcert")
    """Client certificate."""
    sslkey: AbsolutePath | None = setting(output="config.yml:database.sslkey")
    """Key of the client certificate."""
    sslrootcert: AbsolutePath | None = setting(output="config.yml:database.sslrootcert")
    """Certificates that the server's is checked against."""
    connecttimeout: Duration | None = setting(output="config.yml:database.connecttimeout")
    """How long connecting may take."""
    draintimeout: Duration | None = setting(output="config.yml:database.draintimeout")
    """How long closing may take."""
    preparedstatements: Flag | None = setting(output="config.yml:database.preparedstatements")
    """Whether statements are prepared; not behind PgBouncer."""
    primary: Name | None = setting(output="config.yml:database.primary")
    """Host of the primary for migrations."""
    pool: Pool | None = setting(output="config.yml:database.pool")
    """Connections."""
    backgroundmigrations: BackgroundMigrations | None = setting(
        output="config.yml:database.backgroundmigrations"
    )
    """Migrations that run beside the service."""
    loadbalancing: DatabaseLoadBalancing | None = setting(output="config.yml:database.loadbalancing")
    """Reading from replicas."""
    metrics: DatabaseMetrics | None = setting(output="config.yml:database.metrics")
    """Metrics."""


class GcManifests(Section):
    """Online garbage collection of manifests."""

    disabled: Flag | None = setting(output="config.yml:gc.manifests.disabled")
    """Whether it is off."""
    interval: Duration | None = setting(output="config.yml:gc.manifests.interval")
    """Time between two rounds."""


class GcBlobs(GcManifests):
    """Online garbage collection of blobs."""

    storagetimeout: Duration | None = setting(output="config.yml:gc.blobs.storagetimeout")
    """How long deleting from the store may take."""


class Gc(Section):
    """Online garbage collection."""

    disabled: Flag | None = setting(output="config.yml:gc.disabled", since="16.10")
    """Whether it is off."""
    noidlebackoff: Flag | None = setting(output="config.yml:gc.noidlebackoff")
    """Whether it does not slow down when there is nothing to do."""
    maxbackoff: Duration | None = setting(output="config.yml:gc.maxbackoff")
    """Longest pause."""
    errorcooldownperiod: Duration | None = setting(output="config.yml:gc.errorcooldownperiod")
    """Pause after an error."""
    transactiontimeout: Duration | None = setting(output="config.yml:gc.transactiontimeout")
    """How long a transaction may take."""
    reviewafter: Annotated[str | int, BeforeValidator(_review)] | None = setting(
        output="config.yml:gc.reviewafter"
    )
    """Time before something unreferenced is reviewed; -1 for never."""
    manifests: GcManifests | None = setting(output="config.yml:gc.manifests")
    """Manifests."""
    blobs: GcBlobs | None = setting(output="config.yml:gc.blobs")
    """Blobs."""
