"""What goes through the registry to its store: a pull that finds nothing, an upload that is given up."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from ctl.checks.answers import codes
from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.served import Served, Way
from ctl.errors import CtlError
from ctl.paths import REGISTRY
from ctl.process import account_of, run_as
from ctl.registry.client import Client, Unreachable

# No project of GitLab's has a name of one part, so nobody else's images lie there.
PROBED = "ctl-probe"
SCOPES = f"repository:{PROBED}:pull,push,delete"
_PORTS = {"http": 80, "https": 443}
_ORIGIN = (
    "the registry makes this address of the headers Host and X-Forwarded-Proto, or of REGISTRY_HTTP_HOST:\n"
    "registry['nginx']['proxy_set_headers'], ['custom_gitlab_server_config'] and registry['env'] change them"
)

Origin = tuple[str, str, int | None]


def check_absent(client: Client, token: str) -> Finding:
    """Ask for a manifest that is not there: a registry that can read its store says so.

    Args:
        client: whom to ask.
        token: that allows `SCOPES`.
    """
    answer = client.get(f"/v2/{PROBED}/manifests/probe", token=token)
    text = f"a manifest that is not there is answered with {answer.status}"
    if answer.status == 404:
        return Finding(Outcome.OK, text)
    return Finding(Outcome.ERROR, f"{text}{codes(answer)}; 404 is expected")


def check_upload(client: Client, token: str, expected: str, others: Collection[str] = ()) -> Finding:
    """Open an upload and cancel it; it has to go on where the client has begun it.

    Args:
        client: whom to ask.
        token: that allows `SCOPES`.
        expected: the URL, without a path, that clients ask under.
        others: where it may go on as well.
    """
    answer = client.request("POST", f"/v2/{PROBED}/blobs/uploads/", token=token, body=b"")
    if answer.status in (403, 405) and not codes(answer):
        # The registry gives a reason; what stands before it may be meant to refuse.
        text = f"not the registry answers {answer.status} to an upload, but what stands before it"
        return Finding(Outcome.NOTE, text)
    if answer.status != 202:
        text = f"opening an upload is answered with {answer.status}{codes(answer)}; 202 is expected"
        return Finding(Outcome.ERROR, text)
    location = answer.header("location") or ""
    try:
        parts = urlsplit(location)
        where = _origin(location)
    except ValueError:
        return Finding(Outcome.ERROR, f"an upload is to go on at {location!r}, which is no URL", _ORIGIN)
    cancelled = client.request("DELETE", parts._replace(scheme="", netloc="").geturl(), token=token)
    if cancelled.status != 204:
        text = f"cancelling an upload is answered with {cancelled.status}{codes(cancelled)}"
        return Finding(Outcome.ERROR, f"{text}; 204 is expected")
    if not parts.netloc and parts.path.startswith("/"):
        return Finding(Outcome.OK, "an upload goes on at the same address")
    shown = f"{parts.scheme}://{parts.netloc}"
    if where in {_origin(url) for url in (expected, *others)}:
        return Finding(Outcome.OK, f"an upload goes on at {shown}")
    text = f"an upload is to go on at {shown}, where its client does not get; {expected} is expected"
    return Finding(Outcome.ERROR, text, _ORIGIN)


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _reads(way: Way, served: Served) -> Finding | None:
    client = _client(way, served)
    if client is None:
        return None
    return _asked(client, lambda: check_absent(client, served.token(SCOPES)))


def _uploads(way: Way, served: Served) -> Finding | None:
    client = _client(way, served)
    if client is None:
        return None
    traces = _leaves_traces(served)
    if traces and way is Way.ADDRESS and _client(Way.VHOST, served) is not None:
        # Once is enough then.
        return None
    sparing = "each time the registry leaves some bytes in the store: ctl reconfigure tries it"
    obstacle = served.refuses_pushes() or (sparing if traces and served.sparing else "")
    if obstacle:
        return Finding(Outcome.NOTE, obstacle)
    expected = served.plan.registry_url if way is Way.VHOST else f"http://{client.endpoint.name}"
    others = () if way is Way.VHOST else _elsewhere(served)

    def upload() -> Finding:
        return check_upload(client, served.token(SCOPES), expected or "", others)

    try:
        return _asked(client, upload)
    finally:
        _clear(served)


def _leaves_traces(served: Served) -> bool:
    """Whether an upload leaves something that only the store's own tools remove: some hundred bytes each."""
    return served.registry.storage.directory is None


def _client(way: Way, served: Served) -> Client | None:
    """Return a client that asks on a way as those do who come on it; None where nobody can from here."""
    if way is Way.ADDRESS and served.registry.sockets is None and served.instance is None:
        # The registry itself listens there.
        way = Way.INSTANCE
    if not served.leads(way) or served.instance or served.obstacle(way) or served.no_token():
        return None
    client = served.client(way)
    if way is Way.VHOST and served.plan.registry_url:
        name = urlsplit(served.plan.registry_url).netloc
        return Client(replace(client.endpoint, name=name), client.timeout)
    return client


def _elsewhere(served: Served) -> list[str]:
    """Return where an upload may go on that was begun at the registry's own address: who says so means it."""
    named = dict(served.registry.environment).get("REGISTRY_HTTP_HOST")
    return [url for url in (served.plan.registry_url, named) if url]


def _asked(client: Client, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except Unreachable as error:
        return Finding(Outcome.ERROR, f"{client.endpoint} does not answer: {error.reason}")


def _clear(served: Served) -> None:
    """Remove what a cancelled upload leaves in a directory of images, and what becomes empty by that.

    As the registry's own account. Nobody else has anything below our name: whose upload was cut off there
    can be one of ours alone.

    Source: blobwriter.go of 2.8.2 and 3.1.1 writes the state of the digest once more after the upload has
    been cancelled; without a date beside it no purge ever takes that.
    """
    root, user = served.registry.storage.directory, served.registry.account.user
    if root is None:
        return
    parts = f"docker/registry/v2/repositories/{PROBED}/_uploads".split("/")
    places = [f"{root}/{'/'.join(parts[:length])}" for length in range(len(parts), 0, -1)]
    script = ["sh", "-c", 'rm -rf -- "$1"; shift; exec rmdir -- "$@" 2>&-', "sh", places[0], *places[1:]]
    with contextlib.suppress(CtlError):
        served.runner.run(run_as(account_of(user) if user else None, script), timeout=10)


def _way(name: str, way: Way, after: tuple[str, ...]) -> Iterator[Probe[Served]]:
    for own, does, matters, run, before in (
        ("reads", "answers pulls", "a registry that cannot read its store knows no image", _reads, ()),
        (
            "uploads",
            "takes pushes",
            "a push goes on where the registry says, so a wrong address or a store that cannot be written"
            " fails every push, while a login works",
            _uploads,
            # They use the same place, one after the other.
            () if way is Way.VHOST else ("vhost-uploads",),
        ),
    ):
        yield Probe(
            name=f"{name}-{own}",
            area=Area.CLIENTS,
            title=f"{way} {does}",
            matters=matters,
            needs=Served,
            run=partial(run, way),
            service=REGISTRY,
            after=(*after, *before),
        )


PROBES: tuple[Probe[Served], ...] = (
    *_way("vhost", Way.VHOST, ("vhost-accepts-token",)),
    *_way("address", Way.ADDRESS, ("registry-accepts-token", "address-accepts-token")),
)
