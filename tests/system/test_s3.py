"""Images in S3: each registry as ctl configures it, on a stand-in for the service."""

from __future__ import annotations

import urllib.request

import pytest

from tests.registries import V3
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.seaweedfs import ALL, SeaweedFS
from tests.system.test_readonly import takes_pushes

MIB = 1024 * 1024
# Five times a part of the least size that S3 takes.
LARGE = 25 * MIB + 1


def configured(site: Installation, service: SeaweedFS, directory: str, *more: str) -> None:
    """Reconfigure with a bucket; further words are entries of registry['storage']['s3']."""
    given = service.settings("images", rootdirectory=directory)
    site.write(given.replace("'region' =>", "".join(f"{line},\n  " for line in more) + "'region' =>", 1))
    site.reconfigure()


@pytest.mark.both_registries
def test_images_are_pushed_pulled_and_deleted_in_s3(site: Installation, service: SeaweedFS) -> None:
    directory = f"/of/{site.program.name}"
    configured(site, service, directory)
    registry = Registry(site)
    child = registry.image("v1")
    index = registry.index([child], "multi")
    large, _ = registry.blob(LARGE)
    assert registry.is_whole("multi")
    assert registry.has(large)
    site.ctl("set-readonly", "on")
    assert registry.is_whole("multi")
    assert not takes_pushes(site)
    site.ctl("set-readonly", "off")
    assert takes_pushes(site)
    registry.delete(index)
    assert registry.ask("GET", "manifests/multi")[0] == 404
    assert registry.is_whole("v1")
    assert service.names("images", f"{directory[1:]}/docker/registry/v2/") == ["blobs", "repositories"]
    site.ctl("restart", "registry")
    assert registry.is_whole("v1")
    assert ALL.secret not in (site.root / "var/log/gitlab/registry/current").read_text()


@pytest.mark.both_registries
def test_client_is_sent_to_the_bucket_for_a_blob_where_that_is_not_disabled(
    site: Installation, service: SeaweedFS
) -> None:
    given = service.settings("images", rootdirectory=f"/redirected/{site.program.name}")
    site.write(given.replace(", 'redirect' => { 'disable' => true }", ""))
    site.reconfigure()
    registry = Registry(site)
    digest, size = registry.blob()
    status, _, where = registry.led("GET", f"blobs/{digest}")
    assert status == 307
    assert where.startswith(f"{service.url}/images/redirected/{site.program.name}/docker/registry/v2/blobs/")
    with urllib.request.urlopen(where, timeout=30) as answer:  # noqa: S310 - our own
        assert len(answer.read()) == size


# Everything that is more than which bucket, as distribution 3 has it; 2.8 ignores the last ones.
EVERY = (
    "'chunksize' => 6291456",
    "'multipartcopychunksize' => 5242880",
    "'multipartcopymaxconcurrency' => 2",
    "'multipartcopythresholdsize' => 5242880",
    "'storageclass' => 'STANDARD'",
    "'objectacl' => 'bucket-owner-full-control'",
    "'useragent' => 'of-the-tests'",
    "'secure' => false",
    "'skipverify' => true",
    "'forcepathstyle' => true",
    "'loglevel' => 'debug'",
)


@pytest.mark.soak
@pytest.mark.both_registries
@pytest.mark.parametrize("more", [EVERY, ("'v4auth' => false",)], ids=["every", "signed-by-v2"])
def test_images_are_whole_whatever_else_is_set_for_the_bucket(
    site: Installation, service: SeaweedFS, more: tuple[str, ...]
) -> None:
    configured(site, service, f"/{site.program.name}/{len(more)}", *more)
    registry = Registry(site)
    registry.image("v1")
    large, _ = registry.blob(LARGE)
    assert registry.is_whole("v1")
    assert registry.has(large)
    logs = (site.root / "var/log/gitlab/registry/current").read_text()
    assert ("DEBUG: Request s3/" in logs) is ("'loglevel' => 'debug'" in more and site.program is V3)
