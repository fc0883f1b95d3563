from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from ctl.apply.lock import SETTLED_SECONDS, SETTLING, locked
from ctl.errors import CtlError, ExitCode
from ctl.paths import Layout
from ctl.state import flock


def test_lock_that_is_held_names_its_holder(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with locked(layout, "reconfigure"):
        with (
            pytest.raises(CtlError, match=f"ctl reconfigure \\(pid {os.getpid()}\\)") as caught,
            locked(layout, "rollback"),
        ):
            pass
        assert caught.value.exit_code is ExitCode.LOCKED
    with locked(layout, "rollback"):
        assert "rollback" in layout.lock.read_text()


def test_lock_of_a_process_that_died_is_free_whatever_it_says(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    layout.lock.write_text("1 reconfigure\n")
    with locked(layout, "reconfigure"):
        pass


def test_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    layout.lock.symlink_to(tmp_path / "victim")
    with pytest.raises(CtlError, match="lock cannot be used: a symlink"), locked(layout, "reconfigure"):
        pass
    assert not (tmp_path / "victim").exists()


def test_lock_is_taken_on_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    layout = Layout(tmp_path)
    with (
        locked(layout, "stop registry"),
        pytest.raises(CtlError, match="another run is at work"),
        locked(layout, "rollback"),
    ):
        pass


def test_whoever_finds_the_guard_at_work_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, held = Layout(tmp_path), ExitStack()
    patience: list[float | None] = []
    take = flock.take

    def watched(descriptor: int, seconds: float | None = 0.0) -> bool:
        patience.append(seconds)
        if len(patience) == 2:
            held.close()
        return take(descriptor, seconds)

    held.enter_context(locked(layout, SETTLING))
    monkeypatch.setattr(flock, "take", watched)
    with locked(layout, "set-readonly off", 0.0):
        assert patience == [0.0, SETTLED_SECONDS]
        patience.clear()
        with pytest.raises(CtlError, match="ctl set-readonly off"), locked(layout, "restart", 0.0):
            pass
        assert patience == [0.0]
