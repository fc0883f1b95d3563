"""What docker and containerd do at the vhost, request by request, and what they do when something is cut."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from tests.registries import V3
from tests.system.engine import Engine, EngineError, digest_of, new_image
from tests.system.engines import ENGINES, OCTETS, PUSH, Containerd, Docker
from tests.system.installation import Installation, wait_for

APP, OTHER = "group/app", "group/sub/other"
UPLOADS = f"/v2/{APP}/blobs/uploads/"


def moves(engine: Engine, chance: random.Random) -> None:
    """Push, mount and pull, also over a connection that is cut."""
    base = new_image(chance, 1, 100_000)
    shared = list(base.parts.values())[1]
    engine.push(base, OTHER, "base")
    image = new_image(chance, 4, 300_000, [shared])
    engine.push(image, APP, "v1", {digest_of(shared): OTHER})
    # What is there already is no reason for an error.
    engine.push(image, APP, "v1")
    assert engine.pull(APP, "v1") == image
    assert engine.retries == 0
    engine.cut = 100_000
    assert engine.pull(APP, "v1") == image
    assert engine.retries == 4


def begin(engine: Engine) -> str:
    """Begin an upload; return where it goes on."""
    return engine.place(engine.expect({202}, "POST", UPLOADS, APP, actions=PUSH))


def patch(engine: Engine, place: str, content: bytes, first: int) -> str:
    """Send a part of a blob, from a byte on; return where it goes on."""
    last = first + len(content) - 1
    headers = {"Content-Range": f"{first}-{last}", **OCTETS}
    answer = engine.expect({202}, "PATCH", place, APP, actions=PUSH, body=content, headers=headers)
    assert answer.headers["Range"] == f"0-{last}"
    return engine.place(answer)


def finish(engine: Engine, place: str, content: bytes) -> None:
    """End an upload, all of whose bytes are there."""
    path = f"{place}&digest={digest_of(content)}"
    engine.expect({201}, "PUT", path, APP, actions=PUSH, body=b"")
    assert engine.expect({200}, "GET", f"/v2/{APP}/blobs/{digest_of(content)}", APP).body == content


def cut_within(engine: Engine, place: str, content: bytes, has_come: Callable[[], bool]) -> None:
    """Send bytes of a part that would be twice as long, and cut the connection when some have come."""
    connection = engine.connection()
    connection.putrequest("PATCH", place)
    token, _ = engine.fetch([f"repository:{APP}:{PUSH}"])
    headers = {"Content-Length": str(2 * len(content)), "Authorization": f"Bearer {token}", **OCTETS}
    for header, value in headers.items():
        connection.putheader(header, value)
    connection.endheaders()
    connection.send(content)
    wait_for(has_come)
    connection.close()


def resumes(engine: Engine, content: bytes) -> None:
    """Go on with an upload whose connection was cut, from where the registry says.

    Where a part was not whole, distribution 2.8 tells nobody how much of it has come: an upload has to begin
    anew.

    Source: https://github.com/distribution/distribution/pull/3755
    """
    half = len(content) // 2
    place = patch(engine, begin(engine), content[:half], 0)
    # Whoever has lost the answer asks where the upload is.
    state = engine.expect({204}, "GET", place, APP, actions=PUSH)
    assert state.headers["Range"] == f"0-{half - 1}"
    finish(engine, patch(engine, engine.place(state), content[half:], half), content)

    # Other bytes, which are not there yet.
    content = content[::-1]
    place = begin(engine)
    if engine.site.program is not V3:
        cut_within(engine, place, content[:half], lambda: engine.ask("GET", place, APP, PUSH).status == 404)
        refused = engine.ask("GET", place, APP, PUSH)
        assert json.loads(refused.body)["errors"][0]["code"] == "BLOB_UPLOAD_INVALID"
        finish(engine, patch(engine, begin(engine), content, 0), content)
        return

    def there() -> tuple[int, str]:
        state = engine.expect({204}, "GET", place, APP, actions=PUSH)
        return int(state.headers["Range"].partition("-")[2]), engine.place(state)

    cut_within(engine, place, content[:half], lambda: there()[0] > 0)
    while True:
        last, place = there()
        assert 0 < last < half
        headers = {"Content-Range": f"{last + 1}-{len(content) - 1}", **OCTETS}
        answer = engine.ask("PATCH", place, APP, PUSH, body=content[last + 1 :], headers=headers)
        # What was on its way when the connection was cut has come meanwhile.
        if answer.status != 416:
            break
    assert (answer.status, answer.headers["Range"]) == (202, f"0-{len(content) - 1}")
    finish(engine, engine.place(answer), content)


def pulls_by_range(engine: Engine, content: bytes) -> None:
    """Pull a blob in every way that a Range allows."""
    path, size = f"/v2/{APP}/blobs/{digest_of(content)}", len(content)
    ranges = {
        "bytes=0-0": content[:1],
        "bytes=1000-1999": content[1000:2000],
        f"bytes={size - 5}-": content[-5:],
        "bytes=-7": content[-7:],
        f"bytes=0-{2 * size}": content,
    }
    for asked, expected in ranges.items():
        answer = engine.expect({206}, "GET", path, APP, headers={"Range": asked})
        assert answer.body == expected, asked
        assert answer.headers["Content-Range"].endswith(f"/{size}")
    engine.expect({416}, "GET", path, APP, headers={"Range": f"bytes={size}-"})
    tag = engine.expect({200}, "HEAD", path, APP).headers["ETag"]
    assert engine.expect({304}, "GET", path, APP, headers={"If-None-Match": tag}).body == b""


@pytest.mark.both_registries
def test_images_are_moved_and_what_was_cut_goes_on(open_site: Installation) -> None:
    docker = Docker(open_site)
    # It would wait for seconds before it goes on.
    docker.pause = 0.0
    moves(docker, random.Random(1))
    moves(Containerd(open_site), random.Random(2))
    engine = Docker(open_site)
    content = random.Random(9).randbytes(500_001)
    resumes(engine, content)
    pulls_by_range(engine, content)


@pytest.mark.soak
@pytest.mark.both_registries
def test_only_a_client_that_renews_its_token_needs_no_wait_before_a_rotation_is_finished(
    open_site: Installation,
) -> None:
    engines = [kind(open_site) for kind in ENGINES]
    image = new_image(random.Random(1), 2, 1000)
    for engine in engines:
        engine.push(image, APP, type(engine).__name__)
        assert engine.pull(APP, type(engine).__name__) == image
    open_site.ctl("rotate-registry-key")
    for engine in engines:
        assert engine.pull(APP, type(engine).__name__) == image
        assert engine.retries == 0
    open_site.ctl("rotate-registry-key", "--finish")
    docker, containerd = engines
    assert isinstance(containerd, Containerd)
    assert containerd.pull(APP, "Containerd") == image
    assert containerd.retries == 1
    with pytest.raises(EngineError, match="401"):
        docker.pull(APP, "Docker")
    # A login later.
    assert Docker(open_site).pull(APP, "Docker") == image
