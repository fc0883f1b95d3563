"""The registry's cache of blobs in Redis: emptied before blobs are deleted, or it would still name them.

A push of a blob that the cache names stores nothing, and the image is broken. The cache in memory goes with
the process; this one outlives it. It is emptied once: the registry has no cache while it is read-only, so
nothing fills it again before the deletion is over, and who dies meanwhile leaves nothing to be done in Redis.
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


def check_forgetting(section: Mapping[str, Any] | None) -> None:
    """Make sure that the cache can be emptied, before anything is done for which it has to be.

    Args:
        section: see `forget_blobs`; None when blobs are not cached there.

    Raises:
        CtlError: it cannot be reached, or does not let us.
    """
    if section is not None:
        with _worded(section), _client(section) as client:
            for pattern in PATTERNS:
                # Of keys that are not there: whoever may not delete, or not by these names, is told so.
                client.unlink(pattern.replace("*", "ctl"))
            next(iter(client.scan_iter(PATTERNS[0], count=1)), None)


@contextmanager
def blobs_forgotten(section: Mapping[str, Any] | None, progress: Progress, *, shared: bool) -> Iterator[None]:
    """Empty the cache before the block, in which blobs are deleted.

    No process of ours has a cache then, so it stays empty whatever becomes of the block and of who runs it.

    Args:
        section: see `forget_blobs`; None when blobs are not cached there.
        progress: told of it.
        shared: whether processes that are not ours may fill it meanwhile; it is emptied once more behind the
            block then, also when that fails.

    Raises:
        CtlError: it cannot be emptied; before the block, so that nothing is deleted, or behind it.
    """
    if section is None:
        yield
        return
    progress.step("empty the cache of blobs in Redis")
    forget_blobs(section)
    if not shared:
        yield
        return
    try:
        yield
    finally:
        try:
            forget_blobs(section)
        except CtlError as error:
            patterns = " and ".join(PATTERNS)
            raise CtlError(
                f"blobs were deleted, but {error.message.partition('; nothing')[0]}",
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
    with _worded(section), _client(section) as client:
        for pattern in PATTERNS:
            for names in _batches(client.scan_iter(pattern, count=BATCH)):
                client.unlink(*names)


@contextmanager
def _worded(section: Mapping[str, Any]) -> Iterator[None]:
    import redis

    try:
        yield
    except (redis.RedisError, OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error) or type(error).__name__
        at = ", ".join(_addresses(section))
        raise CtlError(
            f"the cache of blobs in Redis at {at} cannot be emptied: {why}; nothing was touched",
            help="a push would take what it names for present: let ctl reach and empty it, then try again",
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
    """Return the addresses: distribution 3 has a list, the others a text, in GitLab's with commas."""
    addresses = section.get("addrs")
    if isinstance(addresses, Sequence) and not isinstance(addresses, str) and addresses:
        return [str(address).strip() for address in addresses]
    return [address.strip() for address in str(section.get("addr") or "localhost").split(",")]


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
        sentinels = [_host_port(address, _SENTINEL_PORT) for address in addresses]
        # The library has types only in places.
        sentinel: Any = redis.sentinel.Sentinel
        watcher = sentinel(sentinels, sentinel_kwargs=asked, **common)
        return watcher.master_for(str(watched), db=database)
    if len(addresses) > 1:
        node: Any = redis.cluster.ClusterNode
        nodes = [node(*_host_port(address, _PORT)) for address in addresses]
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
    options: dict[str, Any] = {
        "ssl": True,
        "ssl_cert_reqs": "none" if insecure else "required",
        "ssl_check_hostname": not insecure,
    }
    if given.get("certificate"):
        options |= {"ssl_certfile": str(given["certificate"]), "ssl_keyfile": str(given.get("key"))}
    roots = given.get("rootcas")
    if isinstance(roots, Sequence) and not isinstance(roots, str) and roots:
        options["ssl_ca_data"] = "\n".join(Path(str(root)).read_text() for root in roots)
    return options
