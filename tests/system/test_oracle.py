"""The judge of collections sees what it has to see."""

from __future__ import annotations

from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.oracle import Oracle, lost
from tests.system.test_collect import storage


def test_oracle_sees_every_image_and_what_is_lost_of_one(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    child = registry.image()
    index = registry.index([child, registry.image()], "multi")
    untagged = registry.image(layers=1)
    oracle = Oracle(site.http_port, site.token, storage(site))
    before = oracle.look()
    name = registry.repository
    assert set(before.tags) == {(name, "multi")}
    assert {digest for _, digest in before.manifests} >= {child, index, untagged}
    # Index, two images, and of each its configuration and two layers.
    assert len(before.tags[name, "multi"].parts) == 1 + 2 + 6
    assert not any(pulled.missing for pulled in [*before.tags.values(), *before.manifests.values()])
    assert lost(before, oracle.look(), untagged=False) == []
    layer = sorted(before.manifests[name, child].parts - {child})[0].removeprefix("sha256:")
    (storage(site) / f"docker/registry/v2/blobs/sha256/{layer[:2]}/{layer}/data").unlink()
    site.ctl("restart", "registry")
    losses = lost(before, oracle.look(), untagged=True)
    assert any("multi" in loss for loss in losses)
    assert all(f"sha256:{layer}" in loss for loss in losses)
    registry.delete(untagged)
    assert f"{(name, untagged)} is gone" in lost(before, oracle.look(), untagged=False)
