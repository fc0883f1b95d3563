from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.supervise import follow, logs
from ctl.supervise.follow import Follower, Line
from ctl.supervise.logs import Log
from tests.supervise.scene import define


def follower(*paths: Path) -> Follower:
    return Follower(lambda: [Log(path.name, path) for path in paths])


def said(lines: Iterable[Line]) -> list[str]:
    return [f"{line.label}: {line.content.decode()}" for line in lines]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a"
    path.write_text("one\ntwo\nthree\n")
    return path


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (2, ["a: two", "a: three"]), (9, ["a: one", "a: two", "a: three"])]
)
def test_begin_shows_the_last_lines(log: Path, count: int, expected: list[str]) -> None:
    assert said(follower(log).begin(count)) == expected


def test_begin_finds_lines_that_lie_far_back(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "CHUNK_BYTES", 5)
    assert said(follower(log).begin(2)) == ["a: two", "a: three"]


def test_look_shows_what_has_come_once_and_whole(log: Path) -> None:
    following = follower(log)
    assert said(following.begin(0)) == []
    append(log, "fo")
    assert said(following.look()) == []
    append(log, "ur\nfive\nsi")
    assert said(following.look()) == ["a: four", "a: five"]
    assert said(following.look()) == []
    assert said(following.close()) == ["a: si"]


def test_renamed_log_is_read_to_its_end_before_the_new_one(log: Path) -> None:
    following = follower(log)
    list(following.begin(0))
    append(log, "four\n")
    log.rename(log.with_name("@4000.s"))
    append(log.with_name("@4000.s"), "five\n")
    append(log, "six\n")
    assert said(following.look()) == ["a: four", "a: five", "a: six"]
    append(log.with_name("@4000.s"), "late, as nginx does until it is told\n")
    assert said(following.look()) == ["a: late, as nginx does until it is told"]


def test_renamed_log_is_closed_when_nobody_writes_there_any_more(log: Path) -> None:
    following = follower(log)
    list(following.begin(0))
    before = descriptors()
    append(log, "half")
    log.rename(log.with_name("a.1"))
    log.write_text("")
    looks = [said(following.look()) for _ in range(follow.LOOKS_AT_RENAMED + 2)]
    assert ["a: half"] in looks
    assert descriptors() == before


def test_flood_in_a_renamed_log_comes_before_the_new_one(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "CHUNK_BYTES", 10)
    following = follower(log)
    list(following.begin(0))
    append(log, "1234567\n" * 4)
    log.rename(log.with_name("a.1"))
    append(log, "new\n")
    lines = []
    for _ in range(6):
        lines += said(following.look())
    assert lines == ["a: 1234567"] * 4 + ["a: new"]
    assert not following.is_behind


def test_log_that_is_cut_to_nothing_is_read_from_its_start(log: Path) -> None:
    following = follower(log)
    list(following.begin(0))
    os.truncate(log, 0)
    append(log, "new\n")
    assert said(following.look()) == ["a: new"]


def test_log_that_vanishes_and_comes_back_is_followed_again(log: Path) -> None:
    following = follower(log)
    list(following.begin(0))
    append(log, "last\n")
    log.unlink()
    assert said(following.look()) == ["a: last"]
    assert said(following.look()) == []
    log.write_text("first\n")
    assert said(following.look()) == ["a: first"]


def test_log_in_whose_place_a_link_or_a_pipe_appears_is_not_read(log: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password\n")
    following = follower(log)
    list(following.begin(0))
    log.unlink()
    log.symlink_to(secret)
    assert said(following.look()) == []
    log.unlink()
    os.mkfifo(log)
    assert said(following.look()) == []


def test_line_without_an_end_comes_in_pieces(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "LINE_BYTES", 4)
    following = follower(log)
    list(following.begin(0))
    append(log, "0123456789\n")
    append(log, "0123456789")
    assert said(following.look()) == ["a: 0123456789", "a: 0123", "a: 4567"]


def test_new_log_is_found_and_read_from_its_start(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    define(layout, "web")
    directory = layout.logs / "web"
    script = layout.service_definitions / "web/log/run"
    script.write_text(f"#!/bin/sh\nexec svlogd -tt {directory}\n")
    following = Follower(lambda: list(logs.logs_below(layout.logs, layout)))
    assert said(following.begin(5)) == []
    directory.mkdir(parents=True)
    for name in ("current", "access.log", "lock", "config", "@4000.s", "access.log.1", "access.log.2.gz"):
        (directory / name).write_text(f"{name}\n")
    (directory / "shadow.log").symlink_to("/etc/passwd")
    lines = []
    for _ in range(follow.LOOKS_A_SEARCH):
        lines += said(following.look())
    assert lines == ["web/access: access.log", "web: current"]


def test_directory_that_vanishes_is_survived(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.logs.mkdir(parents=True)
    (layout.logs / "a.log").write_text("one\n")
    following = Follower(lambda: list(logs.logs_below(layout.logs, layout)))
    assert said(following.begin(1)) == ["a: one"]
    (layout.logs / "a.log").unlink()
    layout.logs.rmdir()
    for _ in range(2 * (follow.LOOKS_AT_RENAMED + follow.LOOKS_A_SEARCH)):
        assert said(following.look()) == []
    assert following.labels == []
