"""The hops of a verification: what a running registry must answer, and what a wrong answer means."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ctl.registry.challenge import ChallengeError, bearer
from ctl.registry.client import Client, Response, Unreachable
from ctl.state.document import parse

POLL_SECONDS = 0.05


class Outcome(StrEnum):
    """What came of a hop; only a contradiction says that the configuration is not what was planned."""

    OK = "ok"
    CONTRADICTION = "contradiction"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a verification.

    Args:
        name: what was tried.
        outcome: what came of it.
        message: what was found and what was expected, lower case, no full stop.
    """

    name: str
    outcome: Outcome
    message: str


def check_challenge(client: Client, realm: str, service: str, name: str = "challenge") -> Hop:
    """Ask without a token; a 401 with exactly this realm and service is expected.

    Args:
        client: whom to ask, the registry itself or nginx before it.
        realm: where the registry must send clients for a token.
        service: the service it must name.
        name: the name of the hop.
    """
    answer = _ask(client, name)
    if isinstance(answer, Hop):
        return answer
    if answer.status == 200:
        return Hop(name, Outcome.CONTRADICTION, "anonymous access: /v2/ answers 200 without a token")
    if answer.status != 401:
        return _unexpected(name, answer, "401")
    try:
        found = bearer(answer.values("www-authenticate"))
    except ChallengeError as error:
        return Hop(name, Outcome.CONTRADICTION, f"the WWW-Authenticate header cannot be read: {error}")
    if found is None:
        return Hop(name, Outcome.CONTRADICTION, "no token is asked for: 401 without a Bearer challenge")
    for what, value, expected in (("realm", found.realm, realm), ("service", found.service, service)):
        if value != expected:
            return Hop(name, Outcome.CONTRADICTION, f"the {what} is {value!r}, {expected!r} is expected")
    return Hop(name, Outcome.OK, f"401 with realm {realm} and service {service}")


def check_token(client: Client, token: str, name: str = "token") -> Hop:
    """Ask with a token; 200 is expected.

    Args:
        client: whom to ask.
        token: a token made by `ctl.registry.token.mint` for the registry's issuer and service.
        name: the name of the hop.
    """
    answer = _ask(client, name, token)
    if isinstance(answer, Hop):
        return answer
    if answer.status == 200:
        return Hop(name, Outcome.OK, "the token is accepted")
    if answer.status != 401:
        return _unexpected(name, answer, "200")
    return Hop(name, Outcome.CONTRADICTION, f"the token is refused (401): {_refusal(answer)}")


def wait_answering(
    client: Client,
    timeout: float,
    *,
    path: str = "/",
    alive: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Response:
    """Ask again and again until any answer of HTTP comes, which is returned.

    Args:
        client: whom to ask.
        timeout: seconds after which waiting ends; it is asked at least once.
        path: what to ask for; a registry answers ``/`` without a token.
        alive: asked after every failure: whether waiting still makes sense.
        clock: seconds, monotonic.
        sleep: waits so many seconds.

    Raises:
        Unreachable: no answer came in time; the reason is that of the last attempt.
    """
    deadline = clock() + timeout
    while True:
        try:
            return client.get(path)
        except Unreachable:
            if clock() >= deadline or not alive():
                raise
        sleep(POLL_SECONDS)


def _ask(client: Client, name: str, token: str | None = None) -> Response | Hop:
    try:
        return client.get("/v2/", token=token)
    except Unreachable as error:
        return Hop(name, Outcome.CONTRADICTION, f"{client.endpoint} does not answer: {error.reason}")


def _unexpected(name: str, answer: Response, expected: str) -> Hop:
    """Explain a status that neither question should get."""
    status = answer.status
    if status == 503 and b"health check failed" in answer.body:
        text = "the registry answers 503: a health check fails, the storage may be unreachable"
        return Hop(name, Outcome.UNVERIFIABLE, text)
    if status in (400, 403) and b"SSL certificate" in answer.body:
        return Hop(name, Outcome.UNVERIFIABLE, f"nginx answers {status}: it asks for a client certificate")
    if status in (502, 504):
        text = f"nginx answers {status}: it does not reach the registry behind it"
    elif status == 404:
        text = "/v2/ answers 404: what answers here is no registry, or another vhost"
    elif 300 <= status < 400:
        text = f"/v2/ answers {status}, a redirect to {answer.header('location')!r}"
    elif status == 400 and b"HTTPS" in answer.body:
        text = "/v2/ answers 400: plain HTTP was spoken where TLS is expected"
    else:
        text = f"/v2/ answers {status}{_detail(answer)}"
    return Hop(name, Outcome.CONTRADICTION, f"{text}; {expected} is expected")


def _refusal(answer: Response) -> str:
    try:
        found = bearer(answer.values("www-authenticate"))
    except ChallengeError:
        found = None
    if found is None:
        return "no Bearer challenge came with it, so something else than the registry's token check refuses"
    if found.error == "invalid_token":
        return "key, issuer or service differ from what the running registry trusts, or the clocks differ"
    if found.error == "insufficient_scope":
        return "it does not allow enough"
    return "the Authorization header did not reach the registry, or the token has another form"


def _detail(answer: Response) -> str:
    """Return the codes of a registry's error document, such as `` (UNAVAILABLE)``."""
    try:
        errors = parse(answer.body)["errors"]
        codes = sorted({str(one["code"])[:80] for one in errors[:20]})
    except (ValueError, KeyError, TypeError):
        return ""
    return f" ({', '.join(codes)[:80]})" if codes else ""
