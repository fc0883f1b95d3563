from __future__ import annotations

import time
from pathlib import Path

import pytest

from ctl.checks.answers import check_challenge, check_token
from ctl.checks.model import Outcome
from tests.registry.answering import answering, http
from tests.registry.conftest import REALM, SERVICE, Running, Start

BEARER = 'WWW-Authenticate: Bearer realm="r",service="s"'
UNHEALTHY = '{"errors":[{"code":"UNAVAILABLE","detail":"health check failed: please see /debug/health"}]}'


def test_challenge_as_planned_is_ok(registry: Running) -> None:
    finding = check_challenge(registry.client, REALM, SERVICE, "registry")
    assert (finding.name, finding.outcome) == ("registry", Outcome.OK)


def test_challenge_with_another_realm_is_a_contradiction(registry: Running) -> None:
    finding = check_challenge(registry.client, REALM + "/", SERVICE)
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"the realm is {REALM!r}, {REALM + '/'!r} is expected"


def test_challenge_with_another_service_is_a_contradiction(registry: Running) -> None:
    finding = check_challenge(registry.client, REALM, "other")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"the service is {SERVICE!r}, 'other' is expected"


def test_registry_open_to_all_is_a_contradiction(start: Start) -> None:
    finding = check_challenge(start().client, REALM, SERVICE)
    assert finding.outcome is Outcome.ERROR
    assert "anonymous access" in finding.message


def test_registry_unhealthy_is_unverifiable(start: Start, tmp_path: Path) -> None:
    (tmp_path / "down").touch()
    sick = start(health={"file": [{"file": str(tmp_path / "down"), "interval": "50ms"}]})
    deadline = time.monotonic() + 20
    # Its first check comes after one interval.
    while sick.client.get("/v2/").status != 503:
        assert time.monotonic() < deadline, "the registry never became unhealthy"
    for finding in (check_challenge(sick.client, REALM, SERVICE), check_token(sick.client, "t")):
        assert finding.outcome is Outcome.NOTE
        assert "storage" in finding.message


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (http("401 U"), Outcome.ERROR, "401 without a Bearer challenge"),
        (http("401 U", "", 'WWW-Authenticate: Basic realm="r"'), Outcome.ERROR, "no token is asked"),
        (http("401 U", "", "WWW-Authenticate: Bearer realm=r s=1"), Outcome.ERROR, "cannot be read"),
        (http("401 U", "", 'WWW-Authenticate: Bearer realm="r"'), Outcome.ERROR, "service is None"),
        (http("404 N"), Outcome.ERROR, "404: what answers here is no registry"),
        (http("301 M", "", "Location: https://x/"), Outcome.ERROR, "a redirect to 'https://x/'"),
        (
            http("400 B", "Client sent an HTTP request to an HTTPS server."),
            Outcome.ERROR,
            "plain HTTP",
        ),
        (http("400 B", "No required SSL certificate was sent"), Outcome.NOTE, "client certificate"),
        (http("500 I", '{"errors":[{"code":"UNKNOWN"}]}'), Outcome.ERROR, "answers 500 (UNKNOWN)"),
        (http("500 I", '{"errors":[5]}'), Outcome.ERROR, "answers 500; 401 is expected"),
        (http("502 B"), Outcome.ERROR, "nginx answers 502: it does not reach the registry"),
        (http("504 G"), Outcome.ERROR, "nginx answers 504: it does not reach the registry"),
        (http("503 S", UNHEALTHY), Outcome.NOTE, "health check fails"),
        (http("503 S"), Outcome.ERROR, "answers 503"),
        (b"", Outcome.ERROR, "does not answer: closed the connection"),
    ],
    ids=range(15),
)
def test_challenge_of_another_answer_is_explained(answer: bytes, outcome: Outcome, said: str) -> None:
    with answering(answer) as server:
        finding = check_challenge(server.client, "r", "s")
    assert finding.outcome is outcome
    assert said in finding.message


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (http("401 U", "", BEARER + ',error="invalid_token"'), Outcome.ERROR, "issuer or service"),
        (
            http("401 U", "", BEARER + ',error="insufficient_scope"'),
            Outcome.ERROR,
            "not allow enough",
        ),
        (http("401 U", "", BEARER), Outcome.ERROR, "did not reach the registry"),
        (http("401 U"), Outcome.ERROR, "something else"),
        (http("502 B"), Outcome.ERROR, "nginx answers 502"),
        (http("503 S", UNHEALTHY), Outcome.NOTE, "health check fails"),
        (http("200 OK"), Outcome.OK, "accepted"),
    ],
    ids=range(7),
)
def test_token_answer_is_explained(answer: bytes, outcome: Outcome, said: str) -> None:
    with answering(answer) as server:
        finding = check_token(server.client, "t")
    assert finding.outcome is outcome
    assert said in finding.message
