"""Clients of all kinds see no error while the registry is exchanged, collected, and gets another key."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.registries import Program
from tests.storage.tree import Tree
from tests.system.clients import CLIENTS, needed
from tests.system.crowd import Crowd
from tests.system.installation import Installation, wait_for
from tests.system.test_collect import collect, storage
from tests.system.token_service import token_service
from tests.system.watching import status

# What docker takes for the shortest life of a token.
LIFETIME = 60
ORPHANS = 40
# Older than what a collection leaves alone.
OLD = 100 * 24 * 3600
OPTIONS = ("--yes", "--max-delete", "100", "--json")


def put_orphans(site: Installation) -> None:
    """Put blobs into the store that nothing needs, as pushes that came to nothing long ago have left them."""
    tree, chance = Tree(storage(site)), random.Random()
    account = storage(site).stat()
    for _ in range(ORPHANS):
        path = tree.blob_path(tree.blob(chance.randbytes(100)))
        os.utime(path, (time.time() - OLD,) * 2)
        for place in (path, path.parent, path.parents[1]):
            os.chown(place, account.st_uid, account.st_gid)


@pytest.mark.soak
@pytest.mark.both_registries
def test_no_client_sees_an_error_whatever_ctl_does(
    site: Installation, registry_program: Program, root: Path
) -> None:
    with token_service(site, LIFETIME) as service:
        site.write(service.setting)
        site.reconfigure()
        crowd = Crowd(site, root / "clients")
        with crowd.busy():
            crowd.everybody_has_come_round()
            site.ctl("restart", "registry")
            crowd.everybody_has_come_round()
            site.write(service.setting, "registry['log_level'] = 'error'")
            site.reconfigure()
            crowd.everybody_has_come_round()
            site.write(service.setting, "registry['nginx']['custom_gitlab_server_config'] = '# another'")
            assert "reload nginx" in site.reconfigure().stderr
            crowd.everybody_has_come_round()
            old = site.token("repository:group/base:pull")
            site.ctl("rotate-registry-key")
            rotated = time.monotonic()
            assert status(site, old) == 200
            crowd.everybody_has_come_round()
            for _ in range(2):
                put_orphans(site)
                assert collect(site, *OPTIONS)["swept"]["moved"]["blobs"] == ORPHANS
            before = Counter(crowd.refused)
            site.ctl("set-readonly", "on")
            wait_for(lambda: all(crowd.refused[name] > before[name] for name in crowd.names), 120)
            site.ctl("set-readonly", "off")
            crowd.everybody_has_come_round()
            # As the rotation says: when the tokens of the old key have expired.
            wait_for(lambda: time.monotonic() > rotated + LIFETIME, 2 * LIFETIME)
            site.ctl("rotate-registry-key", "--finish")
            assert status(site, old) == 401
            crowd.everybody_has_come_round()
            site.ctl("rollback")
            crowd.everybody_has_come_round()
        print(f"\n{registry_program.name}: {dict(crowd.rounds)}, refused: {dict(crowd.refused)}")
        assert crowd.failures == []
        assert [engine.retries for engine in crowd.engines] == [0, 0]
    for kind in CLIENTS:
        needed(kind.program)


@pytest.mark.soak
def test_clients_see_it_when_nobody_serves(open_site: Installation, root: Path) -> None:
    crowd = Crowd(open_site, root / "clients")
    with crowd.busy():
        open_site.ctl("stop", "registry")
        wait_for(lambda: {failure.partition(":")[0] for failure in crowd.failures} == set(crowd.names), 120)
