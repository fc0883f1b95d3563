"""What each flavour does with a setting that it does not know: nothing, or it refuses to start.

The registries parse their configuration without strictness, so most of what one of them does not know is
ignored without a word; that is what an administrator has to be told.

Source: the configuration parsers of distribution 2.8 and 3.x and of GitLab's container registry.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

IGNORED = "ignores"
REFUSED = "refuses to start with"

V2, V3, GL = "distribution-2.8", "distribution-3", "gitlab"
ALL = (V2, V3, GL)


class Unsupported(Struct, frozen=True):
    """A setting that a flavour does not support.

    Args:
        path: of the setting below ``registry``; a star stands for any key or place.
        flavours: that do not support it.
        verdict: what they do with it.
        help: what to do instead.
    """

    path: tuple[str, ...]
    flavours: tuple[str, ...]
    verdict: str = IGNORED
    help: str | None = None


def matches(pattern: Sequence[str], path: Sequence[str | int], *, below: bool = False) -> bool:
    """Tell whether a pattern stands for a path, or for what it lies in.

    Args:
        pattern: of the setting; a star stands for any key or place.
        path: of a setting, likewise below ``registry``.
        below: whether it may lie in what the pattern stands for.
    """
    if len(pattern) > len(path) or (len(pattern) < len(path) and not below):
        return False
    return all(want in ("*", have) for want, have in zip(pattern, path, strict=False))


def _ignored(flavours: tuple[str, ...], help: str | None, *paths: str) -> tuple[Unsupported, ...]:
    return tuple(Unsupported(tuple(path.split(".")), flavours, IGNORED, help) for path in paths)


def _refused(flavours: tuple[str, ...], help: str | None, *paths: str) -> tuple[Unsupported, ...]:
    return tuple(Unsupported(tuple(path.split(".")), flavours, REFUSED, help) for path in paths)


def _of_redis(flavours: tuple[str, ...], help: str | None, *names: str) -> tuple[Unsupported, ...]:
    """What a connection to Redis lacks, be it the one for all or the cache's."""
    return _ignored(flavours, help, *(f"redis.{part}{name}" for name in names for part in ("", "cache.")))


_ONLY_GITLAB = "only GitLab's own registry has this"
_ONLY_3 = "only distribution 3 has this"

UNSUPPORTED: tuple[Unsupported, ...] = (
    *_ignored((V2, V3), _ONLY_GITLAB, "database", "gc", "reporting", "auto_migrate"),
    *_ignored((V2, V3), _ONLY_GITLAB, "redis.loadbalancing", "redis.ratelimiter"),
    *_ignored(
        (V2, V3),
        _ONLY_GITLAB,
        "storage.s3.maxrequestspersecond",
        "storage.s3.maxretries",
        "storage.s3.sessiontoken",
        "storage.s3.objectownership",
        "storage.s3.parallelwalk",
        "storage.gcs.parallelwalk",
        "storage.gcs.debug_log",
        "storage.azure.trimlegacyrootprefix",
        "storage.azure.legacyrootprefix",
        "storage.redirect.expirydelay",
        "storage.redirect.exceptions",
    ),
    *_ignored(
        (V2, V3),
        "use 'threshold'; this registry tries again for ever, with pauses",
        "notifications.*.maxretries",
        "default_notifications_maxretries",
        "notifications.*.queuesizelimit",
        "notifications.*.queuepurgetimeout",
    ),
    *_ignored(
        (V2,),
        "this registry uses path style whenever regionendpoint is set",
        "storage.s3.pathstyle",
    ),
    *_ignored(
        (V2, GL),
        _ONLY_3,
        "storage.s3.usedualstack",
        "storage.s3.accelerate",
        "storage.s3.usefipsendpoint",
        "storage.azure.credentials",
        "storage.azure.connectionstring",
        "storage.azure.max_retries",
        "storage.azure.retry_delay",
        "storage.azure.skipverify",
        "storage.cache.blobdescriptorsize",
    ),
    *_ignored((V2,), "only newer registries log the driver's requests", "storage.s3.loglevel"),
    *_ignored(
        (V2,),
        "only newer registries have this",
        "storage.azure.rootdirectory",
        "storage.azure.serviceurl",
        "storage.gcs.useragent",
    ),
    *_of_redis((V2,), None, "username", "mainname", "sentinelusername", "sentinelpassword"),
    *_of_redis(
        (V2, V3),
        "the connection is not encrypted; use GitLab's registry, or a tunnel such as stunnel",
        "tls",
    ),
    *_of_redis((V3, GL), "use 'size'", "pool.maxidle", "pool.maxactive"),
    *_ignored(
        (GL,),
        "use 'size'",
        *(
            f"redis.{use}.pool.{name}"
            for use in ("loadbalancing", "ratelimiter")
            for name in ("maxidle", "maxactive")
        ),
    ),
    *_of_redis((V2,), "use 'idletimeout'", "pool.maxlifetime"),
    *_ignored((GL,), None, "storage.s3.useragent"),
    *_ignored((GL,), "use 'default_notifications_maxretries'", "default_notifications_threshold"),
    *_ignored(
        (V3, GL),
        "manifests of schema 1 are gone from this registry",
        "compatibility_schema1_enabled",
    ),
    *_refused((V2, GL), _ONLY_3, "storage.tag"),
    *_refused((V2, V3), _ONLY_GITLAB, "storage.s3_v2", "storage.azure_v2"),
    *_refused(
        (V3, GL),
        "this driver is gone from this registry; use 's3', which such stores speak too, or distribution 2.8",
        "storage.swift",
        "storage.oss",
    ),
)

