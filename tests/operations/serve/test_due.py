"""What a service needs, decided once: of each reason the larger counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.operations.serve.due import Dues, dues
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, owed, readonly, running, stopped
from ctl.state.fingerprint import Due, Fingerprint
from ctl.supervise import directories
from ctl.supervise.status import SOCKET_SECONDS, ServiceState, State

WANTED = Fingerprint("a", "b")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A registry, its standby and nginx, enabled, whose processes noted what is wanted."""
    made = Layout(tmp_path)
    for name in (REGISTRY, STANDBY, "nginx"):
        directories.enable(made, name)
        running.write(made, name, WANTED)
    made.instance_socket(REGISTRY).parent.mkdir(parents=True)
    made.instance_socket(REGISTRY).touch()
    return made


def asked(layout: Layout) -> Dues:
    return dues(layout, dict.fromkeys((REGISTRY, STANDBY, "nginx"), WANTED))


def up(name: str = REGISTRY, since: float = SOCKET_SECONDS) -> ServiceState:
    return ServiceState(name, State.RUN, pid=1 << 30, since=since, wanted=True)


def test_service_that_read_what_it_has_to_needs_nothing(layout: Layout) -> None:
    assert asked(layout).due(up()) is Due.NOTHING
    assert asked(layout).due(up("nginx")) is Due.NOTHING
    assert asked(layout).due(up("of-somebody-else")) is Due.NOTHING


@pytest.mark.parametrize("state", [State.DOWN, State.FINISH, State.ABSENT])
def test_service_that_is_not_up_is_started(layout: Layout, state: State) -> None:
    assert asked(layout).due(ServiceState("nginx", state)) is Due.START
    assert asked(layout).due(ServiceState(STANDBY, state)) is Due.NOTHING


def test_service_that_is_not_enabled_is_started_though_it_runs(layout: Layout) -> None:
    (layout.services / "nginx").unlink()
    assert asked(layout).due(up("nginx")) is Due.START


def test_service_that_was_stopped_on_purpose_stays_down_whatever_else_is_due(layout: Layout) -> None:
    stopped.mark(layout, "nginx")
    running.forget(layout, "nginx")
    assert asked(layout).due(up("nginx")) is Due.HELD
    assert asked(layout).due(ServiceState("nginx", State.DOWN)) is Due.HELD


def test_service_that_is_wanted_no_more_goes_where_it_is_enabled(layout: Layout) -> None:
    directories.enable(layout, "of-somebody-else")
    nobody = dues(layout, {})
    assert nobody.due(up("nginx")) is Due.REMOVE
    assert nobody.due(ServiceState(STANDBY, State.DOWN)) is Due.REMOVE
    assert nobody.due(up("of-somebody-else")) is Due.NOTHING
    (layout.services / "nginx").unlink()
    assert nobody.due(up("nginx")) is Due.NOTHING
    assert nobody.all() == {REGISTRY: Due.REMOVE, STANDBY: Due.REMOVE}


def test_process_whose_socket_is_gone_is_restarted_once_it_had_time_to_make_it(layout: Layout) -> None:
    layout.instance_socket(REGISTRY).unlink()
    assert asked(layout).due(up(since=SOCKET_SECONDS - 0.1)) is Due.NOTHING
    assert asked(layout).due(up()) is Due.RESTART
    assert asked(layout).due(up("nginx")) is Due.NOTHING


def test_process_in_another_form_than_is_wanted_is_restarted(layout: Layout) -> None:
    readonly.demand(layout, readonly.UNKNOWN)
    assert asked(layout).due(up()) is Due.RESTART
    assert asked(layout).due(up("nginx")) is Due.NOTHING


def test_process_that_knows_what_is_gone_is_restarted(layout: Layout) -> None:
    guard.begin_exchange(layout, fresh=True)
    assert asked(layout).due(up()) is Due.RESTART
    assert asked(layout).due(up("nginx")) is Due.NOTHING


@pytest.mark.parametrize(
    ("noted", "owing", "due"),
    [
        (WANTED, Due.RELOAD, Due.RELOAD),
        (WANTED, Due.RESTART, Due.RESTART),
        (Fingerprint("a", "c"), None, Due.RELOAD),
        (Fingerprint("a", "c"), Due.RELOAD, Due.RELOAD),
        (Fingerprint("a", "c"), Due.RESTART, Due.RESTART),
        (Fingerprint("c", "b"), None, Due.RESTART),
        (Fingerprint("c", "b"), Due.RELOAD, Due.RESTART),
        (None, None, Due.RESTART),
    ],
)
def test_what_is_due_is_the_larger_of_what_was_noted_and_what_is_owed(
    layout: Layout, noted: Fingerprint | None, owing: Due | None, due: Due
) -> None:
    running.forget(layout, "nginx")
    if noted is not None:
        running.write(layout, "nginx", noted)
    if owing is not None:
        owed.note(layout, "nginx", owing)
    assert asked(layout).due(up("nginx")) is due


def test_what_is_owed_by_edits_that_are_not_on_record_yet_counts_as_well(layout: Layout) -> None:
    needs = dues(layout, {"nginx": WANTED}, {"nginx": Due.RELOAD})
    assert needs.due(up("nginx")) is Due.RELOAD


def test_note_of_what_is_owed_that_cannot_be_read_is_taken_for_the_larger_one(layout: Layout) -> None:
    owed.note(layout, "nginx", Due.RELOAD)
    (layout.state / "owed/nginx").write_bytes(b"\xff")
    assert asked(layout).due(up("nginx")) is Due.RESTART
