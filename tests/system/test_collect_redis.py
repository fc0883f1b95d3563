"""A collection where the registry remembers blobs in Redis, which outlives the registry's process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
import redis.cluster

from ctl.credentials.selfsigned import self_signed
from ctl.errors import CtlError
from ctl.operations.blob_cache import forget_blobs
from tests.system.images import Registry
from tests.system.installation import REPOSITORY, Installation, free_port, wait_for
from tests.system.redis_server import redis_server
from tests.system.test_collect import ALL, collect, storage, worker_of
from tests.system.test_collect_status import last
from tests.system.test_readonly import at_rest, takes_pushes
from tests.system.traffic import push_blob

# Digits alone, which YAML takes for a number.
PASSWORD = "20261121"
DB = 3


def configured(site: Installation, port: int) -> Registry:
    site.write(
        "registry['storage'] = { 'filesystem' => {}, 'cache' => { 'blobdescriptor' => 'redis' } }",
        f"registry['redis'] = {{ 'addr' => '127.0.0.1:{port}', 'password' => '{PASSWORD}', 'db' => {DB} }}",
    )
    site.reconfigure()
    return Registry(site)


def client(port: int, db: int = DB) -> redis.Redis:
    return redis.Redis(port=port, db=db, password=PASSWORD, decode_responses=True)


def keys(port: int, db: int = DB) -> set[str]:
    with client(port, db) as asked:
        return {str(one) for one in asked.scan_iter()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as port:
        yield port


def push(site: Installation, registry: Registry, content: bytes) -> str:
    return push_blob([site.http_port, False], registry.token, content, 0.0, registry.repository)


def test_blob_that_redis_named_is_stored_when_it_is_pushed_again(site: Installation, server: int) -> None:
    registry = configured(site, server)
    kept = registry.image("v1")
    content = b"a layer that comes back" * 1000
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert push(site, registry, content) == digest
    assert registry.has(digest)
    known = keys(server)
    name = f"repository::{registry.repository}::blobs"
    assert {f"blobs::{digest}", name, f"{name}::{digest}"} <= known
    others = {"session:1", "blobs", "repository::x::tags", "myblobs::x"}
    with client(server) as asked, client(server, 0) as elsewhere:
        for one in others:
            asked.set(one, "mine")
        elsewhere.set(f"blobs::{digest}", "of another registry")
    collect(site)
    assert registry.ask("HEAD", f"blobs/{digest}")[0] == 404
    assert others <= keys(server)
    assert not any(digest in one for one in keys(server))
    assert keys(server, 0) == {f"blobs::{digest}"}
    assert push(site, registry, content) == digest
    assert registry.has(digest)
    assert registry.is_whole(kept)


def test_program_of_the_registry_leaves_no_deleted_blob_in_redis(site: Installation, server: int) -> None:
    registry = configured(site, server)
    registry.image("v1")
    content = b"a layer that nobody needs" * 1000
    digest = push(site, registry, content)
    assert registry.has(digest)
    site.ctl("registry-garbage-collect", "--engine", "registry")
    assert registry.ask("HEAD", f"blobs/{digest}")[0] == 404
    assert push(site, registry, content) == digest
    assert registry.has(digest)


def test_redis_that_is_down_keeps_a_collection_from_deleting(site: Installation, tmp_path: Path) -> None:
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as port:
        registry = configured(site, port)
        registry.image("v1")
        untagged = registry.image()
    done = site.ctl("registry-garbage-collect", *ALL, code=1)
    assert f"Redis at 127.0.0.1:{port} cannot be emptied" in done.stderr
    assert "nothing was touched" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    found = last(site)
    assert found["outcome"] == "failed"
    assert "let ctl reach and empty it" in found["help"]
    assert at_rest(site)
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD, port=port):
        assert takes_pushes(site)
        assert registry.is_whole(untagged)
        assert collect(site)["swept"]["moved"]["manifests"] == 1
        assert last(site)["outcome"] == "done"


def test_collection_that_is_killed_leaves_no_deleted_blob_in_redis(site: Installation, server: int) -> None:
    registry = configured(site, server)
    registry.image("v1")
    for _ in range(20):
        registry.image()
    assert keys(server)
    command = subprocess.Popen(
        site.command("registry-garbage-collect", *ALL),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    blobs = "docker/registry/v2/blobs/sha256/*/*"
    while command.poll() is None and not any(storage(site).glob(f"ctl-trash/*/{blobs}")):
        pass
    worker = worker_of(command.pid)
    for pid in (command.pid, worker):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert command.wait(60) == -signal.SIGKILL
    wait_for(lambda: at_rest(site), 20.0)
    wait_for(lambda: takes_pushes(site), 10.0)
    there = {one.name for one in storage(site).glob(blobs)}
    named = {one.rpartition(":")[2] for one in keys(server) if one.startswith("blobs::")}
    assert there
    assert named <= there


NAMES = {"blobs::sha256:a", "repository::a/b::blobs", "repository::a/b::blobs::sha256:a"}


def filled(port: int, **options: object) -> None:
    with redis.Redis(port=port, **options) as asked:  # type: ignore[arg-type]
        for one in [*NAMES, "other"]:
            asked.set(one, "x")


def left(port: int, **options: object) -> list[bytes]:
    with redis.Redis(port=port, **options) as asked:  # type: ignore[arg-type]
        return sorted(asked.scan_iter())


def test_group_of_gitlabs_registry_is_not_the_cache_of_blobs(tmp_path: Path) -> None:
    with redis_server(tmp_path / "one") as port, redis_server(tmp_path / "two") as other:
        filled(port)
        filled(other)
        group = {"enabled": True, "addr": f"127.0.0.1:{other}"}
        forget_blobs({"addr": f"127.0.0.1:{port}", "cache": group, "loadbalancing": group})
        assert left(port) == [b"other"]
        assert len(left(other)) == 4


def test_account_and_socket_of_redis_are_used(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    words = ("--unixsocket", str(path))
    with redis_server(tmp_path / "redis", *words) as port:
        with redis.Redis(port=port) as asked:
            asked.acl_setuser("registry", enabled=True, passwords=["+word"], keys=["*"], categories=["+@all"])
            asked.acl_setuser("default", enabled=False)
        about = {"username": "registry", "password": "word"}
        filled(port, **about)
        forget_blobs({"addrs": [str(path)], **about})
        assert left(port, **about) == [b"other"]
        filled(port, **about)
        forget_blobs({"addrs": [f"127.0.0.1:{port}"], **about})
        assert left(port, **about) == [b"other"]


def test_more_keys_than_fit_in_one_go_are_all_deleted(tmp_path: Path) -> None:
    with redis_server(tmp_path / "redis") as port:
        with redis.Redis(port=port) as asked:
            asked.mset({f"blobs::sha256:{number}": "x" for number in range(12_345)})
            asked.mset({f"repository::{number}::blobs": "x" for number in range(2_345)})
        forget_blobs({"addr": f"127.0.0.1:{port}"})
        assert left(port) == []


@pytest.mark.parametrize(
    "shape",
    [
        lambda port: {"addrs": [f"127.0.0.1:{port}"], "mastername": "mine"},
        lambda port: {"addr": f"127.0.0.1:{port}", "mainname": "mine"},
    ],
)
def test_primary_that_sentinel_names_is_emptied(tmp_path: Path, shape: object) -> None:
    assert callable(shape)
    secret = {"password": "word", "sentinelpassword": "sentinel word"}
    with redis_server(tmp_path / "redis", "--requirepass", "word") as port:
        config = tmp_path / "sentinel.conf"
        config.write_text(
            f"requirepass 'sentinel word'\nsentinel monitor mine 127.0.0.1 {port} 1\n"
            "sentinel auth-pass mine word\n"
        )
        filled(port, password="word", db=2)
        with redis_server(tmp_path / "sentinel", config=config) as sentinel:
            forget_blobs({**shape(sentinel), **secret, "db": 2})
        assert left(port, password="word", db=2) == [b"other"]


def test_redis_behind_tls_is_reached_and_its_certificate_is_looked_at(tmp_path: Path) -> None:
    certificate, key = self_signed("localhost", datetime.now(UTC))
    files = tmp_path / "redis.crt", tmp_path / "redis.key"
    files[0].write_bytes(certificate)
    files[1].write_bytes(key)
    tls = free_port()
    words = ("--tls-port", tls, "--tls-cert-file", files[0], "--tls-key-file", files[1])
    with redis_server(tmp_path / "redis", *map(str, words), "--tls-auth-clients", "no") as port:
        address = f"localhost:{tls}"
        for about in ({"enabled": True, "insecure": True}, {"rootcas": [str(files[0])]}):
            filled(port)
            forget_blobs({"addr": address, "tls": about})
            assert left(port) == [b"other"]
        with pytest.raises(CtlError, match="certificate verify failed"):
            forget_blobs({"addr": address, "tls": {"enabled": True}})


def test_cluster_is_emptied_whatever_node_a_key_is_on(tmp_path: Path) -> None:
    cluster, bus = ("--cluster-enabled", "yes", "--cluster-port"), free_port()
    with (
        redis_server(tmp_path / "one", *cluster, str(bus)) as one,
        redis_server(tmp_path / "two", *cluster, str(free_port())) as two,
    ):
        ports = (one, two)
        with redis.Redis(port=one) as first, redis.Redis(port=two) as second:
            first.execute_command("CLUSTER ADDSLOTSRANGE", 0, 8000)
            second.execute_command("CLUSTER ADDSLOTSRANGE", 8001, 16383)
            second.execute_command("CLUSTER MEET", "127.0.0.1", one, bus)
            wait_for(lambda: all("'cluster_state': 'ok'" in state(port) for port in ports))
            with redis.cluster.RedisCluster("127.0.0.1", one) as whole:
                for number in range(50):
                    whole.set(f"blobs::sha256:{number}", "x")
                    whole.set(f"other{number}", "x")
            assert all(len(left(port)) > 10 for port in ports)
            forget_blobs({"addr": ",".join(f"127.0.0.1:{port}" for port in ports)})
            assert sum(len(left(port)) for port in ports) == 50


def state(port: int) -> str:
    with redis.Redis(port=port) as asked:
        return str(asked.execute_command("CLUSTER INFO"))
