"""The steps of an exchange, one by one, over services that are played."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.errors import CtlError
from ctl.operations.progress import Silent
from ctl.operations.serve import exchange as module
from ctl.operations.serve.exchange import Exchange, drain_of, evidence, wait_left
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.registry.client import Client
from ctl.state import guard, link
from tests.operations.serve.services import DRAIN, Played, begun, put_in_place, rests

STANDBY_COMES = [f"{what} {STANDBY}" for what in ("supervised", "up", "ask", "prove")]
REGISTRY_COMES = [
    f"supervised {REGISTRY} *",
    f"cycle {REGISTRY} *",
    f"ask {REGISTRY} *",
    f"prove {REGISTRY} *",
]


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return put_in_place(Layout(tmp_path), monkeypatch)


def test_exchange_goes_by_the_standby_and_comes_home(played: Played) -> None:
    played.layout.instance_socket(STANDBY).touch()
    played.exchange().run()
    assert played.done == [*STANDBY_COMES, "switched *", "leave *", *REGISTRY_COMES, f"d {STANDBY}"]
    assert rests(played)
    assert not played.layout.instance_socket(STANDBY).exists()
    assert played.steps == [
        "start the standby instance",
        "restart registry; the standby instance serves meanwhile",
    ]


def test_exchange_needs_nobody_who_proves_or_is_told(played: Played) -> None:
    Exchange(played.layout, DRAIN, Silent()).run()
    assert rests(played)


def test_registry_that_has_ended_meanwhile_is_started(played: Played) -> None:
    def leave() -> None:
        played.up.discard(REGISTRY)

    played.exchange(leave=leave).run()
    assert f"up {REGISTRY} *" in played.done
    assert f"cycle {REGISTRY} *" not in played.done
    assert rests(played)


@pytest.mark.parametrize("due", [False, True])
@pytest.mark.parametrize("what", ["it does not answer", "it is not proven"])
def test_standby_that_does_not_work_ends_the_exchange_and_a_fresh_process_stays_due(
    played: Played, what: str, due: bool
) -> None:
    if due:
        guard.begin_exchange(played.layout, fresh=True)

    def fails(name: str, client: Client) -> None:
        raise CtlError(what)

    given = {"prove": fails} if what == "it is not proven" else {}
    played.mute = set() if given else {STANDBY}
    with pytest.raises(CtlError) as caught:
        played.exchange(**given).run()
    if not given:
        assert caught.value.message == "the registry does not come up: connection refused"
        assert caught.value.detail == f"the end of the log of {STANDBY}:\n{STANDBY} ended"
    assert played.done[-1] == f"d {STANDBY}"
    assert link.is_home(played.layout)
    assert guard.exchanging(played.layout) == guard.fresh_due(played.layout) == due


@pytest.mark.parametrize("due", [False, True])
def test_old_process_that_may_not_be_ended_serves_on(played: Played, due: bool) -> None:
    if due:
        guard.begin_exchange(played.layout, fresh=True)

    def leave() -> None:
        raise CtlError("uploads do not end")

    with pytest.raises(CtlError, match="uploads do not end"):
        played.exchange(leave=leave).run()
    assert played.up == {REGISTRY}
    assert link.is_home(played.layout)
    assert guard.exchanging(played.layout) == due
    assert not any(word.startswith("cycle") for word in played.done)


def test_standby_serves_on_where_the_old_process_does_not_answer_any_more(played: Played) -> None:
    def leave() -> None:
        played.mute.add(REGISTRY)
        raise CtlError("uploads do not end")

    with pytest.raises(CtlError, match="uploads do not end"):
        played.exchange(leave=leave).run()
    assert STANDBY in played.up
    assert link.active(played.layout) == STANDBY
    assert guard.exchanging(played.layout)


def test_standby_serves_on_where_the_fresh_process_does_not_come(played: Played) -> None:
    with pytest.raises(CtlError, match="does not come up"):
        played.exchange(leave=lambda: played.mute.add(REGISTRY)).run()
    assert STANDBY in played.up
    assert link.active(played.layout) == STANDBY
    assert guard.exchanging(played.layout)


def test_exchange_that_somebody_has_left_comes_home_first_where_the_registry_answers(played: Played) -> None:
    begun(played, REGISTRY, STANDBY)
    played.exchange().run()
    assert played.done[:3] == [f"d {STANDBY}", f"supervised {STANDBY}", f"up {STANDBY}"]
    assert rests(played)


def test_standby_that_serves_already_is_gone_on_with(played: Played) -> None:
    begun(played, STANDBY)
    played.exchange().run()
    assert played.done[:4] == ["leave *", f"supervised {REGISTRY} *", f"up {REGISTRY} *", f"ask {REGISTRY} *"]
    assert rests(played)


def test_standby_that_was_left_and_is_mute_is_started_anew(played: Played) -> None:
    begun(played, STANDBY)
    played.mute = {STANDBY}
    with pytest.raises(CtlError, match="does not come up"):
        played.exchange().run()
    assert played.done[:3] == [f"supervised {STANDBY} *", f"d {STANDBY} *", f"up {STANDBY} *"]


def test_standby_to_which_no_link_leads_is_ended_and_started(played: Played) -> None:
    """It may be one of an older form."""
    played.up.add(STANDBY)
    played.exchange().run()
    assert played.done[:3] == [f"supervised {STANDBY}", f"d {STANDBY}", f"up {STANDBY}"]


# Waiting until an instance is left.


@pytest.mark.parametrize(
    ("idle", "left"),
    [
        ([True], False),
        ([True, True], True),
        ([True, False], False),
        ([False, True], False),
        ([False, True, True], True),
    ],
)
def test_instance_is_left_when_nobody_has_talked_to_it_for_a_moment(
    played: Played, monkeypatch: pytest.MonkeyPatch, idle: list[bool], left: bool
) -> None:
    """Looked at twice in that moment, the first time after half of it."""
    monkeypatch.setattr(module, "LEFT_SECONDS", 0.5)
    clock = iter(0.25 * number for number in range(10))
    traffic = iter(idle)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(
        module, "sockets", SimpleNamespace(traffic=lambda _: SimpleNamespace(is_idle=next(traffic)))
    )

    def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
        assert seconds == DRAIN
        return any(condition() for _ in idle)

    monkeypatch.setattr(module, "wait_until", wait_until)
    assert wait_left(played.layout, STANDBY, DRAIN) == left


def test_each_instance_is_left_before_it_is_ended(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "wait_left", lambda _, name, seconds: played.note(f"left {name} {seconds}"))
    Exchange(played.layout, DRAIN, Silent()).run()
    words = [word for word in played.done if word.split()[0] in ("up", "left", "cycle", "d")]
    assert words == [
        f"up {STANDBY}",
        *(f"left {REGISTRY} {DRAIN} *", f"cycle {REGISTRY} *"),
        *(f"left {STANDBY} {DRAIN}", f"d {STANDBY}"),
    ]


def test_service_without_a_log_has_no_evidence(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evidence(played.layout, REGISTRY) == f"the end of the log of {REGISTRY}:\n{REGISTRY} ended"
    monkeypatch.setattr(module, "log_tail", lambda *_: [])
    assert evidence(played.layout, REGISTRY) is None
    assert drain_of(played.layout) == 0.0
    with monkeypatch.context() as patch:
        current = SimpleNamespace(manifest=SimpleNamespace(drain=7.0))
        patch.setattr(module, "generation", SimpleNamespace(load_current=lambda _: current))
        assert drain_of(played.layout) == 7.0
