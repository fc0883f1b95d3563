"""How an exchange comes home that somebody has left, over services that are played."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.errors import CtlError
from ctl.operations.serve import exchange as module
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, link, stopped
from tests.operations.serve.services import DRAIN, Played, begun, put_in_place, rests


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return put_in_place(Layout(tmp_path), monkeypatch)


def test_end_of_an_exchange_that_was_left_waits_for_the_registry(played: Played) -> None:
    begun(played, REGISTRY, STANDBY)
    played.exchange().settle()
    assert played.done == [f"ask {REGISTRY} *", f"prove {REGISTRY} *", f"d {STANDBY}"]
    assert rests(played)


@pytest.mark.parametrize("serves", [True, False])
def test_registry_that_does_not_come_lets_a_standby_that_works_serve(played: Played, serves: bool) -> None:
    begun(played, REGISTRY, STANDBY)
    played.mute = {REGISTRY, *([] if serves else [STANDBY])}
    with pytest.raises(CtlError, match="does not come up"):
        played.exchange().settle()
    assert link.active(played.layout) == (STANDBY if serves else REGISTRY)
    assert guard.exchanging(played.layout)


def test_registry_that_was_to_run_once_is_started_in_the_place_of_its_standby(played: Played) -> None:
    begun(played, STANDBY)
    played.wanted = set()
    played.exchange().settle()
    assert played.done[:2] == [f"up {REGISTRY} *", f"ask {REGISTRY} *"]
    assert rests(played)


def test_registry_that_was_stopped_stays_so_and_its_standby_ends(played: Played) -> None:
    begun(played, STANDBY)
    played.wanted = set()
    stopped.mark(played.layout, REGISTRY)
    played.exchange().settle()
    assert played.done == [f"d {STANDBY}"]
    assert played.up == set()


def test_registry_that_is_down_with_its_standby_stays_so(played: Played) -> None:
    begun(played)
    played.wanted = set()
    played.exchange().settle()
    assert played.done == []
    assert rests(played)


def test_machine_on_which_nginx_does_not_go_by_the_link_has_nothing_to_come_home_from(played: Played) -> None:
    (played.layout.services / STANDBY).unlink()
    guard.begin_exchange(played.layout)
    played.mute = {REGISTRY}
    played.exchange().settle()
    assert played.done == []


@pytest.mark.parametrize("running", [True, False])
def test_supervisor_is_waited_for_where_it_can_come(
    played: Played, monkeypatch: pytest.MonkeyPatch, running: bool
) -> None:
    begun(played, REGISTRY)
    monkeypatch.setattr(module, "runsvdir", SimpleNamespace(is_running=lambda _: running))
    waited: list[tuple[float, bool]] = []

    def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
        waited.append((seconds, condition()))
        return played.wait_until(condition, seconds)

    monkeypatch.setattr(module, "wait_until", wait_until)
    for supervised in ({REGISTRY}, set[str]()):
        waited.clear()
        played.supervised = supervised
        guard.begin_exchange(played.layout)
        played.exchange().settle()
        assert ((1.0, bool(supervised)) in waited) == running


# What is left behind, and what does not end.


def test_process_that_its_supervisor_has_left_serves_as_well_and_is_ended_with_its_socket(
    played: Played,
) -> None:
    begun(played, REGISTRY)
    played.left = {STANDBY}
    played.layout.instance_socket(STANDBY).touch()
    played.mute = {REGISTRY}
    with pytest.raises(CtlError):
        played.exchange().settle()
    assert link.active(played.layout) == STANDBY
    played.mute = set()
    played.exchange().settle()
    assert played.done[-1] == f"end {STANDBY}"
    assert rests(played)
    assert not played.layout.instance_socket(STANDBY).exists()


def test_standby_that_does_not_end_is_killed(played: Played) -> None:
    played.unheeding = {STANDBY}
    played.exchange().run()
    assert played.done[-2:] == [f"d {STANDBY}", f"k {STANDBY}"]
    assert played.waits[-2:] == [DRAIN + module.MARGIN, module.MARGIN]
    assert rests(played)


def test_standby_that_is_only_wanted_is_told_to_stay_down(played: Played) -> None:
    begun(played, REGISTRY)
    played.wanted.add(STANDBY)
    played.exchange().settle()
    assert played.done[-1] == f"d {STANDBY}"
    assert rests(played)


def test_directory_in_the_place_of_a_socket_hinders_nothing(played: Played) -> None:
    played.layout.instance_socket(STANDBY).mkdir()
    played.exchange().run()
    assert rests(played)
