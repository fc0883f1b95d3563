"""The steps of a lease, one by one, over a registry that is played."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.apply.lock import locked
from ctl.errors import CtlError, ExitCode
from ctl.operations.progress import Silent
from ctl.operations.serve import lease as module
from ctl.operations.serve.lease import Lease
from ctl.paths import GUARD, REGISTRY, STANDBY, Layout
from ctl.process import SubprocessRunner
from ctl.state import guard, lease, readonly
from ctl.state.readonly import ReadOnly
from ctl.targets.runit.places import CONFIGS

FAILS = CtlError("pushes: accepted")


@dataclass
class Played:
    """A registry and its services.

    Args:
        layout: where its files are.
        up: which services run.
        left: which are left behind by their supervisor.
        reads_read_only: whether the process was started so.
        demands: whether the settings demand read-only.
        fails: raised by the exchange, when new requests go to the new process already.
        done: what was asked of it, in order.
    """

    layout: Layout
    up: set[str] = field(default_factory=lambda: {REGISTRY, GUARD})
    left: set[str] = field(default_factory=set)
    reads_read_only: bool = False
    demands: bool = False
    fails: Exception | None = None
    done: list[str] = field(default_factory=list)

    def uploads_ended(self, patience: float, force: bool, help: str) -> Callable[[], None]:
        assert patience == 7.0
        assert not force
        return lambda: None

    def bring(self, leave: Callable[[], None], renew: bool, switched: Callable[[], None]) -> None:
        assert renew
        assert readonly.leased(self.layout) is not None
        self.done.append("exchanged")
        switched()
        if self.fails is not None:
            raise self.fails

    def come_to_rest(self, *given: object) -> None:
        assert readonly.leased(self.layout) is None
        self.done.append("at rest")
        if callable(given[-1]):
            given[-1]()


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    made = Played(Layout(tmp_path))
    made.layout.state.mkdir(parents=True)
    registry = SimpleNamespace(
        demanded=lambda: "gitlab.rb" if made.demands else None,
        uploads_ended=made.uploads_ended,
        bring=made.bring,
    )
    stand_ins: dict[str, object] = {
        "Registry": lambda *_: registry,
        "process_of": lambda _, name: SimpleNamespace(is_up=name in made.up, pid=9 * (name in made.up)),
        "holders": lambda _, name: [9] if name in made.left else [],
        "revive": lambda _, __, names, ___: made.done.append(f"revived {', '.join(names)}"),
        "reads_read_only": lambda _: made.reads_read_only,
        "come_to_rest": made.come_to_rest,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(module, name, stand_in)
    return made


@contextmanager
def held(played: Played) -> Iterator[Lease]:
    wanted = Lease(played.layout, SubprocessRunner(), Silent(), "a test", 7.0)
    with lease.opened(played.layout) as descriptor, wanted.held(descriptor):
        yield wanted


def refusal(played: Played) -> CtlError:
    """Return why a lease does not begin; it is not in force then."""
    with pytest.raises(CtlError) as caught, held(played):
        pytest.fail("it has begun")
    assert readonly.leased(played.layout) is None
    return caught.value


def test_lease_exchanges_the_registry_and_ends_by_bringing_it_to_rest(played: Played) -> None:
    with held(played):
        assert readonly.leased(played.layout) is not None
        assert played.done == [f"revived {REGISTRY}, {GUARD}", "exchanged"]
    assert played.done[2:] == ["at rest"]
    # The exchange that would take the mark away is played.
    assert guard.fresh_due(played.layout)


def test_lease_is_not_begun_while_a_change_is_under_way(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.0)
    with locked(played.layout, "reconfigure"):
        assert refusal(played).exit_code is ExitCode.LOCKED
    assert played.done == []


def test_lease_is_not_ended_while_a_change_is_under_way(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.0)
    change = locked(played.layout, "reconfigure")
    with pytest.raises(CtlError, match="reconfigure") as caught, held(played):
        change.__enter__()
    assert caught.value.exit_code is ExitCode.LOCKED
    # Left to the guard.
    assert readonly.leased(played.layout) is not None
    assert played.done[-1] == "exchanged"
    change.__exit__(None, None, None)


def test_guard_is_told_before_the_lease_is_noted(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a registry that is stopped no exchange tells it."""
    played.up = {GUARD}
    monkeypatch.setattr(module, "_check_alone", lambda _: None)
    os.mkfifo(played.layout.state / "wake")
    pipe = os.open(played.layout.state / "wake", os.O_RDONLY | os.O_NONBLOCK)
    noted = readonly.lease

    def note(layout: Layout, why: ReadOnly) -> None:
        assert os.read(pipe, 10) == b"\n"
        noted(layout, why)

    monkeypatch.setattr(readonly, "lease", note)
    try:
        with held(played):
            assert readonly.leased(played.layout) is not None
    finally:
        os.close(pipe)


