"""What is wrong is found before it takes effect, and what turns out wrong afterwards is taken back."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ctl.apply import generation
from tests.system.installation import Installation
from tests.system.watching import dangling, half_done, in_force, listing, refused, run, serves

EXITS_AT_ONCE = """#!/bin/sh
[ "$1" != --version ] || { echo "docker-registry github.com/docker/distribution 2.8.2"; exit 0; }
echo "the disk of the images has gone" >&2
exit 1
"""

# A registry that asks nobody for a token.
ANONYMOUS = """#!/usr/bin/python3
import http.server, pathlib, re, socketserver, sys
if sys.argv[1] == "--version":
    print("docker-registry github.com/docker/distribution 2.8.2")
    raise SystemExit
class Open(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def address_string(self):
        return "-"
place = pathlib.Path(re.search(r'addr: "?(/[^"\\n]+)', pathlib.Path(sys.argv[2]).read_text())[1])
place.unlink(missing_ok=True)
socketserver.UnixStreamServer(str(place), Open).serve_forever()
"""


def program(site: Installation, text: str) -> str:
    """Write a program in the registry's place; return the setting that names it."""
    path = site.root / "registry-program"
    path.write_text(text)
    path.chmod(0o755)
    return f"ctl['registry_binary'] = '{path}'"


def test_broken_vhost_is_refused_before_anything_changes(running_site: Installation) -> None:
    before = listing(running_site.root), running_site.pids()
    running_site.write("registry['nginx']['custom_gitlab_server_config'] = 'no_such_directive on;'")
    kept = running_site.settings.read_bytes()
    said = refused(run(running_site, "reconfigure"), 1)
    assert 'unknown directive "no_such_directive" in service_conf/gitlab-registry.conf' in said
    assert "nothing has been changed" in said
    assert running_site.pids() == before[1]
    after = listing(running_site.root)
    assert after.pop("etc/gitlab/gitlab.rb").endswith(repr(kept))
    before[0].pop("etc/gitlab/gitlab.rb")
    for changing in ("var/opt/gitlab/ctl/lock",):
        after.pop(changing), before[0].pop(changing)
    assert after == before[0]


def test_registry_that_exits_at_once_leads_back_to_the_generation_before(running_site: Installation) -> None:
    nginx = running_site.pids()["nginx"]
    running_site.write(program(running_site, EXITS_AT_ONCE))
    said = refused(run(running_site, "reconfigure"), 1)
    assert "generation 1 is in force again" in said
    assert "the disk of the images has gone" in said
    assert running_site.generation == 1
    assert in_force(running_site) == []
    assert serves(running_site)
    assert running_site.pids()["nginx"] == nginx
    assert "failed" in running_site.ctl("history").stdout


def test_registry_that_asks_for_no_token_leads_back_to_the_generation_before(
    running_site: Installation,
) -> None:
    running_site.write(program(running_site, ANONYMOUS))
    said = refused(run(running_site, "reconfigure"), 1)
    assert "anonymous access: /v2/ answers 200 without a token" in said
    assert "generation 1 is in force again" in said
    assert serves(running_site)


def test_rollback_after_a_failed_run_does_not_choose_the_failed_generation(
    running_site: Installation,
) -> None:
    running_site.write("registry['log_level'] = 'warn'")
    running_site.reconfigure()
    running_site.write(program(running_site, EXITS_AT_ONCE))
    refused(run(running_site, "reconfigure"), 1)
    running_site.write("registry['log_level'] = 'error'")
    running_site.reconfigure()
    running_site.ctl("rollback")
    assert 'level: "warn"' in (running_site.layout.current / "registry/config.yml").read_text()
    assert serves(running_site)


def test_first_run_that_fails_stops_what_it_started_and_leaves_no_link(site: Installation) -> None:
    site.write(program(site, EXITS_AT_ONCE))
    said = refused(run(site, "reconfigure"), 1)
    assert "what this first run had started is stopped again" in said
    assert "the disk of the images has gone" in said
    assert site.processes() == []
    assert not site.layout.current.is_symlink()
    assert dangling(site.root) == []
    assert list(site.layout.services.iterdir()) == []
    assert generation.numbers(site.layout) == []
    assert half_done(site.root) == []
    site.write()
    site.reconfigure()
    assert serves(site)


def test_key_that_is_checked_by_a_bundle_of_the_administrator_cannot_be_verified(
    running_site: Installation,
) -> None:
    bundle = running_site.root / "etc/gitlab/bundle.crt"
    bundle.write_bytes(running_site.certificate.read_bytes())
    running_site.write("registry['rootcertbundle'] = '/etc/gitlab/bundle.crt'")
    done = running_site.reconfigure()
    assert "accepts a token: the certificate bundle is the administrator's own" in done.stderr
    assert "verified: the registry asks for a token" in done.stdout


def test_foreign_program_on_the_port_is_named_before_anything_starts(site: Installation) -> None:
    with socket.create_server(("127.0.0.1", site.http_port)):
        said = refused(run(site, "reconfigure"), 1)

    assert f"port {site.http_port} is held by" in said
    assert f"(pid {os.getpid()})" in said
    assert "nothing has been changed" in said
    assert site.processes() == []
    assert not site.layout.current.is_symlink()


@pytest.fixture
def imposter(site: Installation) -> Iterator[Path]:
    """Somebody who answers in the registry's place on the same port, but on another address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.2", site.http_port), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site.root
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_program_on_the_same_port_of_another_address_is_in_nobodys_way(
    site: Installation, imposter: Path
) -> None:
    site.reconfigure()
    assert serves(site)


def test_hop_that_cannot_be_tried_from_here_is_said_and_is_no_failure(running_site: Installation) -> None:
    running_site.write("registry['nginx']['proxy_protocol'] = true")
    done = running_site.reconfigure()
    assert "not verified: vhost: the vhost expects the PROXY protocol of a load balancer" in done.stderr
