"""A store that does not work never serves: found before the switch, with the line, by real stores."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ports import free_port
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.seaweedfs import ALL, READING, Key, SeaweedFS

pytestmark = pytest.mark.both_registries(soak=True)

REGION = "eu-north-7"


def refused(site: Installation, *settings: str, said: str, help: str, at: str) -> None:
    """Reconfigure with a store that does not work: it is refused, and what served goes on serving."""
    before, pids = site.generation, site.pids()
    site.write(*settings)
    done = site.reconfigure(code=1)
    line = next(number for number, text in enumerate(site.settings.read_text().splitlines(), 1) if at in text)
    assert f"error: {site.settings}:{line}:" in done.stderr
    assert said in done.stderr
    assert "; nothing has been changed" in done.stderr
    assert f"help: {help}" in done.stderr
    assert "ctl reconfigure --no-store-proof" in done.stderr
    assert site.generation == before
    assert site.pids() == pids
    for secret in (ALL.secret, READING.secret):
        assert secret not in done.stdout + done.stderr


def test_store_that_refuses_is_found_before_anything_serves_from_it(
    running_site: Installation, service: SeaweedFS
) -> None:
    site, nobody = running_site, free_port()
    refused(
        site,
        service.settings("imagse"),
        said="there is no bucket imagse",
        help="correct the name of the bucket",
        at="'bucket'",
    )
    # Nor was one made by being written to.
    assert "imagse" not in service.buckets()
    refused(
        site,
        service.settings("images", READING),
        said="AccessDenied on PutObject: the key may not s3:PutObject",
        help="give it that right on images",
        at="'storage'",
    )
    refused(
        site,
        service.settings("images", Key(ALL.access, READING.secret)),
        said="SignatureDoesNotMatch: the secret key is not the one of the access key",
        help="correct secretkey",
        at="'secretkey'",
    )
    refused(
        site,
        service.settings("images", Key("who-is-that", ALL.secret)),
        said="InvalidAccessKeyId: the store knows no such access key",
        help="correct accesskey",
        at="'accesskey'",
    )
    refused(
        site,
        service.settings("images", regionendpoint=f"http://127.0.0.1:{nobody}"),
        said=f"127.0.0.1:{nobody} refuses connections",
        help="does the store run",
        at="'regionendpoint'",
    )
    refused(
        site,
        service.settings("images", regionendpoint="http://no-such-host.invalid"),
        said="nobody knows the host no-such-host.invalid",
        help="correct the endpoint",
        at="'regionendpoint'",
    )
    refused(
        site,
        service.settings("images", regionendpoint=service.url.replace("http", "https")),
        said="does not speak TLS on that port",
        help="write http:// before it",
        at="'regionendpoint'",
    )
    assert service.names("images") == []


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Answer every request alike; yields the URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_store_that_answers_with_an_error_is_quoted_with_its_remedy(
    running_site: Installation, service: SeaweedFS
) -> None:
    wrong = f"<Error><Code>AuthorizationHeaderMalformed</Code><Region>{REGION}</Region></Error>"
    skewed = "<Error><Code>RequestTimeTooSkewed</Code><Message>too far</Message></Error>"
    for status, body, said, help, at in (
        (
            400,
            wrong,
            f"the bucket images lies in the region {REGION}",
            f"set region => '{REGION}'",
            "'region'",
        ),
        (403, skewed, "RequestTimeTooSkewed: the clocks", "timedatectl", "'storage'"),
        (503, "", "the store answers ListObjects with 503", "the store has more to do", "'storage'"),
    ):
        with answering(status, body) as url:
            settings = service.settings("images", regionendpoint=url)
            refused(running_site, settings, said=said, help=help, at=at)


def test_store_that_works_is_proven_once_and_leaves_nothing_behind(
    running_site: Installation, service: SeaweedFS
) -> None:
    site = running_site
    site.write(service.settings("images", rootdirectory="/of/one"))
    done = site.reconfigure()
    assert "verified: the store: the s3 store images takes, keeps, lists, copies and deletes" in done.stdout
    registry = Registry(site)
    registry.image("v1")
    assert registry.is_whole("v1")
    assert service.names("images", "of/one/") == ["ctl-store-id", "docker"]
    site.write(service.settings("images", rootdirectory="/of/one"), "registry['log_level'] = 'debug'")
    assert "the store" not in site.reconfigure().stdout
    checked = json.loads(site.ctl("check", "store", "--json").stdout)
    outcomes = {finding["probe"]: finding["outcome"] for finding in checked["findings"]}
    assert outcomes["store-works"] == "ok"


def test_read_only_registry_is_proven_by_reading(running_site: Installation, service: SeaweedFS) -> None:
    site = running_site
    demand = "registry['storage']['maintenance'] = { 'readonly' => { 'enabled' => true } }"
    site.write(service.settings("images", READING), demand)
    assert "can be listed and read; it is read-only" in site.reconfigure().stdout
    refused(
        site,
        service.settings("images", READING),
        said="the key may not s3:PutObject",
        help="give it that right on images",
        at="'storage'",
    )


def test_store_that_comes_up_later_is_proven_by_the_next_run(
    running_site: Installation, service: SeaweedFS
) -> None:
    site = running_site
    # Pulls do not need it, so the registry starts.
    site.write(service.settings("images", READING))
    done = site.reconfigure("--no-store-proof")
    assert "the store was not proven, as --no-store-proof demands" in done.stderr + done.stdout
    assert "--no-store-proof" in site.ctl("history").stdout
    assert "ctl reconfigure proves it" in site.ctl("status", code=None).stderr
    assert "the key may not s3:PutObject" in site.reconfigure(code=1).stderr
    site.write(service.settings("images"))
    assert "verified: the store:" in site.reconfigure().stdout
    assert "--no-store-proof" not in site.ctl("status").stderr


def test_directory_is_proven_too(running_site: Installation) -> None:
    site, images = running_site, running_site.root / "srv/images"
    images.mkdir(parents=True)
    left = images / "ctl-proof-0123456789abcdef"
    left.write_text("by a run that was killed")
    os.utime(left, (1_000_000_000, 1_000_000_000))
    site.write("gitlab_rails['registry_path'] = '/srv/images'")
    assert f"verified: the store: {images} takes, keeps" in site.reconfigure().stdout
    names = [path.name for path in images.iterdir() if path.name.startswith("ctl")]
    assert names == ["ctl-store-id"]
