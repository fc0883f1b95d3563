from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ctl.apply import history
from ctl.paths import Layout


def test_entries_come_back_oldest_first_without_those_that_are_damaged(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    history.record(layout, "reconfigure", "done", "started registry", 1)
    with history.path(layout).open("a") as file:
        file.write("half a li\n[1]\n\n")
    history.record(layout, "rollback 1", "failed", "a\nb", None)
    entries = history.entries(layout)
    assert [(entry["command"], entry["what"], entry["generation"]) for entry in entries] == [
        ("reconfigure", "started registry", 1),
        ("rollback 1", "a\nb", None),
    ]


def test_log_is_rotated_and_read_across_its_parts_by_root_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAXIMUM_BYTES", 1000)
    layout = Layout(tmp_path)
    for number in range(30):
        history.record(layout, "reconfigure", "done", "x" * 100, number)
    files = sorted(history.path(layout).parent.iterdir())
    assert len(files) == history.KEPT + 1
    numbers = [entry["generation"] for entry in history.entries(layout)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 29
    assert stat.S_IMODE(history.path(layout).parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_history_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.logs.parent.mkdir(parents=True)
    layout.logs.write_text("")
    history.record(layout, "reconfigure", "done", "", 1)
    assert history.entries(layout) == []


def test_who_names_the_account_behind_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    assert history.who() == "alice (as root)"
    monkeypatch.setenv("SUDO_USER", "root")
    assert history.who() == "root"
