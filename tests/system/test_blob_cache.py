"""What is emptied in a Redis of any shape, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
import redis.cluster

from ctl.credentials.selfsigned import self_signed
from ctl.errors import CtlError
from ctl.operations.collect.blob_cache import check_forgetting, forget_blobs
from tests.ports import free_port
from tests.system.installation import wait_for
from tests.system.redis_server import redis_server

pytestmark = pytest.mark.both_registries(soak=True)

NAMES = {"blobs::sha256:a", "repository::a/b::blobs", "repository::a/b::blobs::sha256:a"}


def filled(port: int, **options: object) -> None:
    with redis.Redis(port=port, **options) as asked:  # type: ignore[arg-type]
        for name in [*NAMES, "other"]:
            asked.set(name, "x")


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
        redis_server(tmp_path / "one", *cluster, str(bus)) as first_port,
        redis_server(tmp_path / "two", *cluster, str(free_port())) as second_port,
    ):
        ports = (first_port, second_port)
        with redis.Redis(port=first_port) as first, redis.Redis(port=second_port) as second:
            first.execute_command("CLUSTER ADDSLOTSRANGE", 0, 8000)
            second.execute_command("CLUSTER ADDSLOTSRANGE", 8001, 16383)
            second.execute_command("CLUSTER MEET", "127.0.0.1", first_port, bus)
            wait_for(lambda: all("'cluster_state': 'ok'" in state(port) for port in ports))
            with redis.cluster.RedisCluster("127.0.0.1", first_port) as whole:
                for number in range(50):
                    whole.set(f"blobs::sha256:{number}", "x")
                    whole.set(f"other{number}", "x")
            assert all(len(left(port)) > 10 for port in ports)
            check_forgetting({"addr": ",".join(f"127.0.0.1:{port}" for port in ports)})
            assert all(len(left(port)) > 10 for port in ports)
            forget_blobs({"addr": ",".join(f"127.0.0.1:{port}" for port in ports)})
            assert sum(len(left(port)) for port in ports) == 50


def state(port: int) -> str:
    with redis.Redis(port=port) as asked:
        return str(asked.execute_command("CLUSTER INFO"))
