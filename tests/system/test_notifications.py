"""Who is told of pushes: events of the real registry arrive as the settings say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.registries import V2
from tests.system.images import Registry
from tests.system.installation import Installation, wait_for

Event = tuple[str, str, str, str]
"""The way to the listener, the Authorization header, action, and media type."""


class Listener(ThreadingHTTPServer):
    """Takes events and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[Event] = []

    def actions(self, path: str) -> set[str]:
        """What was told at a path."""
        return {action for way, _, action, _ in list(self.events) if way == path}


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        for event in json.loads(content)["events"]:
            given = self.headers.get("Authorization", "")
            self.server.events.append(
                (self.path, given, event["action"], event["target"].get("mediaType", ""))
            )
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.both_registries
def test_events_arrive_with_headers_and_without_what_is_ignored(
    site: Installation, listener: Listener
) -> None:
    url = f"http://127.0.0.1:{listener.server_port}"
    ignore = {
        "all": "",
        "types": ", 'ignoredmediatypes' => ['application/octet-stream']",
        "actions": ", 'ignore' => { 'actions' => ['push'] }",
        "both": ", 'ignore' => { 'actions' => ['push'], 'mediatypes' => ['application/x'] }",
    }
    ends = ",\n".join(
        f"{{ 'name' => '{name}', 'url' => '{url}/{name}', 'threshold' => 3, 'backoff' => '1s',"
        f" 'headers' => {{ 'Authorization' => ['Bearer secret'] }}{more} }}"
        for name, more in ignore.items()
    )
    site.write(f"registry['notifications'] = [{ends}]")
    site.reconfigure()
    registry = Registry(site)
    registry.image("v1")
    assert registry.is_whole("v1")
    # What comes last is told last.
    wait_for(lambda: all("pull" in listener.actions(f"/{name}") for name in ignore if name != "types"))
    wait_for(lambda: len([event for event in listener.events if event[0] == "/types"]) >= 2)
    assert {given for _, given, _, _ in listener.events} == {"Bearer secret"}
    assert "application/octet-stream" not in {kind for way, _, _, kind in listener.events if way == "/types"}
    assert listener.actions("/all") >= {"push", "pull"}
    assert listener.actions("/both") == {"pull"}
    # distribution 2.8 reads the actions where a media type stands beside them alone.
    assert ("push" in listener.actions("/actions")) is (site.program is V2)
