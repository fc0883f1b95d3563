"""Whether a registry takes pushes: asked with a push that stores nothing."""

from __future__ import annotations

from ctl.registry.client import Client, Unreachable
from ctl.registry.probe import Hop, Outcome

REPOSITORY = "ctl/probe"
SCOPES = f"repository:{REPOSITORY}:pull,push"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def check_pushing(client: Client, token: str, *, read_only: bool) -> Hop:
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
        return Hop(name, Outcome.CONTRADICTION, f"{client.endpoint} does not answer: {error.reason}")
    found = f"an empty manifest is answered with {answer.status}"
    if answer.status == expected:
        return Hop(name, Outcome.OK, found)
    return Hop(name, Outcome.CONTRADICTION, f"{found}; {expected} is expected")


def check_reading(client: Client, token: str) -> Hop:
    """Ask for something that is not there: a registry that can read says so.

    Args:
        client: whom to ask.
        token: that allows `SCOPES`.
    """
    name = "pulls are answered"
    try:
        answer = client.get(f"/v2/{REPOSITORY}/manifests/probe", token=token)
    except Unreachable as error:
        return Hop(name, Outcome.CONTRADICTION, f"{client.endpoint} does not answer: {error.reason}")
    found = f"a manifest that is not there is answered with {answer.status}"
    if answer.status == 404:
        return Hop(name, Outcome.OK, found)
    return Hop(name, Outcome.CONTRADICTION, f"{found}; 404 is expected")
