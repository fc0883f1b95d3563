"""What is written for nginx, read by the version that it is written for: Debian 12's, or Debian 13's."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.credentials.selfsigned import self_signed
from tests.golden_tree import GOLDEN, VHOST
from tests.nginxes import NEWER, NGINXES, OLDER, Nginx
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.test_readonly import takes_pushes

PLACES = sorted(GOLDEN.glob("*/files/var/opt/gitlab/ctl/generations/1/nginx"))
HTTP2 = "registry['nginx']['http2_enabled'] = true"
BOTH = pytest.mark.parametrize("nginx", NGINXES, ids=lambda nginx: nginx.version)
DHPARAM = ("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048")


def laid_out(place: Path, nginx: Nginx, prefix: Path) -> Path:
    """Copy a golden configuration to where nginx can read it, with every file that it names."""
    shutil.copytree(place, prefix / "conf")
    for name in ("logs", "run", "temp"):
        (prefix / name).mkdir()
    newer = GOLDEN / place.relative_to(GOLDEN).parts[0] / "vhost-nginx-1.26.conf"
    if nginx is NEWER and newer.exists():
        shutil.copy(newer, prefix / "conf" / VHOST.removeprefix("nginx/"))
    certificate, key = self_signed("localhost", datetime.now(UTC))
    dhparam = subprocess.run(DHPARAM, capture_output=True, check=True).stdout
    for file in (prefix / "conf").rglob("*.conf"):
        text = file.read_text().replace("@ROOT@", str(prefix / "root"))
        file.write_text(text)
        for word, name in re.findall(r'^\s*(ssl_\w+) "(/[^"]+)"', text, re.MULTILINE):
            named = Path(name)
            assert named.is_relative_to(prefix)
            named.parent.mkdir(parents=True, exist_ok=True)
            named.write_bytes({"ssl_dhparam": dhparam, "ssl_certificate_key": key}.get(word, certificate))
    return prefix


@BOTH
def test_every_golden_configuration_passes_without_a_warning(nginx: Nginx, root: Path) -> None:
    program = nginx.needed()
    assert len(PLACES) > 20
    said = {}
    for number, place in enumerate(PLACES):
        prefix = laid_out(place, nginx, root / str(number))
        command: list[str | Path] = [
            program,
            "-t",
            "-e",
            "stderr",
            "-p",
            f"{prefix}/",
            "-c",
            "conf/nginx.conf",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode or "[" in done.stderr:
            said[place.relative_to(GOLDEN).parts[0]] = done.stderr
    assert said == {}


def asked(site: Installation, *words: str) -> str:
    """Ask the vhost by curl, by HTTP/2 where that is offered; give the version of HTTP and the status."""
    token = site.token("repository:group/app:pull")
    command = ["curl", "-sS", "--http2", "--cacert", str(site.certificate), "-o", "/dev/null"]
    done = subprocess.run(
        [*command, "-w", "%{http_version} %{http_code}", "-H", f"Authorization: Bearer {token}", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def configured(site: Installation, nginx: Nginx, *more: str) -> None:
    site.write(f"ctl['nginx_binary'] = '{nginx.needed()}'", HTTP2, *more)
    site.reconfigure()


def warnings(site: Installation) -> list[str]:
    """What nginx has said of its configuration."""
    logs = (site.root / "var/log/gitlab/nginx").iterdir()
    texts = [log.read_text() for log in logs if log.is_file()]
    return [line for text in texts for line in text.splitlines() if "[warn]" in line or "[emerg]" in line]


@BOTH
@pytest.mark.both_registries(soak=True)
def test_images_go_by_http2_through_reload_and_read_only(site: Installation, nginx: Nginx) -> None:
    configured(site, nginx)
    program = Path(f"/proc/{site.pids()['nginx']}/exe").resolve()
    assert program == nginx.needed()
    registry = Registry(site)
    registry.image("v1")
    url = f"https://localhost:{site.port}/v2/group/app/manifests/v1"
    kind = ("-H", "Accept: application/vnd.oci.image.manifest.v1+json")
    assert asked(site, url, *kind) == "2 200"
    site.ctl("set-readonly", "on")
    assert not takes_pushes(site)
    assert asked(site, url, *kind) == "2 200"
    site.ctl("set-readonly", "off")
    assert takes_pushes(site)
    master = site.pids()["nginx"]
    configured(site, nginx, "registry['nginx']['hsts_max_age'] = 11")
    assert site.pids()["nginx"] == master
    assert asked(site, url, *kind) == "2 200"
    assert registry.is_whole("v1")
    assert warnings(site) == []


def test_nginx_that_becomes_a_newer_one_is_told_of_http2_in_its_words(site: Installation) -> None:
    vhost = site.layout.current / VHOST
    configured(site, OLDER)
    assert " ssl http2;" in vhost.read_text()
    configured(site, NEWER)
    assert "  http2 on;" in vhost.read_text()
    assert asked(site, f"https://localhost:{site.port}/v2/") == "2 200"
    site.ctl("rollback")
    assert asked(site, f"https://localhost:{site.port}/v2/") == "2 200"
    assert warnings(site) == []
