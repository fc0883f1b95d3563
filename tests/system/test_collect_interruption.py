"""A collection that gets a signal at a counted moment: writable again, nothing lost, and gone on with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product

import pytest

from ctl.paths import STANDBY
from ctl.state import guard, readonly
from ctl.supervise.status import process_of
from tests.storage.dying import tagged, whole
from tests.storage.engine import undo
from tests.storage.tree import Tree
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.interrupting import Traced, ends_lease, traced
from tests.system.test_collect import ALL, storage
from tests.system.test_readonly import at_rest, takes_pushes

pytestmark = pytest.mark.both_registries(soak=True)

# More than the thousand that the cache takes at a time, so that it holds some of them when a mark ends early.
MANIFESTS = 1150
WRITABLE_SECONDS = 10.0
COLLECT = ("registry-garbage-collect", "--json", *ALL)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
VICTIMS = ("command", "worker", "all")


def victims_of(kind: str, run: Traced) -> list[int]:
    """Tell who gets the signal; the command where there is no worker."""
    if kind == "all":
        return [-run.command]
    return [run.worker or run.command if kind == "worker" else run.command]


@dataclass
class Seen:
    """What was seen over all moments, so that it can be told that everything was met.

    Args:
        struck: signals that came before the run had ended.
        slowest: seconds until pushes were taken again.
        cached: runs after which the cache held some of the manifests.
        journals: runs that left a sweep to go on with.
        leased: signals that came while pushes were refused.
    """

    struck: int = 0
    slowest: float = 0.0
    cached: int = 0
    journals: int = 0
    leased: int = 0


@dataclass
class Scene:
    """A registry with a store that takes a run a second or more, to be brought back to its first state."""

    site: Installation
    tree: Tree
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)
    seen: Seen = field(default_factory=Seen)

    def names(self) -> set[str]:
        """Every file of the registry; those of uploads come and go."""
        paths = {f"{top}/{name}" for top, _, names in os.walk(self.tree.base) for name in names}
        return {path for path in paths if "/_uploads/" not in path}

    def is_pulled(self) -> bool:
        """Whether the registry gives the image that has a tag; asked with a token that is young."""
        return Registry(self.site).is_whole("multi")

    def revisions(self) -> set[str]:
        paths = self.tree.base.glob("repositories/*/*/_manifests/revisions/sha256/*/link")
        return {path.parent.name for path in paths}

    def cached(self) -> set[str]:
        """The manifests that the cache holds."""
        digests = set()
        for path in self.site.layout.home.glob("collect/*/*.sqlite"):
            with closing(sqlite3.connect(path)) as database:
                digests |= {row[0] for row in database.execute("SELECT digest FROM manifest")}
        return {raw[-32:].hex() for raw in digests}

    def unfinished(self) -> list[str]:
        """The runs whose plan was written and which did not come to their end."""
        paths = self.tree.root.glob("ctl-trash/*/plan-1")
        return [path.parent.name for path in paths if not (path.parent / "finished").exists()]

    def forget(self) -> None:
        """Take the cache away."""
        shutil.rmtree(self.site.layout.home / "collect", ignore_errors=True)

    def undo(self) -> None:
        [run] = self.tree.trash()
        undo(self.tree, run)
        assert self.names() == self.before
        assert self.tree.trash() == []
        self.forget()


@pytest.fixture
def scene(running_site: Installation) -> Scene:
    registry = Registry(running_site)
    registry.index([registry.image(), registry.image()], "multi")
    registry.image()
    tree = Tree(storage(running_site))
    shared = tree.blob("shared")
    for number in range(MANIFESTS):
        tree.image("bulk/app", *([f"v{number}"] if number % 4 else []), layers=[shared])
    scene = Scene(running_site, tree)
    scene.before, scene.live = scene.names(), tagged(tree)
    return scene


def moments(scene: Scene, count: int) -> list[int]:
    """Choose system calls of a run: half of them evenly by their number, half evenly by their time."""
    trace = traced(scene.site, *COLLECT)
    assert len(trace.calls) > 5 * MANIFESTS, trace.said
    scene.after = scene.names()
    assert {path.parent.name for path in scene.tree.base.glob("blobs/*/*/*/data")} == {
        digest.partition(":")[2] for digest in scene.live
    }
    scene.undo()
    times = [call.moment for call in trace.calls]
    last, length = len(times) - 1, times[-1] - times[0]
    half = count // 2
    by_number = [round(last * (index + 0.5) / half) for index in range(half)]
    wanted = [times[0] + length * (index + 0.5) / (count - half) for index in range(count - half)]
    by_time = [next(number for number, moment in enumerate(times) if moment >= instant) for instant in wanted]
    return sorted(number + 1 for number in by_number + by_time)


def interrupt(scene: Scene, at: int, number: signal.Signals, victims: str) -> None:
    """Interrupt a run and look at what must hold; the store is as at first afterwards."""
    site, seen = scene.site, scene.seen
    leased = []

    def struck(run: Traced) -> list[int]:
        leased.append(readonly.leased(site.layout) is not None)
        return victims_of(victims, run)

    run = traced(site, *COLLECT, when=lambda count, call: count == at, number=number, victims=struck)
    assert run.moves_after_lease() == []
    seen.struck += run.struck is not None
    seen.leased += sum(leased)
    since = run.struck or time.monotonic()
    while not is_writable(site):
        assert time.monotonic() - since < WRITABLE_SECONDS, run.said
        time.sleep(0.02)
    seen.slowest = max(seen.slowest, time.monotonic() - since)
    assert scene.live <= scene.tree.blobs()
    whole(scene.tree)
    assert scene.is_pulled()
    go_on(scene)
    assert at_rest(site)


def go_on(scene: Scene) -> None:
    """Let the next run finish, from the cache and the journal of the one before, and undo all of it."""
    cached, journals, present = scene.cached(), scene.unfinished(), scene.revisions()
    done = json.loads(scene.site.ctl(*COLLECT).stdout)
    assert done["marked"]["read"] == len(present - cached)
    assert scene.names() == scene.after
    assert scene.is_pulled()
    scene.seen.cached += 0 < len(present - cached) < len(present)
    scene.seen.journals += bool(journals)
    if journals:
        assert [done["swept"]["run"]] == journals
    assert len(scene.tree.trash()) == 1
    scene.undo()


def is_writable(site: Installation) -> bool:
    """Whether pushes are taken, and nothing temporary is in force."""
    return (
        readonly.leased(site.layout) is None
        and not guard.exchanging(site.layout)
        and not process_of(site.layout, STANDBY).pid
        and takes_pushes(site)
    )


def interrupted_everywhere(scene: Scene, count: int, part: int, parts: int) -> None:
    """Interrupt runs at one part of the counted moments, with every signal to everybody in turn."""
    ways = list(product(SIGNALS, VICTIMS))
    chosen = list(enumerate(moments(scene, count)))[part::parts]
    for index, at in chosen:
        # Five and twelve have nothing in common: neighbouring moments meet different ways, and all are met.
        number, victims = ways[index * 5 % len(ways)]
        try:
            interrupt(scene, at, number, victims)
        except AssertionError as error:
            error.add_note(f"moment {index} of {count}: call {at}, {number.name} to {victims}")
            raise
    seen = scene.seen
    print(f"{len(chosen)} moments: {seen}")
    assert seen.struck >= 0.8 * len(chosen)
    assert seen.journals > 0
    assert seen.leased > seen.journals / 2


def test_run_killed_when_its_lease_is_over_leaves_the_registry_writable(running_site: Installation) -> None:
    """Between the end of the lease and the exchange there must be no moment in which nobody feels obliged."""
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    run = traced(site, *COLLECT, when=ends_lease)
    assert run.struck is not None
    while not is_writable(site):
        assert time.monotonic() - run.struck < WRITABLE_SECONDS
        time.sleep(0.02)
    assert registry.is_whole("v1")


def test_worker_moves_nothing_any_more_when_pushes_are_taken_again(scene: Scene) -> None:
    """A signal to the command alone: what it makes writable nobody may sweep any more."""
    moves = 0

    def in_the_middle(number: int, call: str) -> bool:
        nonlocal moves
        moves += call.startswith("renameat(")
        return moves > 100

    run = traced(scene.site, *COLLECT, when=in_the_middle, number=signal.SIGTERM)
    assert run.moves_after_lease() == []
    assert scene.unfinished()
    scene.site.ctl(*COLLECT)
    assert scene.tree.blobs() == scene.live


@pytest.mark.parametrize("part", range(2))
def test_run_interrupted_at_any_moment_is_gone_on_with(scene: Scene, part: int) -> None:
    interrupted_everywhere(scene, 20, part, 2)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_run_interrupted_at_two_hundred_moments_is_gone_on_with(scene: Scene, part: int) -> None:
    interrupted_everywhere(scene, 200, part, 4)
    assert scene.seen.cached > 0
