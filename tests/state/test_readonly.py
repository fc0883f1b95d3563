from __future__ import annotations

import os
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.state import guard, readonly
from ctl.state.readonly import UNKNOWN, ReadOnly

DEMAND = ReadOnly("2026-01-01T00:00:00+00:00", "root", "a copy is made")
LEASE = ReadOnly("2026-01-02T00:00:00+00:00", "git", "garbage collection")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.state.mkdir(parents=True)
    return made


def test_registry_is_read_only_while_either_of_two_wants_it(layout: Layout) -> None:
    assert readonly.in_force(layout) is None
    readonly.lease(layout, LEASE)
    assert (readonly.wanted(layout), readonly.leased(layout)) == (None, LEASE)
    assert readonly.in_force(layout) == LEASE
    readonly.demand(layout, DEMAND)
    assert readonly.in_force(layout) == DEMAND
    readonly.end_lease(layout)
    assert (readonly.wanted(layout), readonly.leased(layout)) == (DEMAND, None)
    readonly.release(layout)
    assert readonly.in_force(layout) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "empty"), ("{", "not JSON"), ("[]", "something else"), ('{"since": "now"}', "something else")],
)
def test_file_that_does_not_say_why_is_in_force_all_the_same(layout: Layout, content: str, said: str) -> None:
    readonly.demand_file(layout).write_text(content)
    why = readonly.in_force(layout)
    assert why is not None
    assert (why.since, why.who) == (UNKNOWN.since, UNKNOWN.who)
    assert why.reason.startswith(f"{readonly.demand_file(layout)} does not say why: ")
    assert said in why.reason


def test_end_is_on_the_disk_and_need_not_find_anything(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[Path, bool]] = []

    def sync(path: Path) -> None:
        synced.append((path, readonly.in_force(layout) is None))

    readonly.demand(layout, DEMAND)
    monkeypatch.setattr(readonly, "fsync_directory", sync)
    for _ in range(2):
        readonly.release(layout)
    readonly.end_lease(layout)
    assert synced == [(layout.state, True)] * 3
    layout.state.rmdir()
    readonly.release(layout)
    assert len(synced) == 3


@pytest.mark.parametrize("leased", [True, False])
def test_lease_that_is_handed_over_leaves_a_mark_on_the_disk_and_a_guard_that_is_awake(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, leased: bool
) -> None:
    if leased:
        readonly.lease(layout, LEASE)
    os.mkfifo(layout.state / "wake")
    pipe = os.open(layout.state / "wake", os.O_RDONLY | os.O_NONBLOCK)
    woken: list[bytes] = []
    synced: list[tuple[Path, bool]] = []
    wake = guard.wake
    monkeypatch.setattr(
        readonly, "fsync_directory", lambda path: synced.append((path, guard.exchanging(layout)))
    )

    def noted(layout: Layout) -> None:
        assert not guard.exchanging(layout)
        wake(layout)
        woken.append(os.read(pipe, 10))

    monkeypatch.setattr(guard, "wake", noted)
    readonly.hand_over_lease(layout)
    os.close(pipe)
    assert woken[0] == b"\n"
    assert synced == [(layout.state, True)]
    assert guard.exchanging(layout)
    assert guard.fresh_due(layout) == leased
    assert readonly.leased(layout) is None
