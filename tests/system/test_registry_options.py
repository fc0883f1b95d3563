"""Settings whose shape differs from registry to registry, all at once and on the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.registries import V3
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.redis_server import redis_server
from tests.system.test_collect_redis import PASSWORD, keys


@pytest.mark.both_registries
@pytest.mark.parametrize("group", [False, True], ids=["one for all", "the cache's"])
def test_connection_to_redis_with_all_that_it_can_be_told_is_used(
    site: Installation, tmp_path: Path, group: bool
) -> None:
    pool = "'pool' => { 'size' => 5, 'idletimeout' => '10s' }"
    times = "'dialtimeout' => '2s', 'readtimeout' => '2s', 'writetimeout' => '2s'"
    third = site.program is V3
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as port:
        told = f"'addr' => '127.0.0.1:{port}', 'password' => '{PASSWORD}', 'db' => 3, {times}, {pool}"
        # Redis knows the account without a name by this one.
        told += ", 'username' => 'default'" if third else ""
        told = f"'cache' => {{ 'enabled' => true, {told} }}" if group else told
        # How many tags are looked up at once is known to distribution 3 alone.
        tag = ", 'tag' => { 'concurrencylimit' => 3 }" if third else ""
        site.write(
            f"registry['redis'] = {{ {told} }}",
            "registry['storage'] = { 'filesystem' => {}, 'cache' => { 'blobdescriptor' => 'redis' }"
            + tag
            + " }",
        )
        done = site.reconfigure()
        assert "ignored-by-registry" not in done.stderr
        registry = Registry(site)
        digest = registry.image("v1", "v2")
        assert registry.is_whole("v1")
        assert any(digest in key for key in keys(port))
        registry.delete(digest)