EVERYWHERE: frozenset[tuple[str, ...]] = frozenset(
    tuple(path.split("."))
    for path in [
        "log_level",
        "log_formatter",
        "registry_http_addr",
        "http_secret",
        "http_draintimeout",
        "debug_addr",
        "token_realm",
        "autoredirect",
        "rootcertbundle",
        "health_storagedriver_enabled",
        "validation_enabled",
        "storage.filesystem.rootdirectory",
        "storage.filesystem.maxthreads",
        "storage.s3.accesskey",
        "storage.s3.secretkey",
        "storage.s3.bucket",
        "storage.s3.region",
        "storage.s3.regionendpoint",
        "storage.s3.rootdirectory",
        "storage.s3.encrypt",
        "storage.s3.keyid",
        "storage.s3.secure",
        "storage.s3.skipverify",
        "storage.s3.v4auth",
        "storage.s3.chunksize",
        "storage.s3.multipartcopychunksize",
        "storage.s3.multipartcopymaxconcurrency",
        "storage.s3.multipartcopythresholdsize",
        "storage.s3.storageclass",
        "storage.s3.objectacl",
        "storage.s3.forcepathstyle",
        "storage.gcs.bucket",
        "storage.gcs.keyfile",
        "storage.gcs.credentials",
        "storage.gcs.rootdirectory",
        "storage.gcs.chunksize",
        "storage.gcs.maxconcurrency",
        "storage.azure.accountname",
        "storage.azure.container",
        "storage.azure.realm",
        "storage.azure.accountkey",
        "storage.cache.blobdescriptor",
        "storage.delete.enabled",
        "storage.redirect.disable",
        "storage.maintenance.readonly.enabled",
        "storage.maintenance.uploadpurging.enabled",
        "storage.maintenance.uploadpurging.age",
        "storage.maintenance.uploadpurging.interval",
        "storage.maintenance.uploadpurging.dryrun",
        "storage_delete_enabled",
        "middleware.*.*.name",
        "middleware.*.*.options",
        "notifications.*.name",
        "notifications.*.url",
        "notifications.*.timeout",
        "notifications.*.threshold",
        "notifications.*.backoff",
        "notifications.*.headers",
        "notifications.*.disabled",
        "notifications.*.ignoredmediatypes",
        "notifications.*.ignore.mediatypes",
        "notifications.*.ignore.actions",
        "redis.addr",
        "redis.password",
        "redis.db",
        "redis.dialtimeout",
        "redis.readtimeout",
        "redis.writetimeout",
        "redis.pool.size",
        "redis.pool.idletimeout",
        "redis.cache.addr",
        "redis.cache.password",
        "redis.cache.db",
        "redis.cache.dialtimeout",
        "redis.cache.readtimeout",
        "redis.cache.writetimeout",
        "redis.cache.pool.size",
        "redis.cache.pool.idletimeout",
        "redis.cache.enabled",
    ]
)
"""Settings below ``registry`` that every flavour knows; what stands neither here nor in `UNSUPPORTED` was
never looked up, and a test says so."""


def unsupported_by(flavour: str) -> tuple[Unsupported, ...]:
    """Return what a flavour does not support."""
    return tuple(unsupported for unsupported in UNSUPPORTED if flavour in unsupported.flavours)
