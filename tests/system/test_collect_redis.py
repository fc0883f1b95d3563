"""A collection where the registry remembers blobs in Redis, which outlives the registry's process."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ctl.errors import CtlError
from ctl.operations.collect.run import Collection, Wish
from ctl.operations.collect.target import check_variables
from ctl.operations.progress import Silent
from ctl.paths import REGISTRY, Layout
from ctl.process import SubprocessRunner
from ctl.state import readonly
from ctl.supervise.status import process_of
from ctl.targets.runit.places import CONFIGS, ENVIRONMENT
from tests.system.images import MANIFEST, Registry
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.oracle import Oracle, lost
from tests.system.redis_server import redis_server
from tests.system.test_collect import ALL, collect, storage, worker_of
from tests.system.test_collect_status import last
from tests.system.test_collect_windows import blobs_of
from tests.system.test_readonly import at_rest, takes_pushes
from tests.system.traffic import push_blob

pytestmark = pytest.mark.both_registries(soak=True)

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
        return {str(key) for key in asked.scan_iter()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as port:
        yield port


def push(site: Installation, registry: Registry, content: bytes) -> str:
    return push_blob([site.http_port, False], registry.token, content, 0.0, registry.repository)


@pytest.mark.both_registries
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
        for key in others:
            asked.set(key, "mine")
        elsewhere.set(f"blobs::{digest}", "of another registry")
    collect(site)
    assert registry.ask("HEAD", f"blobs/{digest}")[0] == 404
    assert others <= keys(server)
    assert not any(digest in key for key in keys(server))
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
    collection = last(site)
    assert collection["outcome"] == "failed"
    assert "let ctl reach and empty it" in collection["help"]
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
    there = {blob.name for blob in storage(site).glob(blobs)}
    named = {key.rpartition(":")[2] for key in keys(server) if key.startswith("blobs::")}
    assert there
    assert named <= there


def test_collection_that_is_killed_needs_no_redis_to_be_over(site: Installation, tmp_path: Path) -> None:
    """What it knew before it went away comes back with it."""
    words = ("--requirepass", PASSWORD, "--appendonly", "yes", "--appendfsync", "always")
    with redis_server(tmp_path / "redis", *words) as port:
        registry = configured(site, port)
        registry.image("v1")
        contents = early(2)
        first, second = (push(site, registry, content) for content in contents)
        blobs_of(registry, storage(site), 400)
        before = Oracle(site.http_port, site.token, storage(site)).look()
        known = " ".join(keys(port))
        assert first in known
        assert second in known
        command = killed_in_the_sweep(site, registry, first, second)
        assert command.wait(60) == -signal.SIGKILL
    began = time.monotonic()
    wait_for(lambda: at_rest(site), 10.0)
    wait_for(lambda: takes_pushes(site), 10.0)
    assert time.monotonic() - began < 10.0
    assert registry.ask("HEAD", f"blobs/{first}")[0] == 404
    pushed_by_head_and_skip(site, registry, contents[0], "down")
    with redis_server(tmp_path / "redis", *words, port=port):
        assert registry.ask("HEAD", f"blobs/{second}")[0] == 404
        pushed_by_head_and_skip(site, registry, contents[1], "up")
        after = Oracle(site.http_port, site.token, storage(site)).look()
        assert lost(before, after, untagged=True) == []
        assert not any(pulled.missing for pulled in after.tags.values())
        # Nothing that Redis names is gone.
        there = {blob.name for blob in storage(site).glob("docker/registry/v2/blobs/sha256/*/*")}
        assert {key.rpartition(":")[2] for key in keys(port) if key.startswith("blobs::")} <= there


def early(count: int) -> list[bytes]:
    """Give contents that are moved early, because digests are moved in their order."""
    contents = (f"layer {number}".encode() * 1000 for number in itertools.count())
    return list(
        itertools.islice((content for content in contents if hashlib.sha256(content).digest()[0] < 4), count)
    )


def killed_in_the_sweep(site: Installation, registry: Registry, *digests: str) -> subprocess.Popen[bytes]:
    """Collect, ask for blobs again and again, and kill everything as soon as they have moved."""
    command = subprocess.Popen(
        site.command("registry-garbage-collect", *ALL),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    moved = [
        f"ctl-trash/*/docker/registry/v2/blobs/sha256/*/{digest.rpartition(':')[2]}" for digest in digests
    ]
    while command.poll() is None and not all(any(storage(site).glob(pattern)) for pattern in moved):
        # As clients do all the time: a cache would be filled anew by them.
        for digest in digests:
            registry.ask("HEAD", f"blobs/{digest}")
    for pid in (command.pid, worker_of(command.pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return command


def pushed_by_head_and_skip(site: Installation, registry: Registry, content: bytes, tag: str) -> None:
    """Push an image as clients do: what the registry says it has is not sent."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if registry.ask("HEAD", f"blobs/{digest}")[0] != 200:
        assert push(site, registry, content) == digest
    part = {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": part,
        "layers": [part],
        "annotations": {"x": tag},
    }
    registry.put(json.dumps(document).encode(), MANIFEST, tag)
    assert registry.is_whole(tag)


