"""What a reconfigure proves through the registry itself: that it reads, and takes what is pushed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctl.registry.client import Client, Endpoint, Response, Tls
from tests.system.installation import Installation
from tests.system.seaweedfs import seaweedfs
from tests.system.test_check import findings, outcomes

WAYS = ("the registry's address", "the vhost")


def ask(site: Installation, method: str, path: str, scope: str, **more: Any) -> Response:
    """Ask the vhost as a client does."""
    endpoint = Endpoint("127.0.0.1", site.port, f"localhost:{site.port}", Tls("localhost", None))
    return Client(endpoint).request(method, path, token=site.token(scope), **more)


def images(site: Installation) -> list[str]:
    """Return all that lies where the registry writes, but for the id by which ctl knows the store."""
    root = site.root / "var/opt/gitlab/gitlab-rails/shared/registry"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.name != "ctl-store-id")


@pytest.mark.both_registries
def test_reconfigure_reads_and_pushes_on_each_way_and_leaves_nothing_behind(site: Installation) -> None:
    said = site.reconfigure().stdout
    for way in WAYS:
        assert f"verified: {way} answers pulls: a manifest that is not there is answered with 404" in said
    assert f"verified: the vhost takes pushes: an upload goes on at https://localhost:{site.port}" in said
    assert (
        "verified: the registry's address takes pushes: an upload goes on at"
        f" http://127.0.0.1:{site.http_port}" in said
    )
    assert images(site) == []
    assert outcomes(findings(site, "clients", "proxy", code=0)) == {}
    assert images(site) == []


@pytest.mark.both_registries
def test_what_others_have_begun_stays_and_nothing_of_ours_is_in_the_catalogue(
    running_site: Installation,
) -> None:
    site = running_site
    begun = ask(site, "POST", "/v2/group/app/blobs/uploads/", "repository:group/app:pull,push", body=b"")
    assert begun.status == 202
    before = images(site)
    site.write("registry['log_level'] = 'debug'")
    site.reconfigure()
    assert images(site) == before
    catalogue = ask(site, "GET", "/v2/_catalog", "registry:catalog:*")
    assert (catalogue.status, json.loads(catalogue.body)) == (200, {"repositories": []})


@pytest.mark.both_registries(soak=True)
@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("'X-Forwarded-Proto' => 'http'", "http://localhost:{0}"),
        ("'Host' => 'registry.elsewhere'", "https://registry.elsewhere"),
        ("'Host' => '$host'", "https://localhost"),
    ],
)
def test_upload_that_would_go_on_elsewhere_takes_the_run_back(
    running_site: Installation, header: str, said: str
) -> None:
    site = running_site
    site.write(f"registry['nginx']['proxy_set_headers'] = {{ {header} }}")
    done = site.reconfigure(code=1)
    assert f"the vhost takes pushes: an upload is to go on at {said.format(site.port)}" in done.stderr
    assert f"https://localhost:{site.port} is expected" in done.stderr
    assert "registry['nginx']['proxy_set_headers']" in done.stderr
    assert "generation 1 is in force again" in done.stderr
    assert images(site) == []


@pytest.mark.both_registries(soak=True)
@pytest.mark.parametrize(
    "variable", ["'REGISTRY_HTTP_RELATIVEURLS' => 'true'", "'REGISTRY_HTTP_HOST' => '{0}'"]
)
def test_upload_that_goes_on_below_the_same_address_is_well(
    running_site: Installation, variable: str
) -> None:
    site = running_site
    given = variable.format(f"https://localhost:{site.port}")
    site.write(f"registry['env'] = {{ {given} }}")
    said = site.reconfigure().stdout
    for way in WAYS:
        assert f"verified: {way} takes pushes" in said


def test_host_that_is_not_that_of_the_url_takes_the_run_back(running_site: Installation) -> None:
    running_site.write("registry['env'] = { 'REGISTRY_HTTP_HOST' => 'https://registry.elsewhere' }")
    done = running_site.reconfigure(code=1)
    # What stands in registry['env'] is shown to nobody.
    assert "the vhost takes pushes: an upload is to go on at <masked>" in done.stderr
    assert "REGISTRY_HTTP_HOST" in done.stderr


@pytest.mark.both_registries(soak=True)
def test_store_that_cannot_be_written_takes_the_run_back(running_site: Installation) -> None:
    site = running_site
    blocked = site.root / "blocked"
    blocked.mkdir()
    (blocked / "docker").write_text("no directory")
    site.write("gitlab_rails['registry_path'] = '/blocked'")
    said = site.reconfigure(code=1).stderr
    # Beside what is in its way the store works, so the registry alone finds that.
    assert "the vhost answers pulls: a manifest that is not there is answered with 500" in said
    assert "generation 1 is in force again" in said
    done = site.reconfigure("--no-store-proof")
    assert "takes pushes" not in done.stdout + done.stderr
    checked = findings(site, "clients", code=1)
    assert "is answered with 500" in checked["vhost-reads"]["message"]
    assert "opening an upload is answered with 500" in checked["vhost-uploads"]["message"]


def test_read_only_registry_is_not_pushed_to_and_that_is_said(running_site: Installation) -> None:
    site = running_site
    site.ctl("set-readonly", "on")
    site.write("registry['log_level'] = 'debug'")
    done = site.reconfigure()
    for way in WAYS:
        assert f"verified: {way} answers pulls" in done.stdout
        assert f"not verified: {way} takes pushes: the registry is read-only" in done.stderr
    assert images(site) == []


def test_vhost_that_is_meant_to_refuse_pushes_is_noted(running_site: Installation) -> None:
    site = running_site
    own = "if ($request_method = POST) { return 403; }"
    site.write(f"registry['nginx']['custom_gitlab_server_config'] = '{own}'")
    done = site.reconfigure()
    assert "not verified: the vhost takes pushes: not the registry answers 403" in done.stderr
    assert "verified: the registry's address takes pushes" in done.stdout


@pytest.mark.both_registries(soak=True)
def test_store_of_objects_is_pushed_to_once_by_a_change_and_never_by_looking(
    running_site: Installation, tmp_path: Path
) -> None:
    site = running_site
    with seaweedfs(tmp_path) as service:
        service.make("images")
        site.write(service.settings("images"))
        done = site.reconfigure()
        assert (
            f"verified: the vhost takes pushes: an upload goes on at https://localhost:{site.port}"
            in done.stdout
        )
        assert "the registry's address takes pushes" not in done.stdout + done.stderr
        assert "verified: the registry's address answers pulls" in done.stdout
        probes = findings(site, "clients", code=0)
        assert probes["vhost-uploads"]["outcome"] == "note"
        assert "ctl reconfigure tries it" in probes["vhost-uploads"]["message"]
        assert probes["vhost-reads"]["outcome"] == "ok"
        uploads = service.names("images", "docker/registry/v2/repositories/ctl-probe/_uploads/")
        assert len(uploads) == 1
        catalogue = ask(site, "GET", "/v2/_catalog", "registry:catalog:*")
        assert json.loads(catalogue.body)["repositories"] in ([], None)
        site.write()
        site.reconfigure()


def test_run_that_does_nothing_to_what_serves_pushes_nothing(running_site: Installation) -> None:
    site = running_site
    site.write("gitlab_rails['gitlab_default_projects_features_container_registry'] = false")
    done = site.reconfigure()
    assert "verified: the vhost accepts a token" in done.stdout
    assert "takes pushes" not in done.stdout + done.stderr
    assert "GitLab gives tokens" not in done.stdout + done.stderr
    # A store that was not proven by the last run is, whatever else is due.
    (site.layout.state / "proven.json").unlink()
    site.write()
    assert "verified: the vhost takes pushes" in site.reconfigure().stdout
