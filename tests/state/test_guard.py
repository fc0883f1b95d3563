from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

import ctl
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, link, readonly, reserve
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
    assert [entry.name for entry in layout.sockets.iterdir()] == ["active"]


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
    assert [entry.parent.name for entry in layout.sockets.glob("*/file")] == [
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


def test_guard_is_woken_before_the_mark_is_left(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(layout.state / "wake")
    pipe = os.open(layout.state / "wake", os.O_RDONLY | os.O_NONBLOCK)
    write = reserve.write

    def woken(layout: Layout, path: Path, content: bytes) -> None:
        assert os.read(pipe, 10) == b"\n"
        write(layout, path, content)

    monkeypatch.setattr(reserve, "write", woken)
    try:
        guard.begin_exchange(layout)
    finally:
        os.close(pipe)
    assert guard.exchanging(layout)


def test_guard_that_does_not_listen_holds_nobody_up(layout: Layout) -> None:
    os.mkfifo(layout.state / "wake")
    guard.wake(layout)
    pipe = os.open(layout.state / "wake", os.O_RDONLY | os.O_NONBLOCK)
    try:
        descriptors = Path("/proc/self/fd")
        before = len(list(descriptors.iterdir()))
        guard.wake(layout)
        assert len(list(descriptors.iterdir())) == before
    finally:
        os.close(pipe)


def test_mark_that_is_there_is_written_anew_for_a_fresh_process_alone(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = reserve.write

    def noted(layout: Layout, path: Path, content: bytes) -> None:
        written.append(content)
        write(layout, path, content)

    monkeypatch.setattr(reserve, "write", noted)
    for fresh in (False, False, True, True, False):
        guard.begin_exchange(layout, fresh=fresh)
    assert written == [b"", b"a fresh process is due\n"]


def test_end_of_an_exchange_is_on_the_disk_and_need_not_find_one(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.begin_exchange(layout)
    synced: list[tuple[Path, bool]] = []
    monkeypatch.setattr(
        guard, "fsync_directory", lambda path: synced.append((path, guard.exchanging(layout)))
    )
    guard.end_exchange(layout)
    guard.end_exchange(layout)
    assert synced == [(layout.state, False)] * 2
    layout.state.rmdir()
    guard.end_exchange(layout)
    assert len(synced) == 2


def test_program_of_the_guard_calls_this_ctl_and_is_written_when_it_has_changed(layout: Layout) -> None:
    guard.write_program(layout)
    program = layout.state / "ctl"
    status = program.stat()
    assert stat.S_IMODE(status.st_mode) == 0o700
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert ctl.__version__ in done.stdout
    guard.write_program(layout)
    assert program.stat().st_ino == status.st_ino
    text = program.read_text()
    program.write_text("#!/bin/sh\n")
    guard.write_program(layout)
    assert program.read_text() == text
