"""From distribution 2.8 to 3 in place, and back: no pull fails, and what it means is said before."""

from __future__ import annotations

from pathlib import Path

from tests.registries import V3
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.redis_server import redis_server
from tests.system.test_collect import collect
from tests.system.test_collect_redis import PASSWORD, configured, keys
from tests.system.test_rotation import key_in_place, signed
from tests.system.test_switching import judged
from tests.system.traffic import Traffic
from tests.system.watching import serves, status


def program_of(site: Installation) -> Path:
    """The program that serves."""
    return Path(f"/proc/{site.pids()['registry']}/exe").resolve()


def test_upgrade_in_place_and_back_costs_no_pull(site: Installation, tmp_path: Path) -> None:
    third = f"ctl['registry_binary'] = '{V3.needed().path}'"
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as port:
        registry = configured(site, port)
        second = site.settings.read_text()
        old = registry.image("old")
        index = registry.index([registry.image(), registry.image()], "multi")
        assert registry.is_whole("multi")
        known = keys(port)
        assert known
        before = key_in_place(site)
        site.ctl("rotate-registry-key")
        number = site.generation
        said = site.ctl("check-config", "--for-registry", "3")
        assert "distribution 3 serves no manifest of schema 1" in said.stderr
        assert "settings that keep distribution 3 from serving: 0; remarks: 1" in said.stdout
        traffic = Traffic(site)
        try:
            site.settings.write_text(f"{second}{third}\n")
            site.reconfigure()
            assert program_of(site) == V3.path
            assert all(registry.is_whole(image) for image in (old, index))
            # Tokens of both keys are on their way.
            assert status(site, signed(before)) == 200
            new = registry.image("new")
            site.ctl("rotate-registry-key", "--finish")
            assert serves(site)
            assert status(site, signed(before)) == 401
            site.ctl("rollback", str(number))
            assert program_of(site).name == "docker-registry"
            report = traffic.stop()
        finally:
            traffic.kill()
        judged(report)
        again = Registry(site)
        assert all(again.is_whole(image) for image in (old, index, new))
        assert known <= keys(port)
        assert collect(site)["swept"]["moved"]["manifests"] == 0
        assert all(again.is_whole(image) for image in (old, index, new))
