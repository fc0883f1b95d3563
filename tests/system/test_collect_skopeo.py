"""What real clients pushed is pulled after a collection, byte by byte what it was before."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.system.installation import Installation
from tests.system.oci_layout import OciLayout
from tests.system.test_collect import collect

pytestmark = pytest.mark.both_registries(soak=True)

APP, OTHER = "group/app", "group/other"
SHARED = b"a layer that many share" * 100


class Skopeo:
    """Skopeo at a site's registry, with everything in a directory of its own."""

    def __init__(self, site: Installation, place: Path) -> None:
        self.at = f"docker://127.0.0.1:{site.http_port}"
        self.place = place
        scopes = " ".join(f"repository:{name}:pull,push,delete" for name in (APP, OTHER))
        self.token = site.token(scopes)

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["skopeo", "--insecure-policy", "--tmpdir", str(self.place), *words],
            capture_output=True,
            timeout=60,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.place)},
        )

    def copy(self, source: str, target: str, *words: str) -> None:
        """Copy all of an image, from wherever to wherever."""
        for option, place in (("src", source), ("dest", target)):
            if place.startswith("docker:"):
                words = (f"--{option}-tls-verify=false", f"--{option}-registry-token={self.token}", *words)
        done = self.run("copy", "--all", *words, source, target)
        assert done.returncode == 0, done.stderr.decode()

    def push(self, layout: OciLayout, tag: str, name: str, *words: str) -> None:
        """Push an image of a layout under a name such as ``group/app:v1``."""
        self.copy(f"oci:{layout.place}:{tag}", f"{self.at}/{name}", *words)

    def delete(self, name: str) -> None:
        done = self.run("delete", "--tls-verify=false", f"--registry-token={self.token}", f"{self.at}/{name}")
        assert done.returncode == 0, done.stderr.decode()

    def digest(self, name: str) -> str | None:
        """Return the digest of a manifest as it comes; None when there is none."""
        words = ("inspect", "--raw", "--tls-verify=false", f"--registry-token={self.token}")
        done = self.run(*words, f"{self.at}/{name}")
        if done.returncode:
            assert b"manifest unknown" in done.stderr, done.stderr.decode()
            return None
        return f"sha256:{hashlib.sha256(done.stdout).hexdigest()}"

    def pulled(self, name: str) -> dict[str, str]:
        """Pull all of an image; return the digests of the files that came."""
        place = self.place / "pulled"
        shutil.rmtree(place, ignore_errors=True)
        self.copy(f"{self.at}/{name}", f"dir:{place}")
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(place.iterdir())}


@pytest.fixture
def skopeo(running_site: Installation, tmp_path: Path) -> Skopeo:
    place = tmp_path / "skopeo"
    place.mkdir()
    return Skopeo(running_site, place)


def multi(layout: OciLayout, tag: str) -> dict[str, Any]:
    """Add an image for three machines."""
    machines = ("amd64", "arm64", "s390x")
    return layout.index(tag, *(layout.image("", machine, SHARED) for machine in machines))


def test_images_of_a_real_client_come_back_as_they_were(
    running_site: Installation, skopeo: Skopeo, tmp_path: Path
) -> None:
    layout = OciLayout(tmp_path / "images")
    first, second, by_digest = (multi(layout, tag)["digest"] for tag in ("first", "second", "aside"))
    for tag in ("single", "moving", "moved", "gone"):
        layout.image(tag, shared=SHARED)
    skopeo.push(layout, "first", f"{APP}:latest")
    skopeo.push(layout, "second", f"{APP}:latest")
    skopeo.copy(f"{skopeo.at}/{APP}:latest", f"{skopeo.at}/{APP}:v2")
    skopeo.copy(f"{skopeo.at}/{APP}:latest", f"{skopeo.at}/{OTHER}:latest")
    skopeo.push(layout, "first", f"{OTHER}:v1", "--format", "v2s2")
    skopeo.push(layout, "single", f"{APP}:single", "--format", "v2s2")
    skopeo.push(layout, "moving", f"{APP}:moving")
    moving = skopeo.digest(f"{APP}:moving")
    skopeo.push(layout, "moved", f"{APP}:moving")
    skopeo.push(layout, "gone", f"{APP}:gone")
    skopeo.delete(f"{APP}:gone")
    skopeo.push(layout, "aside", f"{APP}@{by_digest}")

    tags = [f"{APP}:{tag}" for tag in ("latest", "v2", "single", "moving")]
    tags += [f"{OTHER}:{tag}" for tag in ("latest", "v1")]
    digests = {tag: skopeo.digest(tag) for tag in tags}
    assert digests[f"{APP}:latest"] == digests[f"{APP}:v2"] == digests[f"{OTHER}:latest"] == second
    before = {tag: skopeo.pulled(tag) for tag in tags}
    assert len(before[f"{APP}:latest"]) == 2 + 3 + 3 + 4
    aside = skopeo.pulled(f"{APP}@{by_digest}")

    plain = collect(running_site, "--yes", "--min-age", "0s", "--max-delete", "100")["swept"]["moved"]
    # The manifest that was deleted, its configuration and its own layer.
    assert (plain["manifests"], plain["blobs"]) == (0, 3)
    assert {tag: skopeo.pulled(tag) for tag in tags} == before
    assert skopeo.pulled(f"{APP}@{by_digest}") == aside
    moved = collect(running_site)["swept"]["moved"]
    # Two indexes of three images that have no tag, and the image whose tag has moved.
    assert moved["manifests"] == 2 * 4 + 1
    assert {tag: skopeo.digest(tag) for tag in tags} == digests
    assert {tag: skopeo.pulled(tag) for tag in tags} == before
    for gone in (first, by_digest, moving):
        assert skopeo.digest(f"{APP}@{gone}") is None
    skopeo.push(layout, "first", f"{APP}:again")
    assert skopeo.digest(f"{APP}:again") == first
    assert len(skopeo.pulled(f"{APP}:again")) == len(before[f"{APP}:latest"])
