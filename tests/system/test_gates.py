"""What scanners of others say of nginx's configuration, and of how it speaks TLS: nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.golden_tree import GOLDEN
from tests.system.installation import Installation

BY_ADDRESS = "registry['nginx']['health_check_by_address'] = true"
PLACES = sorted(GOLDEN.glob("*/files/var/opt/gitlab/ctl/generations/1/nginx"))
# What the settings of a case ask for against all advice.
ASKED = {"every-filesystem": {"weak_ssl_tls", "hsts_header"}}


def gixy(place: Path) -> list[dict[str, Any]]:
    """Return what gixy finds in nginx's configuration; it resolves what is included from where it runs."""
    done = subprocess.run(
        [Path(sys.executable).with_name("gixy"), "-f", "json", "nginx.conf"],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    assert bool(done.returncode) == bool(findings), done.stderr
    return findings


def sslyze(site: Installation, name: str | None = "localhost") -> set[str]:
    """Return in what the vhost is not Mozilla's intermediate configuration, for a name in the handshake."""
    report = site.root / "sslyze.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sslyze", "--mozilla_config=intermediate", f"--json_out={report}"),
            *(["--sni", name] if name else []),
            f"127.0.0.1:{site.port}",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    compliance = done.stdout.partition("COMPLIANCE AGAINST TLS CONFIGURATION")[2]
    wrong = [line.strip() for line in compliance.splitlines() if line.strip().startswith("* ")]
    # The certificate of the tests is signed by nobody, which is always told.
    assert any(line.startswith("* certificate_path_validation:") for line in wrong), done.stdout
    return {line.removeprefix("* ").split(":")[0] for line in wrong} - {"certificate_path_validation"}


@pytest.mark.parametrize("more", [[], [BY_ADDRESS], ["registry['nginx']['listen_https'] = false"]])
def test_gixy_finds_nothing_in_the_configuration(site: Installation, more: list[str]) -> None:
    site.write(*more)
    site.reconfigure()
    assert gixy(site.layout.current / "nginx") == []


def test_gixy_finds_what_an_administrators_own_text_does_wrong(site: Installation) -> None:
    text = "location /x { return 302 https://localhost$uri; }"
    site.write(f"registry['nginx']['custom_gitlab_server_config'] = '{text}'")
    site.reconfigure()
    assert [finding["plugin"] for finding in gixy(site.layout.current / "nginx")] == ["http_splitting"]


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.relative_to(GOLDEN).parts[0])
def test_gixy_finds_nothing_in_any_configuration_but_what_its_settings_ask_for(place: Path) -> None:
    assert len(PLACES) > 20
    case = place.relative_to(GOLDEN).parts[0]
    assert {finding["plugin"] for finding in gixy(place)} == ASKED.get(case, set())


def test_sslyze_finds_the_intermediate_configuration_of_mozilla(running_site: Installation) -> None:
    assert sslyze(running_site) == set()


def test_sslyze_finds_ciphers_that_a_setting_names_against_its_advice(site: Installation) -> None:
    site.write("registry['nginx']['ssl_ciphers'] = 'ECDHE-ECDSA-AES128-SHA'")
    site.reconfigure()
    assert "ciphers" in sslyze(site)


@pytest.mark.soak
@pytest.mark.parametrize("name", [None, "localhost", "evil.example"])
@pytest.mark.parametrize("more", ["", "registry['nginx']['http2_enabled'] = false"])
def test_sslyze_finds_it_under_whatever_name_a_handshake_comes_about(
    site: Installation, more: str, name: str | None
) -> None:
    site.write(BY_ADDRESS, more)
    site.reconfigure()
    assert sslyze(site, name) == set()
