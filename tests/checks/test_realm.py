"""The realm is asked: a GitLab that gives tokens is told from all else that answers, and from silence."""

from __future__ import annotations

import json
import socket
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from ctl.checks import realm
from ctl.checks.model import Outcome
from ctl.checks.runner import run
from ctl.checks.served import Served, served
from ctl.paths import Layout
from tests.facts.test_certificates import pair
from tests.plan.making import plan_of
from tests.ports import free_port
from tests.registry.answering import answering, http

DENIED = json.dumps({"errors": [{"code": "DENIED", "message": "access forbidden"}]})
DISABLED = json.dumps({"errors": [{"code": "UNAVAILABLE", "message": "registry not enabled"}]})
TOKEN = json.dumps({"token": "e.y.j"})


def dated(seconds: float) -> str:
    return f"Date: {formatdate(time.time() + seconds, usegmt=True)}"


def sent_to(layout: Layout, url: str) -> Served:
    about = served(layout, plan_of(f"registry['token_realm'] = '{url}'\n", layout=layout), "id", None)
    assert about is not None
    return about


@pytest.mark.parametrize(
    ("status", "body", "more", "outcome", "said"),
    [
        ("403 Forbidden", DENIED, 0, Outcome.OK, "GitLab answers 403 at http://127.0.0.1:"),
        ("200 OK", TOKEN, 20, Outcome.OK, "its clock is"),
        ("401 Unauthorized", DENIED, None, Outcome.OK, "GitLab answers 401"),
        ("200 OK", TOKEN, "Date: yesterday", Outcome.OK, "GitLab answers 200"),
        ("403 Forbidden", DENIED, 300, Outcome.WARNING, "s ahead of this machine's"),
        ("403 Forbidden", DENIED, -300, Outcome.WARNING, "s behind this machine's"),
        ("404 Not Found", DISABLED, None, Outcome.WARNING, "says that its registry is not enabled"),
        ("404 Not Found", "<html>", None, Outcome.WARNING, "is no GitLab that gives tokens"),
        ("200 OK", "<html>", None, Outcome.WARNING, "is no GitLab that gives tokens"),
        ("200 OK", "[]", None, Outcome.WARNING, "is no GitLab that gives tokens"),
        ("401 Unauthorized", "who are you", None, Outcome.WARNING, "is no GitLab that gives tokens"),
        ("302 Found", "", "Location: /users/sign_in", Outcome.WARNING, "a redirect to '/users/sign_in'"),
        ("502 Bad Gateway", "<html>", None, Outcome.NOTE, "not verifiable from here"),
    ],
)
def test_answer_without_credentials_tells_who_gives_it(
    layout: Layout, status: str, body: str, more: int | str | None, outcome: Outcome, said: str
) -> None:
    """``more`` is how many seconds its clock is ahead, or another header."""
    headers = [] if more is None else [dated(more) if isinstance(more, int) else more]
    with answering(http(status, body, *headers)) as gitlab:
        (result,) = run(realm.PROBES, sent_to(layout, f"http://127.0.0.1:{gitlab.port}/gitlab"))
        assert gitlab.requests[0].startswith(b"GET /gitlab/jwt/auth?service=container_registry HTTP/1.1")
    assert result.finding.outcome is outcome
    assert said in result.finding.message
    assert bool(result.finding.help) == (outcome is Outcome.WARNING)


def test_gitlab_is_asked_by_tls_whoever_has_signed_its_certificate(layout: Layout, tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(key.read_bytes() + certificate.read_bytes())
    with answering(http("403 Forbidden", DENIED), chain=chain) as gitlab:
        (result,) = run(realm.PROBES, sent_to(layout, f"https://localhost:{gitlab.port}"))
    assert result.finding.outcome is Outcome.OK


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-gitlab.invalid"])
def test_gitlab_that_is_not_there_is_a_note(layout: Layout, host: str) -> None:
    (result,) = run(realm.PROBES, sent_to(layout, f"http://{host}:{free_port()}"))
    assert result.finding.outcome is Outcome.NOTE
    assert result.finding.message.startswith("not verifiable from here: ")


def test_answer_that_is_no_http_is_a_note(layout: Layout) -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as server:
        (result,) = run(realm.PROBES, sent_to(layout, f"http://127.0.0.1:{server.port}"))
    assert result.finding.outcome is Outcome.NOTE


def test_gitlab_that_says_nothing_keeps_nobody_waiting(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        (result,) = run(realm.PROBES, sent_to(layout, f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert time.monotonic() - began < 10
    assert result.finding.outcome is Outcome.NOTE
    assert result.finding.message.endswith("timed out")


def test_look_up_of_a_name_that_does_not_end_is_a_note(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(8))
    (result,) = run(realm.PROBES, sent_to(layout, "http://gitlab.example"))
    assert result.finding.outcome is Outcome.NOTE
    assert result.finding.message == f"no answer within {realm.SECONDS + 0.5:g} s"
