"""No setting moves images silently: another store than the one in force is refused, a copy is taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ctl.apply import generation
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.seaweedfs import SeaweedFS

ELSEWHERE = "gitlab_rails['registry_path'] = '/srv/images'"


@pytest.fixture
def with_image(running_site: Installation) -> Installation:
    Registry(running_site).image("v1")
    return running_site


def images_of(site: Installation) -> Path:
    return site.root / "var/opt/gitlab/gitlab-rails/shared/registry"


def mark_of(site: Installation) -> str | None:
    staged = generation.load_current(site.layout)
    assert staged is not None
    assert staged.manifest.store is not None
    return staged.manifest.store.id


def refused(site: Installation, *said: str) -> None:
    before, pids = site.generation, site.pids()
    done = site.reconfigure(code=1)
    for text in (*said, "nothing has been changed", "ctl reconfigure --new-store"):
        assert text in done.stderr, done.stderr
    assert site.generation == before
    assert site.pids() == pids
    assert Registry(site).is_whole("v1")


def test_other_directory_is_refused_while_the_one_in_force_holds_images(with_image: Installation) -> None:
    site = with_image
    site.write(ELSEWHERE)
    said = site.reconfigure("--dry-run").stderr
    line = site.settings.read_text().splitlines().index(ELSEWHERE) + 1
    assert f"{site.settings}:{line}:" in said
    assert (
        "warning[store-moves]: the registry would serve from another store: now it is the directory" in said
    )
    refused(
        site, f"now it is the directory {images_of(site)}, and that holds 1 repository", "holds no repository"
    )
    assert not (site.root / "srv/images").exists()
    done = site.reconfigure("--new-store")
    assert "restarted registry" in done.stdout
    assert Registry(site).ask("GET", "manifests/v1")[0] == 404
    # Back to where the images are: what stands in force by now holds nothing.
    site.write()
    site.reconfigure()
    assert Registry(site).is_whole("v1")


def test_bucket_is_refused_while_the_directory_in_force_holds_images(
    with_image: Installation, service: SeaweedFS
) -> None:
    site = with_image
    site.write(service.settings("images", rootdirectory="/moved"))
    refused(site, f"the s3 bucket images at {service.url}, below moved/ holds no repository")
    assert service.names("images", "moved/") == []
    site.reconfigure("--new-store")
    Registry(site).image("v2")
    site.write()
    done = site.reconfigure(code=1)
    assert f"now it is the s3 bucket images at {service.url}, below moved/, and that holds 1 repository" in (
        done.stderr
    )


def test_rollback_moves_nobody_silently_either(with_image: Installation) -> None:
    site = with_image
    before = site.generation
    site.write(ELSEWHERE)
    site.reconfigure("--new-store")
    Registry(site).image("v2")
    assert "the registry would serve from another store" in site.ctl("rollback", str(before), code=1).stderr
    site.ctl("rollback", str(before), "--new-store")
    assert Registry(site).is_whole("v1")


def test_copy_of_the_whole_store_is_taken_and_a_part_of_it_is_not(with_image: Installation) -> None:
    site, copy = with_image, with_image.root / "srv/images"
    shutil.copytree(images_of(site), copy)
    site.write(ELSEWHERE)
    repositories = copy / "docker/registry/v2/repositories"
    repositories.rename(repositories.with_name("aside"))
    refused(site, "is a copy of", "but not of all of it: it holds no repository")
    repositories.with_name("aside").rename(repositories)
    own = mark_of(site)
    done = site.reconfigure()
    assert f"{copy} is a copy of the directory {images_of(site)}: both hold 1 repository" in (
        done.stdout + done.stderr
    )
    assert mark_of(site) == own
    assert Registry(site).is_whole("v1")


@pytest.mark.parametrize("how", ["gone", "empty", "another"])
def test_store_that_is_not_what_it_was_is_refused(with_image: Installation, how: str) -> None:
    """As when a disk is not mounted, or another one is."""
    site, images = with_image, images_of(with_image)
    site.reconfigure()
    away = images.with_name("away")
    images.rename(away)
    said = "is gone, with all its images; nothing empty takes its place"
    if how != "gone":
        images.mkdir()
        said = "is not the store that it was: it has no id any more, and holds no repository"
    if how == "another":
        (images / "ctl-store-id").write_text(f"{'f' * 32}\n")
        said = "is another store than it was: it has another id, and holds no repository"
    site.write("registry['log_level'] = 'debug'")
    done = site.reconfigure(code=1)
    assert said in done.stderr
    assert "is its file system mounted" in done.stderr
    left = sorted(path.name for path in images.iterdir()) if images.exists() else None
    assert left == {"gone": None, "empty": [], "another": ["ctl-store-id"]}[how]
    if images.exists():
        shutil.rmtree(images)
    away.rename(images)
    site.reconfigure()
    assert Registry(site).is_whole("v1")


def test_store_of_a_version_that_noted_none_is_adopted(with_image: Installation) -> None:
    site = with_image
    manifest = site.layout.current / "manifest.json"
    own = mark_of(site)
    text = manifest.read_text()
    start = text.index('"store": {')
    manifest.write_text(text[:start] + '"store": null' + text[text.index("}", start) + 1 :])
    (images_of(site) / "ctl-store-id").unlink()
    site.write(ELSEWHERE)
    refused(site, "that holds 1 repository")
    site.write("registry['log_level'] = 'debug'")
    site.reconfigure()
    assert mark_of(site) not in (None, own)
    assert (images_of(site) / "ctl-store-id").read_text().startswith(str(mark_of(site)))


def test_store_without_images_is_left_without_a_word(running_site: Installation) -> None:
    running_site.write(ELSEWHERE)
    running_site.reconfigure()
    assert (running_site.root / "srv/images/ctl-store-id").exists()
