"""What the programs of others do with a registry works through the vhost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.clients import CLIENTS, Client, ClientError, Crane, Oras, needed
from tests.system.engines import Docker
from tests.system.installation import Installation
from tests.system.oci_layout import OciLayout
from tests.system.token_service import token_service


def multi(place: Path) -> OciLayout:
    """Return an image for three machines, two of whose layers are the same."""
    layout = OciLayout(place)
    machines = ("amd64", "arm64", "s390x")
    layout.index("v1", *(layout.image("", machine, b"shared" * 500) for machine in machines))
    return layout


def layouts_below(place: Path) -> dict[str, OciLayout]:
    """Return what a client can push: an image for several machines, one packed with zstd, and an artifact."""
    layouts = {"multi": multi(place / "multi")}
    layouts |= {name: OciLayout(place / name) for name in ("zstd", "notes")}
    layouts["zstd"].image("v1", packing="zstd")
    layouts["notes"].artifact("v1", b"what is new")
    return layouts


def uses(client: Client, app: str, place: Path) -> None:
    """Push, pull, sign, copy, list and delete; what comes back is what was pushed."""
    copied, layouts = f"{app}/copy", layouts_below(place)
    for name, layout in layouts.items():
        client.push(layout, "v1", f"{app}:{name}")
        assert client.pull(f"{app}:{name}") == layout.blobs()
    assert sorted(client.tags(app)) == sorted(layouts)
    digest = client.digest(f"{app}:multi")
    # Where cosign looks for signatures.
    signature = f"{digest.replace(':', '-')}.sig"
    client.push(layouts["zstd"], "v1", f"{app}:{signature}")
    client.copy(f"{app}:multi", f"{copied}:moved")
    client.copy(f"{app}:{signature}", f"{copied}:{signature}")
    assert client.digest(f"{copied}:moved") == digest
    assert sorted(client.tags(copied)) == sorted(["moved", signature])
    if isinstance(client, Oras):
        client.attach(f"{app}:multi", "looked at")
        [note] = client.attached(f"{app}:multi")
        assert client.pull(f"{app}@{note}")
    client.delete(f"{app}@{digest}")
    with pytest.raises(ClientError, match=r"(?i)manifest.unknown|not found"):
        client.digest(f"{app}:multi")
    assert client.pull(f"{copied}@{digest}") == layouts["multi"].blobs()


@pytest.mark.both_registries
def test_clients_push_pull_sign_copy_list_and_delete(open_site: Installation, root: Path) -> None:
    # In turn: an installation for each would take longer than all that they do.
    there = [kind for kind in CLIENTS if kind.program.exists()]
    for kind in there:
        client = kind(open_site, root / kind.program.name)
        uses(client, f"group/{kind.program.name}", client.place)
    for kind in CLIENTS:
        needed(kind.program)


@pytest.fixture(params=CLIENTS, ids=lambda kind: str(kind.__name__).lower())
def client(request: pytest.FixtureRequest, open_site: Installation, root: Path) -> Client:
    kind: type[Client] = request.param
    return kind(open_site, root / "client")


@pytest.mark.soak
@pytest.mark.both_registries
def test_client_moves_an_image_of_200_layers(client: Client, root: Path) -> None:
    layout = OciLayout(root / "layers")
    layout.image("v1", count=200)
    assert len(layout.blobs()) == 200 + 2
    client.push(layout, "v1", "group/app:v1")
    client.copy("group/app:v1", "group/copy:v1")
    assert client.pull("group/copy:v1") == layout.blobs()


@pytest.mark.soak
@pytest.mark.both_registries
def test_client_moves_a_layer_of_2_gib(client: Client, root: Path) -> None:
    layout = OciLayout(root / "large")
    layout.large("v1", 2 << 30)
    client.push(layout, "v1", "group/app:v1")
    client.copy("group/app:v1", "group/copy:v1")
    assert client.pull("group/copy:v1") == layout.blobs()


@pytest.fixture
def http2_site(site: Installation) -> Iterator[Installation]:
    """As `open_site`, where clients that can speak HTTP/2 do."""
    with token_service(site) as service:
        site.write(service.setting, "registry['nginx']['http2_enabled'] = true")
        site.reconfigure()
        yield site


def test_connection_is_not_ended_within_a_push_where_http2_is_offered(http2_site: Installation) -> None:
    """Each layer is three or four requests; of HTTP/1.1 nginx counts them as it does of HTTP/2.

    Where a connection of HTTP/2 ends, clients of Go cannot send again what they were sending: "cannot retry
    err [http2: Transport received Server's graceful shutdown GOAWAY] after Request.Body was written".
    """
    connection = Docker(http2_site).connection()
    for _ in range(1100):
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Connection"]) == (401, "keep-alive")
    connection.close()


@pytest.mark.soak
def test_clients_move_an_image_of_500_layers_by_http2(http2_site: Installation, root: Path) -> None:
    layout = OciLayout(root / "layers")
    layout.image("v1", count=500)
    for kind in (Crane, Oras):
        client = kind(http2_site, root / kind.program.name)
        client.push(layout, "v1", f"{client.program.name}:v1")
        client.copy(f"{client.program.name}:v1", f"{client.program.name}/copy:v1")
        assert client.pull(f"{client.program.name}/copy:v1") == layout.blobs()
    log = (http2_site.root / "var/log/gitlab/nginx/gitlab_registry_access.log").read_text()
    assert log.count('HTTP/2.0"') > 2 * 3 * 500