def test_lease_without_the_guard_does_not_begin(played: Played) -> None:
    played.up = {REGISTRY}
    assert refusal(played).help == f"ctl start {GUARD}"
    assert "exchanged" not in played.done


def test_lease_over_a_stopped_registry_exchanges_nothing(played: Played) -> None:
    played.up = {GUARD}
    with held(played) as wanted:
        assert readonly.leased(played.layout) is not None
    assert "exchanged" not in played.done
    assert wanted.refused_seconds is None


@pytest.mark.parametrize(("left", "up"), [(REGISTRY, None), (STANDBY, None), (None, STANDBY)])
def test_lease_over_a_stopped_registry_of_which_a_process_lives_does_not_begin(
    played: Played, left: str | None, up: str | None
) -> None:
    played.up, played.left = {GUARD, up or GUARD}, {left} if left else set()
    assert "a process of it runs" in refusal(played).message


@pytest.mark.parametrize("cached", [True, False])
def test_read_only_form_with_a_cache_is_refused(played: Played, cached: bool) -> None:
    for (_, read_only), name in CONFIGS.items():
        path = played.layout.current / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # The writable forms may have one.
        cache = ", cache: {blobdescriptor: redis}" if cached or not read_only else ""
        path.write_text(f"storage: {{filesystem: {{}}{cache}}}\n")
    if cached:
        assert "a cache while it is read-only" in refusal(played).message
        assert played.done == []
    else:
        with held(played):
            assert "exchanged" in played.done


@pytest.mark.parametrize(("asked", "demanded"), [(False, False), (True, False), (False, True), (True, True)])
def test_time_of_refused_pushes_counts_where_nothing_else_refuses_them(
    played: Played, monkeypatch: pytest.MonkeyPatch, asked: bool, demanded: bool
) -> None:
    clock = iter([100.0, 130.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    played.demands = demanded
    if asked:
        readonly.demand(played.layout, ReadOnly("now", "root", ""))
    with held(played) as wanted:
        assert wanted.refused_since == (None if asked or demanded else 100.0)
        assert wanted.refused_seconds is None
    assert wanted.refused_seconds == (None if asked or demanded else 30.0)


@pytest.mark.parametrize("exchanged", [True, False])
def test_lease_that_fails_leaves_a_mark_before_anything_else_where_its_process_has_come(
    played: Played, monkeypatch: pytest.MonkeyPatch, exchanged: bool
) -> None:
    """Whoever dies right after it leaves the guard to do the rest; a process that stayed needs nobody."""
    played.fails, played.reads_read_only = FAILS, exchanged
    marks: list[bool] = []

    def dies(*_: object) -> None:
        marks.append(guard.fresh_due(played.layout))
        raise SystemExit

    monkeypatch.setattr(module, "come_to_rest", dies)
    with pytest.raises(SystemExit), held(played):
        pytest.fail("it has begun")
    assert marks == [exchanged]
    assert guard.exchanging(played.layout) == exchanged
    assert readonly.leased(played.layout) is None


def test_lease_that_fails_says_why_when_it_has_gone_back(played: Played) -> None:
    played.fails = FAILS
    assert refusal(played) is FAILS
    assert played.done[-2:] == ["exchanged", "at rest"]
