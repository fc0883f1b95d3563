"""``ctl check``: every probe beside what is right, and shown failing by a real cause."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from ctl.checks.model import Area
from tests.ports import free_port
from tests.registry.answering import answering, http
from tests.system.installation import Installation

pytestmark = pytest.mark.both_registries(soak=True)


def findings(site: Installation, *words: str, code: int) -> dict[str, dict[str, Any]]:
    """Run it; return every finding by the name of its probe."""
    document = json.loads(site.ctl("check", "--json", *words, code=code).stdout)
    return {finding["probe"]: finding for finding in document["findings"]}


@pytest.fixture
def well(running_site: Installation) -> Iterator[Installation]:
    """An installation of which nothing is to be said."""
    running_site.certificate.with_suffix(".key").chmod(0o600)
    refused = json.dumps({"errors": [{"code": "DENIED", "message": "access forbidden"}]})
    with answering(http("403 Forbidden", refused)) as gitlab:
        running_site.write(f"registry['token_realm'] = 'http://127.0.0.1:{gitlab.port}'")
        running_site.reconfigure()
        yield running_site


def outcomes(findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: finding["outcome"] for name, finding in findings.items() if finding["outcome"] != "ok"}


@pytest.mark.both_registries
def test_healthy_installation_is_found_well_in_every_area_and_nothing_is_changed(well: Installation) -> None:
    site, before = well, well.ctl("history").stdout
    checked = findings(site, code=0)
    assert outcomes(checked) == {}
    assert {finding["area"] for finding in checked.values()} == {*map(str, Area)}
    assert "takes, keeps, lists, copies and deletes" in checked["store-works"]["message"]
    images = site.root / "var/opt/gitlab/gitlab-rails/shared/registry"
    assert not any(path.name.startswith("ctl-proof") for path in images.iterdir())
    assert checked["pushes"]["name"] == "pushes are accepted"
    assert checked["registry-accepts-token"]["message"] == "the token is accepted"
    said = site.ctl("check")
    assert said.stderr == ""
    assert said.stdout.splitlines()[-1] == f"{len(checked)} checked: all is well"
    assert site.ctl("history").stdout == before


@pytest.mark.both_registries
def test_listeners_are_shown_with_who_can_reach_them_and_who_says_so(running_site: Installation) -> None:
    site = running_site
    debug = free_port()
    site.write(f"registry['debug_addr'] = '127.0.0.1:{debug}'")
    site.reconfigure()
    listeners = findings(site, "services", code=0)["listeners"]
    assert listeners["message"] == "as the settings say, and none is for more than this machine only"
    lines = listeners["evidence"]
    program = site.program.path.name
    assert f"127.0.0.1:{debug}: this machine only ({program}, as registry['debug_addr'] says)" in lines
    assert f"127.0.0.1:{site.port}: this machine only (nginx, as registry_external_url says)" in lines
    assert f"unix:{site.layout.instance_socket('registry')}: this machine only (registry, for nginx)" in lines
    for path, said in (("/debug/health", "{}"), ("/metrics", "registry_http_in_flight_requests{")):
        with urllib.request.urlopen(f"http://127.0.0.1:{debug}{path}", timeout=10) as answer:
            assert said in answer.read().decode()


def test_debug_address_that_all_can_reach_is_warned_of(running_site: Installation) -> None:
    site = running_site
    debug = free_port()
    site.write(f"registry['debug_addr'] = '0.0.0.0:{debug}'")
    site.reconfigure()
    listeners = findings(site, "services", code=0)["listeners"]
    assert listeners["outcome"] == "warning"
    assert listeners["message"].startswith("registry['debug_addr'] is for everybody")
    assert listeners["help"] == f"'127.0.0.1:{debug}' is for this machine alone"


def test_certificate_that_nginx_has_not_read_yet_is_an_error_with_reason_and_remedy(
    well: Installation,
) -> None:
    site = well
    site.renew()
    checked = findings(site, "tls", code=1)
    assert outcomes(checked) == {"vhost-certificate": "error"}
    said = site.ctl("check", "tls", code=1).stdout
    assert "  error    the vhost's certificate: the vhost does not serve the certificate" in said
    assert "why: clients are shown what nginx has read" in said


def test_registry_that_is_stopped_on_purpose_is_noted_and_is_no_error(running_site: Installation) -> None:
    site = running_site
    site.ctl("stop", "registry")
    checked = findings(site, "auth", "services", code=0)
    assert outcomes(checked) == {"registry-not-stopped": "note", "listeners": "note"}
    site.ctl("start", "registry")


def test_settings_with_an_error_are_summed_up_beside_what_is_in_force(running_site: Installation) -> None:
    site = running_site
    site.write("registry['log_level'] = 'loud'")
    checked = findings(site, code=1)
    assert checked["settings-right"]["outcome"] == "error"
    assert "log_level" in checked["settings-right"]["evidence"][0]
    assert checked["vhost-accepts-token"]["outcome"] == "ok"
    assert checked["applied"]["outcome"] == "warning"
    offline = json.loads(site.ctl("check", "--offline", "--json", code=1).stdout)
    assert [finding["probe"] for finding in offline["findings"]] == ["settings-right"]
    assert "the vhost accepts a token" in offline["left_out"]


def test_key_that_others_may_read_is_warned_of_once(running_site: Installation) -> None:
    site = running_site
    site.certificate.with_suffix(".key").chmod(0o644)
    checked = findings(site, "tls", "settings", code=0)
    assert outcomes(checked) == {"key-mode": "warning", "applied": "warning"}
    assert "others may read the key" in checked["key-mode"]["message"]


def test_area_that_there_is_none_of_is_a_usage_error(site: Installation) -> None:
    assert "'disk'" in site.ctl("check", "disk", code=2).stderr
    assert "has not succeeded yet" in site.ctl("check", "settings", code=0).stdout
