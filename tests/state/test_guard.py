from __future__ import annotations

import os
from pathlib import Path

import pytest

from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, link, readonly
from ctl.state.files import Damaged
from ctl.state.readonly import ReadOnly

PACKAGE = Path(__file__).parents[2] / "ctl"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Of a machine on which nginx goes by the link."""
    made = Layout(tmp_path)
    for directory in (made.services, made.sockets, made.state):
        directory.mkdir(parents=True)
    (made.services / STANDBY).symlink_to("../sv/registry-standby")
    link.activate(made, REGISTRY)
    return made


@pytest.mark.parametrize("target", [STANDBY, "/nowhere", None])
def test_end_of_an_exchange_leads_the_link_home_before_the_mark_goes(
    layout: Layout, target: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.begin_exchange(layout)
    layout.active_socket.unlink()
    if target is not None:
        layout.active_socket.symlink_to(layout.instance_socket(target))
    home_when_it_went = []
    unlink = Path.unlink

    def watched(path: Path, missing_ok: bool = False) -> None:
        if path == guard.mark_of(layout):
            home_when_it_went.append(link.is_home(layout))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", watched)
    guard.end_exchange(layout)
    assert home_when_it_went == [True]
    assert not guard.exchanging(layout)
    assert layout.active_socket.readlink() == layout.instance_socket(REGISTRY)


def test_mark_stays_where_the_link_cannot_be_led_home(layout: Layout) -> None:
    guard.begin_exchange(layout)
    layout.active_socket.unlink()
    layout.active_socket.mkdir()
    with pytest.raises(Damaged, match=f"{layout.active_socket} cannot be used: a directory") as caught:
        guard.end_exchange(layout)
    assert guard.exchanging(layout)
    assert "ctl reconfigure puts it aside" in (caught.value.help or "")
    assert [one.name for one in layout.sockets.iterdir()] == ["active"]


@pytest.mark.parametrize("inside", [(), ("file",)])
def test_link_is_led_home_whatever_has_its_temporary_name(layout: Layout, inside: tuple[str, ...]) -> None:
    link.activate(layout, STANDBY)
    fresh = layout.sockets / ".active.new"
    fresh.mkdir()
    for name in inside:
        (fresh / name).touch()
    guard.end_exchange(layout)
    assert link.is_home(layout)
    assert not fresh.exists()
    assert [one.parent.name for one in layout.sockets.glob("*/file")] == [
        ".active.new.damaged-1" for _ in inside
    ]


def test_lease_is_not_handed_over_to_a_directory_which_is_named(layout: Layout) -> None:
    readonly.lease(layout, ReadOnly("now", "root", "a test"))
    guard.mark_of(layout).mkdir()
    with pytest.raises(Damaged, match=f"{guard.mark_of(layout)} cannot be used: a directory"):
        readonly.hand_over_lease(layout)
    assert readonly.lease_file(layout).exists()


def test_mark_is_taken_away_by_its_owner_alone() -> None:
    named = [
        str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "mark_of(" in path.read_text()
    ]
    # A lease becomes the mark, by a rename onto it; what is no file in its place is put aside and made anew.
    assert sorted(named) == ["apply/damage.py", "state/guard.py", "state/readonly.py"]


def test_link_is_mended_unless_an_exchange_is_under_way(layout: Layout) -> None:
    link.activate(layout, STANDBY)
    guard.begin_exchange(layout)
    assert not guard.mend_link(layout)
    assert link.active(layout) == STANDBY
    guard.mark_of(layout).unlink()
    assert guard.mend_link(layout)
    assert link.is_home(layout)
    assert not guard.mend_link(layout)


def test_link_to_a_namesake_elsewhere_is_not_home(layout: Layout) -> None:
    layout.active_socket.unlink()
    layout.active_socket.symlink_to(f"/elsewhere/{REGISTRY}")
    assert not link.is_home(layout)


def test_machine_without_nginx_gets_no_link(layout: Layout) -> None:
    (layout.services / STANDBY).unlink()
    layout.active_socket.unlink()
    guard.begin_exchange(layout)
    guard.end_exchange(layout)
    assert not guard.mend_link(layout)
    assert link.is_home(layout)
    assert not os.path.lexists(layout.active_socket)


def test_lease_that_is_handed_over_makes_a_fresh_process_due_until_the_exchange_ends(layout: Layout) -> None:
    readonly.lease(layout, ReadOnly("now", "root", "a test"))
    assert not guard.fresh_due(layout)
    readonly.hand_over_lease(layout)
    assert readonly.leased(layout) is None
    assert guard.exchanging(layout)
    assert guard.fresh_due(layout)
    # Whoever goes on with it does not forget that.
    guard.begin_exchange(layout)
    assert guard.fresh_due(layout)
    guard.end_exchange(layout)
    assert not guard.fresh_due(layout)


def test_exchange_that_is_under_way_can_be_told_that_a_fresh_process_is_due(layout: Layout) -> None:
    guard.begin_exchange(layout)
    assert not guard.fresh_due(layout)
    guard.begin_exchange(layout, fresh=True)
    assert guard.fresh_due(layout)
