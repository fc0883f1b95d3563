"""Signed images and stores that are spread over several disks, collected by the command."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.images import MANIFEST, Registry
from tests.system.installation import REPOSITORY, Installation
from tests.system.test_collect import ALL, collect, storage
from tests.system.test_collect_status import last

pytestmark = pytest.mark.both_registries(soak=True)


def signed(registry: Registry) -> tuple[str, str]:
    """Push an image without a tag and a signature by the fallback tag; give both."""
    image = registry.image()
    config, size = registry.blob()
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/x", "digest": config, "size": size},
        "layers": [],
        "subject": {"mediaType": MANIFEST, "digest": image, "size": 1},
    }
    signature = registry.put(json.dumps(document).encode(), MANIFEST)
    registry.index([signature], image.replace(":", "-"))
    return image, signature


def scheduled(site: Installation, *words: str) -> str:
    """Collect as the schedule does; give what it has written into its log."""
    log = site.root / "var/log/gitlab/ctl/collect.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    with log.open("ab") as out:
        command = site.command("registry-garbage-collect", *ALL, *words)
        done = subprocess.run(command, stdout=out, stderr=out, check=False, cwd=REPOSITORY, timeout=120)
    said = log.read_text()
    assert done.returncode == 0, said
    return said


def serves(registry: Registry, *digests: str) -> bool:
    return all(registry.ask("GET", f"manifests/{digest}")[0] == 200 for digest in digests)


def test_scheduled_run_says_once_that_signed_images_go_before_it_takes_them(
    running_site: Installation,
) -> None:
    registry = Registry(running_site)
    tagged, untagged = registry.image("v1"), registry.image()
    image, signature = signed(registry)
    said = scheduled(running_site)
    assert "--keep-signed keeps them" in said
    assert serves(registry, tagged, image, signature)
    assert not serves(registry, untagged)
    assert "--keep-signed" not in scheduled(running_site, "--keep-signed")
    assert serves(registry, image, signature)
    assert "--keep-signed" not in scheduled(running_site)
    assert registry.is_whole("v1")
    assert not serves(registry, image)
    assert not serves(registry, signature)
    assert json.loads(registry.ask("GET", "tags/list")[1])["tags"] == ["v1"]
    running_site.ctl("registry-garbage-collect", "--undo")
    assert serves(registry, image, signature, image.replace(":", "-"))


def test_options_about_signatures_are_refused_where_they_do_nothing(site: Installation) -> None:
    for option in ("--keep-signed", "--orphaned-signatures"):
        assert "it needs -m" in site.ctl("registry-garbage-collect", option, code=2).stderr
        words = ("registry-garbage-collect-schedule", "set", "04:05", option)
        assert "it needs -m" in site.ctl(*words, code=2).stderr
        registry = site.ctl("registry-garbage-collect", "-m", option, "--engine", "registry", code=2)
        assert "--engine registry" in registry.stderr


def test_store_is_read_behind_links_to_the_places_that_settings_name(
    running_site: Installation, tmp_path: Path
) -> None:
    here, there = Registry(running_site), Registry(running_site, "far/app")
    near, far = here.image("v1"), there.image("v1")
    place = storage(running_site) / "docker/registry/v2/repositories/far"
    shutil.move(place, tmp_path / "far")
    place.symlink_to(tmp_path / "far")
    assert there.is_whole("v1")
    said = scheduled(running_site)
    assert "ctl['storage_directories'] has to say so" in said
    assert there.is_whole("v1")
    running_site.write(f"ctl['storage_directories'] = ['{tmp_path}']")
    running_site.reconfigure()
    report = collect(running_site)
    assert not report["oddities"]
    assert here.is_whole("v1")
    assert there.is_whole("v1")
    rows = json.loads(running_site.ctl("registry-usage", "--json").stdout)["rows"]
    assert [row["repository"] for row in rows] == ["far/app", "group/app"]
    assert serves(here, near)
    assert serves(there, far)


def test_link_to_everything_is_left_out_and_the_rest_is_collected(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    untagged = registry.image()
    (storage(running_site) / "docker/registry/v2/repositories/x").symlink_to("/")
    (storage(running_site) / "ctl-trash").symlink_to("/")
    report = collect(running_site)
    assert [oddity["path"] for oddity in report["oddities"] if "path" in oddity] == [
        "docker/registry/v2/repositories/x"
    ]
    assert not registry.has(untagged)
    assert registry.is_whole("v1")
    assert any("ctl-trash" in note for note in report["notes"])


def test_scheduled_run_that_only_says_what_goes_next_empties_the_trash_and_says_that_it_deleted_nothing(
    running_site: Installation,
) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    registry.image()
    collect(running_site)
    trash = storage(running_site) / "ctl-trash"
    assert [run for run in trash.iterdir() if run.is_dir()]
    untagged = registry.image()
    (storage(running_site) / "docker/registry/v2/repositories/x").symlink_to("/")
    assert "links lead out of the store" in scheduled(running_site, "--keep-deleted", "0")
    assert serves(registry, untagged)
    assert not [run for run in trash.iterdir() if run.is_dir()]
    assert last(running_site)["message"].startswith("nothing was deleted: what goes from the next")
    scheduled(running_site)
    assert not serves(registry, untagged)
