"""Where clients are sent for a token: does a GitLab answer there, and by the same clock."""

from __future__ import annotations

import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ctl.checks.answers import codes
from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.served import SERVICE, Served, Way
from ctl.registry.client import Client, Endpoint, Response, Tls, Unreachable
from ctl.state.document import parse

# GitLab may be anywhere, and down: nobody waits for it any longer.
SECONDS = 2.0
# Source: distribution, registry/auth/token: Leeway; tokens of GitLab last five minutes.
LEEWAY_SECONDS = 60.0
_PORTS = {"http": 80, "https": 443}
_NAMED = (
    "registry['token_realm'], or external_url where that is not given, is GitLab's URL as clients reach it"
)


def check_realm(served: Served) -> Finding | None:
    """Ask GitLab for a token without credentials: its refusal shows that it is one."""
    if served.instance is not None or served.registry.autoredirect or not served.leads(Way.INSTANCE):
        return None
    url = f"{served.registry.realm}?service={SERVICE}"
    try:
        answer = _asked(url)
    except Unreachable as error:
        text = f"not verifiable from here: {urlsplit(url).netloc}: {error.reason}"
        return Finding(Outcome.NOTE, text, code="realm-not-reached")
    return judged(answer, served.registry.realm, time.time())


def _asked(url: str) -> Response:
    parts = urlsplit(url)
    host = parts.hostname or ""
    # What is asked is no secret, and what is answered is believed in nothing.
    tls = Tls(host, None) if parts.scheme == "https" else None
    endpoint = Endpoint(host, parts.port or _PORTS.get(parts.scheme, 80), parts.netloc, tls)
    return Client(endpoint, SECONDS).get(f"{parts.path}?{parts.query}")


def judged(answer: Response, realm: str, now: float) -> Finding:
    """Say what an answer to a question without credentials tells of who gave it.

    Source: GitLab's JwtController and ContainerRegistryAuthenticationService.

    Args:
        answer: what came.
        realm: where it was asked for.
        now: seconds since the epoch.
    """
    status, said = answer.status, codes(answer)
    if status >= 500:
        text = f"not verifiable from here: {realm} answers {status}"
        return Finding(Outcome.NOTE, text, code="realm-not-reached")
    if 300 <= status < 400:
        text = f"{realm} answers {status}, a redirect to {answer.header('location')!r}; a token is expected"
        return Finding(Outcome.WARNING, text, _NAMED, code="realm-redirects")
    if status == 404 and said == " (UNAVAILABLE)":
        return Finding(
            Outcome.WARNING,
            f"GitLab at {realm} says that its registry is not enabled, so nobody gets a token",
            "tell GitLab of it: gitlab_rails['registry_enabled'] = true there, and what ctl reconfigure says",
            code="realm-not-enabled",
        )
    if status not in (200, 401, 403) or not (said or _token(answer)):
        text = f"what answers {status} at {realm} is no GitLab that gives tokens"
        return Finding(Outcome.WARNING, text, _NAMED, code="realm-is-no-gitlab")
    return _by_its_clock(answer, realm, now)


def _token(answer: Response) -> bool:
    try:
        return isinstance(parse(answer.body).get("token"), str)
    except (ValueError, AttributeError):
        return False


def _by_its_clock(answer: Response, realm: str, now: float) -> Finding:
    text = f"GitLab answers {answer.status} at {realm}"
    try:
        moment = parsedate_to_datetime(answer.header("date") or "")
    except ValueError:
        return Finding(Outcome.OK, text)
    # Whoever names no zone means UTC in this header.
    ahead = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    apart = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    if abs(ahead) <= LEEWAY_SECONDS:
        return Finding(Outcome.OK, text if abs(ahead) < 2 else f"{text}; its clock is {apart}")
    return Finding(
        Outcome.WARNING,
        f"GitLab's clock is {apart}: the registry refuses tokens that are not valid yet, or no longer",
        "timedatectl on both machines says whether their clocks are kept by NTP",
        code="clocks-apart",
    )


PROBES = (
    Probe(
        name="realm",
        area=Area.AUTH,
        title="GitLab gives tokens",
        matters="clients that get no token there, or one by another clock, neither pull nor push",
        needs=Served,
        run=check_realm,
        seconds=SECONDS + 0.5,
        late=Outcome.NOTE,
    ),
)
