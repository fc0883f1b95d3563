"""The registry's cache of blobs in Redis: emptied after blobs were deleted, or it would still name them.

The cache in memory goes with the process, which is a fresh one after every sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PATTERNS = ("blobs::*", "repository::*::blobs*")
BATCH = 1000


def forget_blobs(section: Mapping[str, Any]) -> str:
    """Delete the keys of blobs; return a remark when that fails, else an empty text.

    Args:
        section: ``redis`` of the registry's configuration: addr or addrs, password, username, db, tls.

    Source: the keys are those of distribution's and GitLab's registries.
    """
    import redis

    cache = section.get("cache")
    if isinstance(cache, Mapping) and cache.get("addr"):
        section = cache
    addresses = section.get("addrs") or str(section.get("addr", "")).split(",")
    host, _, port = str(addresses[0]).strip().rpartition(":")
    tls = section.get("tls")
    try:
        client = redis.Redis(
            host=host.strip("[]") or "localhost",
            port=int(port or 6379),
            db=int(section.get("db") or 0),
            username=section.get("username"),
            password=section.get("password"),
            ssl=isinstance(tls, Mapping) and bool(tls.get("enabled")),
            socket_timeout=10,
        )
        with client:
            for pattern in PATTERNS:
                names = list(client.scan_iter(pattern, count=BATCH))
                for start in range(0, len(names), BATCH):
                    client.unlink(*names[start : start + BATCH])
    except (redis.RedisError, OSError, ValueError) as error:
        return (
            f"the cache of blobs in Redis at {host}:{port} could not be emptied ({error}): delete its keys"
            f" {' and '.join(PATTERNS)} by hand, or pushes may take deleted blobs for present"
        )
    return ""