def test_read_only_registry_has_no_cache(site: Installation, server: int) -> None:
    registry = configured(site, server)
    registry.image("v1")
    site.ctl("set-readonly", "on")
    with client(server) as asked:
        asked.flushall()
    assert registry.is_whole("v1")
    assert keys(server) == set()
    # Not only what it shares with others: a blob that goes behind its back is gone for it.
    blob = next(path for path in storage(site).glob("docker/registry/v2/blobs/sha256/*/*") if path.stat())
    blob.rename(tmp := storage(site) / "aside")
    assert registry.ask("HEAD", f"blobs/sha256:{blob.name}")[0] == 404
    tmp.rename(blob)


def test_process_that_is_read_only_with_a_cache_is_ended_before_the_sweep(
    site: Installation, server: int
) -> None:
    """As an older ctl has started it; its files are new by now."""
    registry = configured(site, server)
    registry.image("v1")
    untagged = registry.image()
    config = site.layout.current / CONFIGS[REGISTRY, True]
    new = config.read_text()
    config.write_text(new.replace("storage:\n", 'storage:\n  cache: {"blobdescriptor": "redis"}\n'))
    site.ctl("set-readonly", "on")
    assert registry.is_whole("v1")
    assert keys(server)
    pid = process_of(site.layout, REGISTRY).pid
    refused = site.ctl("registry-garbage-collect", *ALL, code=1)
    assert "gives the registry a cache while it is read-only; nothing was touched" in refused.stderr
    assert "ctl reconfigure" in refused.stderr
    assert process_of(site.layout, REGISTRY).pid == pid
    config.write_text(new)
    assert collect(site)["swept"]["moved"]["manifests"] == 1
    assert process_of(site.layout, REGISTRY).pid != pid
    assert registry.ask("GET", f"manifests/{untagged}")[0] == 404
    assert not takes_pushes(site)
    assert keys(server) == set()


@pytest.mark.parametrize("words", [ALL, ("--engine", "registry")])
def test_redis_that_may_not_be_emptied_is_found_before_pushes_are_refused(
    site: Installation, server: int, words: tuple[str, ...]
) -> None:
    registry = configured(site, server)
    registry.image("v1")
    untagged = registry.image()
    with client(server) as asked:
        asked.execute_command("ACL SETUSER default -unlink")
    pid = process_of(site.layout, REGISTRY).pid
    done = site.ctl("registry-garbage-collect", *words, code=1)
    assert "cannot be emptied" in done.stderr
    assert "nothing was touched" in done.stderr
    assert process_of(site.layout, REGISTRY).pid == pid
    assert registry.is_whole(untagged)


def test_redis_that_goes_away_when_pushes_are_refused_already_lets_nothing_be_deleted(
    site: Installation, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(redis_server(tmp_path / "redis", "--requirepass", PASSWORD))
        registry = configured(site, port)
        registry.image("v1")
        untagged = registry.image()

        class Ending(Silent):
            def step(self, text: str) -> None:
                if text.startswith("empty the cache"):
                    assert readonly.leased(site.layout) is not None
                    stack.close()

        wish = Wish(untagged=True, yes=True, min_age=0, max_delete=100.0)
        with pytest.raises(CtlError, match=r"cannot be emptied: .*; nothing was touched"):
            Collection(site.layout, SubprocessRunner(), Ending(), wish).run()
    assert at_rest(site)
    assert takes_pushes(site)
    assert registry.is_whole(untagged)
    assert not any(storage(site).glob("ctl-trash/*/plan-*"))


@pytest.mark.parametrize(
    "name",
    [
        "REGISTRY_REDIS_DB",
        "REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR",
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
    ],
)
def test_variable_that_says_where_blobs_are_known_is_refused_by_a_collection(
    tmp_path: Path, name: str
) -> None:
    layout = Layout(tmp_path)
    place = layout.current / ENVIRONMENT
    place.mkdir(parents=True)
    for harmless in ("REGISTRY_LOG_LEVEL", "REGISTRY_STORAGE_DELETE_ENABLED", "PATH"):
        (place / harmless).touch()
    check_variables(layout)
    (place / name).touch()
    with pytest.raises(CtlError, match=rf"registry\['env'\]\['{name}'\] says"):
        check_variables(layout)
