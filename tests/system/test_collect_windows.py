"""Collections in several windows, on a real registry that takes pushes between them."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctl.errors import CtlError
from ctl.operations.collect import windows
from ctl.operations.collect.run import Collection, Report, Wish
from ctl.paths import REGISTRY
from ctl.process import SubprocessRunner
from ctl.storage.engine.progress import STRIDE
from ctl.supervise.status import process_of
from tests.storage.tree import write
from tests.system.images import MANIFEST, Registry
from tests.system.installation import Installation
from tests.system.oracle import Oracle, Served, lost
from tests.system.test_collect import storage
from tests.system.test_collect_status import last
from tests.system.test_readonly import at_rest, takes_pushes

pytestmark = pytest.mark.both_registries(soak=True)

ORPHANS = 2 * STRIDE + STRIDE // 2
WISH = Wish(yes=True, min_age=0, max_delete=100.0)


class Watching:
    """Progress that does something when pushes are taken between two windows."""

    def __init__(self, between: Callable[[int], None]) -> None:
        self.between = between
        self.pauses = 0
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)
        if text.startswith("take pushes"):
            self.pauses += 1
            self.between(self.pauses)

    def detail(self, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        self.steps.append(text)


def blobs_of(registry: Registry, store: Path, count: int) -> list[str]:
    """Put blobs that no manifest needs into a repository, as pushes that came to nothing leave them."""
    digests = []
    for number in range(count):
        content = f"blob {number}".encode()
        name = hashlib.sha256(content).hexdigest()
        base = store / "docker/registry/v2"
        write(base / "blobs/sha256" / name[:2] / name / "data", content)
        link = base / "repositories" / registry.repository / "_layers/sha256" / name / "link"
        write(link, f"sha256:{name}".encode())
        digests.append(f"sha256:{name}")
    return sorted(digests)


def run(site: Installation, between: Callable[[int], None], wish: Wish = WISH) -> tuple[Report, Watching]:
    watching = Watching(between)
    work = Collection(site.layout, SubprocessRunner(), watching, wish)
    return work.run(), watching


@pytest.fixture
def headway_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every window be over when some headway is made."""
    monkeypatch.setattr(windows.Windows, "_milliseconds", lambda self, lease: 0)


def look(site: Installation) -> Served:
    return Oracle(site.http_port, site.token, storage(site)).look()


