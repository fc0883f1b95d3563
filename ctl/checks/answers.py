"""What a running registry must answer, and what a wrong answer means."""

from __future__ import annotations

from ctl.checks.model import Finding, Outcome
from ctl.registry.challenge import ChallengeError, bearer
from ctl.registry.client import Client, Response, Unreachable
from ctl.state.document import parse

REPOSITORY = "ctl/probe"
SCOPES = f"repository:{REPOSITORY}:pull,push"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def check_challenge(client: Client, realm: str, service: str, name: str = "challenge") -> Finding:
    """Ask without a token; a 401 with exactly this realm and service is expected.

    Args:
        client: whom to ask, the registry itself or nginx before it.
        realm: where the registry must send clients for a token.
        service: the service it must name.
        name: what is tried.
    """
    answer = _ask(client, name)
    if isinstance(answer, Finding):
        return answer
    if answer.status == 200:
        return Finding(Outcome.ERROR, "anonymous access: /v2/ answers 200 without a token", name=name)
    if answer.status != 401:
        return _unexpected(name, answer, "401")
    try:
        challenge = bearer(answer.values("www-authenticate"))
    except ChallengeError as error:
        return Finding(Outcome.ERROR, f"the WWW-Authenticate header cannot be read: {error}", name=name)
    if challenge is None:
        return Finding(Outcome.ERROR, "no token is asked for: 401 without a Bearer challenge", name=name)
    for field, value, expected in (
        ("realm", challenge.realm, realm),
        ("service", challenge.service, service),
    ):
        if value != expected:
            return Finding(Outcome.ERROR, f"the {field} is {value!r}, {expected!r} is expected", name=name)
    return Finding(Outcome.OK, f"401 with realm {realm} and service {service}", name=name)


def check_token(client: Client, token: str, name: str = "token") -> Finding:
    """Ask with a token; 200 is expected.

    Args:
        client: whom to ask.
        token: a token made by `ctl.registry.token.mint` for the registry's issuer and service.
        name: what is tried.
    """
    answer = _ask(client, name, token)
    if isinstance(answer, Finding):
        return answer
    if answer.status == 200:
        return Finding(Outcome.OK, "the token is accepted", name=name)
    if answer.status != 401:
        return _unexpected(name, answer, "200")
    return Finding(Outcome.ERROR, f"the token is refused (401): {_refusal(answer)}", name=name)


def check_pushing(client: Client, token: str, *, read_only: bool) -> Finding:
    """Push an empty manifest: a writable registry answers 400, a read-only one 405; neither stores it.

    Args:
        client: whom to ask.
        token: that allows `SCOPES`.
        read_only: what is expected.
    """
    name = "pushes are refused" if read_only else "pushes are accepted"
    expected = 405 if read_only else 400
    try:
        answer = client.request(
            "PUT",
            f"/v2/{REPOSITORY}/manifests/probe",
            token=token,
            headers={"Content-Type": _MANIFEST},
            # Empty on purpose: a read-only registry answers before it reads, and nginx, still sending, would
            # make a 502 of that.
            body=b"",
        )
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}", name=name)
    text = f"an empty manifest is answered with {answer.status}"
    if answer.status == expected:
        return Finding(Outcome.OK, text, name=name)
    return Finding(Outcome.ERROR, f"{text}; {expected} is expected", name=name)


def check_reading(client: Client, token: str) -> Finding:
    """Ask for something that is not there: a registry that can read says so.

    Args:
        client: whom to ask.
        token: that allows `SCOPES`.
    """
    name = "pulls are answered"
    try:
        answer = client.get(f"/v2/{REPOSITORY}/manifests/probe", token=token)
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}", name=name)
    text = f"a manifest that is not there is answered with {answer.status}"
    if answer.status == 404:
        return Finding(Outcome.OK, text, name=name)
    return Finding(Outcome.ERROR, f"{text}; 404 is expected", name=name)


def _ask(client: Client, name: str, token: str | None = None) -> Response | Finding:
    try:
        return client.get("/v2/", token=token)
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}", name=name)


def _unexpected(name: str, answer: Response, expected: str) -> Finding:
    """Explain a status that neither question should get."""
    status = answer.status
    if status == 503 and b"health check failed" in answer.body:
        text = "the registry answers 503: a health check fails, the storage may be unreachable"
        return Finding(Outcome.NOTE, text, name=name)
    if status in (400, 403) and b"SSL certificate" in answer.body:
        return Finding(Outcome.NOTE, f"nginx answers {status}: it asks for a client certificate", name=name)
    if status in (502, 504):
        text = f"nginx answers {status}: it does not reach the registry behind it"
    elif status == 404:
        text = "/v2/ answers 404: what answers here is no registry, or another vhost"
    elif 300 <= status < 400:
        text = f"/v2/ answers {status}, a redirect to {answer.header('location')!r}"
    elif status == 400 and b"HTTPS" in answer.body:
        text = "/v2/ answers 400: plain HTTP was spoken where TLS is expected"
    else:
        text = f"/v2/ answers {status}{codes(answer)}"
    return Finding(Outcome.ERROR, f"{text}; {expected} is expected", name=name)


def _refusal(answer: Response) -> str:
    try:
        challenge = bearer(answer.values("www-authenticate"))
    except ChallengeError:
        challenge = None
    if challenge is None:
        return "no Bearer challenge came with it, so something else than the registry's token check refuses"
    if challenge.error == "invalid_token":
        return "key, issuer or service differ from what the running registry trusts, or the clocks differ"
    if challenge.error == "insufficient_scope":
        return "it does not allow enough"
    return "the Authorization header did not reach the registry, or the token has another form"


def codes(answer: Response) -> str:
    """Return the codes of a registry's error document, such as `` (UNAVAILABLE)``."""
    try:
        errors = parse(answer.body)["errors"]
        codes = sorted({str(error["code"])[:80] for error in errors[:20]})
    except (ValueError, KeyError, TypeError):
        return ""
    return f" ({', '.join(codes)[:80]})" if codes else ""
