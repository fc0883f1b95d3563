from __future__ import annotations

from pathlib import Path

import pytest

from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import link


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Of a machine on which nginx goes by the link, before there is one."""
    made = Layout(tmp_path)
    for directory in (made.services, made.sockets):
        directory.mkdir(parents=True)
    (made.services / STANDBY).symlink_to("../sv/registry-standby")
    return made


def test_link_that_is_not_there_leads_nowhere_and_is_not_home(layout: Layout) -> None:
    assert link.active(layout) is None
    assert not link.is_home(layout)


def test_link_leads_to_who_was_activated_whatever_a_killed_run_left(layout: Layout) -> None:
    for name in (STANDBY, REGISTRY):
        (layout.sockets / ".active.new").symlink_to("nowhere")
        link.activate(layout, name)
        assert link.active(layout) == name
        assert link.is_home(layout) == (name == REGISTRY)
        assert layout.active_socket.readlink() == layout.instance_socket(name)
        assert [path.name for path in layout.sockets.iterdir()] == [layout.active_socket.name]


def test_link_is_brought_home_on_the_disk_also_where_it_is_home_already(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename of a moment ago may not have come to the disk yet."""
    synced: list[tuple[Path, bool]] = []
    monkeypatch.setattr(link, "fsync_directory", lambda path: synced.append((path, link.is_home(layout))))
    link.activate(layout, STANDBY)
    assert [link.bring_home(layout) for _ in range(2)] == [True, False]
    assert synced == [(layout.sockets, True)] * 2


def test_link_that_nginx_does_not_go_by_is_not_made(layout: Layout) -> None:
    (layout.services / STANDBY).unlink()
    layout.sockets.rmdir()
    assert not link.is_used(layout)
    assert link.is_home(layout)
    assert not link.bring_home(layout)
    assert not layout.sockets.exists()