@pytest.mark.usefixtures("headway_alone")
def test_manifest_that_is_pushed_between_two_windows_keeps_a_planned_blob(
    running_site: Installation,
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    planned = blobs_of(registry, storage(site), ORPHANS)
    needed = planned[-1]
    before = look(site)
    assert (registry.repository, needed) in before.blobs
    pushed: list[str] = []

    def push(number: int) -> None:
        # A window has moved some; this blob is still there, so a client sends the manifest alone.
        assert takes_pushes(site)
        if number > 1:
            return
        assert registry.ask("HEAD", f"blobs/{planned[0]}")[0] == 404
        assert registry.ask("HEAD", f"blobs/{needed}")[0] == 200
        part = {"mediaType": "application/octet-stream", "digest": needed, "size": len(f"blob {ORPHANS}")}
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": part, "layers": [part]}
        pushed.append(registry.put(json.dumps(document).encode(), MANIFEST, "between"))

    report, watching = run(site, push)
    assert watching.pauses == report.windows - 1 == 2
    assert report.swept is not None
    assert report.swept.moved.blobs == ORPHANS - 1
    assert report.refused_seconds is not None
    assert report.longest_refused_seconds is not None
    assert report.longest_refused_seconds < report.refused_seconds
    assert registry.is_whole("between")
    assert at_rest(site)
    after = look(site)
    assert lost(before, after, untagged=False) == []
    assert not after.tags[registry.repository, "between"].missing
    assert {digest for _, digest in before.blobs - after.blobs} == {*planned} - {needed}
    assert last(site)["deleted"]["blobs"] == ORPHANS - 1
    # All windows are one run.
    site.ctl("registry-garbage-collect", "--undo")
    assert look(site).blobs >= before.blobs
    assert registry.is_whole("between")


@pytest.mark.usefixtures("headway_alone")
def test_pushes_are_taken_at_least_as_long_as_they_were_refused(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    blobs_of(registry, storage(site), ORPHANS)
    began: list[float] = []
    report, watching = run(site, lambda number: began.append(time.monotonic()))
    paused = [float(re.findall(r"[\d.]+", step)[0]) for step in watching.steps if "take pushes" in step]
    assert (report.windows, len(paused)) == (3, 2)
    assert report.refused_seconds is not None
    assert report.longest_refused_seconds is not None
    # Of the third window nothing is known but that it was no longer than the longest.
    assert sum(paused) + report.longest_refused_seconds >= report.refused_seconds - 0.1
    assert began[1] - began[0] >= paused[0]


@pytest.mark.usefixtures("headway_alone")
def test_run_that_dies_between_two_windows_counts_what_it_has_deleted_towards_the_limit(
    running_site: Installation,
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1", layers=1)
    blobs_of(registry, storage(site), ORPHANS)

    def die(number: int) -> None:
        raise KeyboardInterrupt

    before = look(site)
    with pytest.raises(CtlError, match="the next run goes on"):
        run(site, die)
    assert at_rest(site)
    assert takes_pushes(site)
    words = ("registry-garbage-collect", "--yes", "--min-age", "0s", "--dry-run", "--json")
    percent = json.loads(site.ctl(*words).stdout)["marked"]["percent"]
    limit = f"{percent + 1:.2f}"
    done = site.ctl(*words[:-2], "--max-delete", limit, code=1)
    assert "has deleted" in done.stderr
    assert "nothing was touched" in done.stderr
    (allowed,) = re.findall(r"allow it with (--max-delete \d+)", done.stderr)
    report = json.loads(site.ctl(*words[:-2], *allowed.split(), "--json").stdout)
    assert report["swept"]["moved"]["blobs"] == ORPHANS - STRIDE
    site.ctl("registry-garbage-collect", "--undo")
    assert lost(before, look(site), untagged=False) == []
    assert look(site).blobs == before.blobs


def test_listing_that_takes_more_than_half_of_a_window_stops_before_pushes_are_refused(
    running_site: Installation,
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    blobs_of(registry, storage(site), 20)
    pid = process_of(site.layout, REGISTRY).pid
    words = ("registry-garbage-collect", "--yes", "--min-age", "0s", "--max-delete", "100")
    done = site.ctl(*words, "--window", "1ms", code=1)
    assert "more than half of --window 0.001s; nothing was touched" in done.stderr
    assert process_of(site.layout, REGISTRY).pid == pid
    assert last(site)["outcome"] == "stopped"
    (works,) = re.findall(r"(--window \d+s) works", done.stderr)
    report = json.loads(site.ctl(*words, *works.split(), "--json").stdout)
    assert (report["swept"]["moved"]["blobs"], report["windows"]) == (20, 1)


def test_window_that_finds_uploads_under_way_is_tried_again_and_then_given_up(
    running_site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    blobs_of(registry, storage(site), 20)
    monkeypatch.setattr("ctl.operations.serve.serving.Registry._uploads", lambda self: "to group/app")
    wish = Wish(yes=True, min_age=0, max_delete=100.0, window=4.0, patience=2.0)
    taken: list[bool] = []
    with pytest.raises(CtlError, match="uploads did not end within 1 s: to group/app") as failed:
        run(site, lambda number: taken.append(takes_pushes(site)), wish)
    assert taken == [True]
    assert failed.value.help == (
        "run this again when they have ended; --window 8s waits for 2 s at a time, and pushes are refused for"
        " up to that long"
    )
    assert at_rest(site)
    assert takes_pushes(site)


def test_registry_that_nobody_can_push_to_is_swept_in_one_window(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    blobs_of(registry, storage(site), 20)
    words = ("registry-garbage-collect", "--yes", "--min-age", "0s", "--max-delete", "100", "--json")
    site.ctl("set-readonly", "on")
    report: dict[str, Any] = json.loads(site.ctl(*words, "--window", "1ms").stdout)
    assert (report["swept"]["moved"]["blobs"], report["windows"]) == (20, 1)
    assert report["refused_seconds"] is None
    assert not takes_pushes(site)
