"""The registry's cache of blobs in Redis: emptied when blobs are deleted, or it would still name them.

A push of a blob that the cache names stores nothing, and the image is broken. The cache in memory goes with
the process, which is a fresh one after every sweep; this one outlives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ctl.errors import CtlError, reason
from ctl.operations.progress import Progress

# A hash for each blob; for each repository the set of its blobs, and a hash for each of them.
PATTERNS = ("blobs::*", "repository::*::blobs", "repository::*::blobs::*")
BATCH = 1000
_PORT, _SENTINEL_PORT = 6379, 26379
_TIMEOUT_SECONDS = 5.0
# What says that TLS is spoken: GitLab's registry has a switch, distribution 3 goes by its files.
_TLS = ("enabled", "certificate", "rootcas")


@contextmanager
def blobs_forgotten(section: Mapping[str, Any] | None, progress: Progress) -> Iterator[None]:
    """Empty the cache before and after the block, in which blobs are deleted; also when it fails.

    Before it, because who is killed can empty nothing afterwards, and because a Redis that cannot be reached
    now would name deleted blobs when it comes back.

    Args:
        section: see `forget_blobs`; None when blobs are not cached there.
        progress: told of it.

    Raises:
        CtlError: it cannot be emptied; before the block, so that nothing is deleted, or behind it.
    """
    if section is None:
        yield
        return
    progress.step("empty the cache of blobs in Redis")
    try:
        forget_blobs(section)
    except CtlError as error:
        raise CtlError(
            f"{error.message}; nothing was touched",
            help="a push would take what it names for present: let ctl reach and empty it, then try again",
        ) from error
    try:
        yield
    finally:
        try:
            forget_blobs(section)
        except CtlError as error:
            patterns = " and ".join(PATTERNS)
            raise CtlError(
                f"blobs were deleted, but {error.message}",
                help=f"delete its keys {patterns} before anybody pushes, or bring the blobs back with --undo",
            ) from error


def forget_blobs(section: Mapping[str, Any]) -> None:
    """Delete the keys of blobs, and no others.

    Args:
        section: ``redis`` of the registry's configuration, in any flavour's shape. What stands in its
            groups (``cache``, ``loadbalancing``) serves other purposes of GitLab's registry.

    Raises:
        CtlError: they cannot be deleted, or not all.

    Source: the keys are the same in distribution 2.8 and 3 and in GitLab's registry.
    """
    import redis

    try:
        with _client(section) as client:
            for pattern in PATTERNS:
                for names in _batches(client.scan_iter(pattern, count=BATCH)):
                    client.unlink(*names)
    except (redis.RedisError, OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error) or type(error).__name__
        raise CtlError(
            f"the cache of blobs in Redis at {', '.join(_addresses(section))} cannot be emptied: {why}"
        ) from error


def _batches(names: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for name in names:
        batch.append(name)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _addresses(section: Mapping[str, Any]) -> list[str]:
    """Return the addresses: distribution 3 has a list, the others one, in GitLab's with commas."""
    several = section.get("addrs")
    if isinstance(several, Sequence) and not isinstance(several, str) and several:
        return [str(one).strip() for one in several]
    return [one.strip() for one in str(section.get("addr") or "localhost").split(",")]


def _client(section: Mapping[str, Any]) -> Any:
    """Connect as the registry does: by Sentinel where it watches a name, several are a cluster."""
    import redis
    import redis.cluster
    import redis.sentinel
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    addresses = _addresses(section)
    common: dict[str, Any] = {
        "username": section.get("username"),
        "password": _text(section.get("password")),
        "socket_timeout": _TIMEOUT_SECONDS,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        # Pushes are refused meanwhile.
        "retry": Retry(NoBackoff(), 1),
        **_tls(section.get("tls")),
    }
    database = int(section.get("db") or 0)
    watched = section.get("mastername") or section.get("mainname")
    if watched:
        asked = {
            **common,
            "username": section.get("sentinelusername"),
            "password": _text(section.get("sentinelpassword")),
        }
        sentinels = [_host_port(one, _SENTINEL_PORT) for one in addresses]
        # The library has types only in places.
        sentinel: Any = redis.sentinel.Sentinel
        found = sentinel(sentinels, sentinel_kwargs=asked, **common)
        return found.master_for(str(watched), db=database)
    if len(addresses) > 1:
        node: Any = redis.cluster.ClusterNode
        nodes = [node(*_host_port(one, _PORT)) for one in addresses]
        return redis.cluster.RedisCluster(startup_nodes=nodes, **common)
    if addresses[0].startswith("/"):
        plain = {name: value for name, value in common.items() if not name.startswith("ssl")}
        return redis.Redis(unix_socket_path=addresses[0], db=database, **plain)
    host, port = _host_port(addresses[0], _PORT)
    return redis.Redis(host=host, port=port, db=database, **common)


def _text(value: object) -> str | None:
    """A password of digits alone is a number to YAML."""
    return None if value in (None, "") else str(value)


def _host_port(address: str, default: int) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or "]" in port:
        host, port = address, ""
    return host.strip("[]") or "localhost", int(port or default)


def _tls(given: object) -> dict[str, Any]:
    """Return what the library needs for TLS."""
    if not isinstance(given, Mapping) or not any(given.get(name) for name in _TLS):
        return {}
    insecure = bool(given.get("insecure"))
    found: dict[str, Any] = {
        "ssl": True,
        "ssl_cert_reqs": "none" if insecure else "required",
        "ssl_check_hostname": not insecure,
    }
    if given.get("certificate"):
        found |= {"ssl_certfile": str(given["certificate"]), "ssl_keyfile": str(given.get("key"))}
    roots = given.get("rootcas")
    if isinstance(roots, Sequence) and not isinstance(roots, str) and roots:
        found["ssl_ca_data"] = "\n".join(Path(str(one)).read_text() for one in roots)
    return found
