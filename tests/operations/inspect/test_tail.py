from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.operations.inspect.tail import Line, tail, wanted
from ctl.paths import Layout
from tests.supervise.scene import define


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "root")
    for name, directory in (("web", made.logs / "web"), ("far", tmp_path / "far away")):
        define(made, name)
        script = made.service_definitions / name / "log/run"
        script.write_text(f"#!/bin/sh\nexec svlogd -tt '{directory}'\n")
        directory.mkdir(parents=True)
        (directory / "current").write_text(f"{name} one\n{name} two\n")
    (made.logs / "web/access.log").write_text("get\n")
    (tmp_path / "secret").write_text("password\n")
    return made


def printed(layout: Layout, asked: str | None, lines: int = 1) -> list[str]:
    output: list[str] = []

    def show(lines: Iterator[Line]) -> None:
        output.extend(f"{line.label}: {line.content.decode()}" for line in lines)

    tail(wanted(layout, asked), lines, show, None)
    return output


def test_all_logs_are_shown_by_the_names_of_their_services(layout: Layout) -> None:
    assert printed(layout, None) == ["far: far two", "web: web two", "web/access: get"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("web", ["web: web two", "web/access: get"]),
        ("far", ["far: far two"]),
        ("web/access.log", ["web/access: get"]),
        ("web/../web", ["web: web two", "web/access: get"]),
    ],
)
def test_service_directory_or_file_is_shown_alone(layout: Layout, asked: str, expected: list[str]) -> None:
    assert printed(layout, asked) == expected


def test_absolute_path_of_a_log_is_shown(layout: Layout, tmp_path: Path) -> None:
    assert printed(layout, str(layout.logs / "web/access.log")) == ["web/access: get"]
    assert printed(layout, str(tmp_path / "far away/current")) == ["far: far two"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("../../../../secret", "is not below"),
        ("/etc/passwd", "is not below"),
        ("web/nothing.log", "is not there below"),
        ("wbe", "there is no service wbe"),
        ("", "there is no service"),
        ("a\0b", r"there is no service a\\x00b"),
        ("a\x1bb/c", r"the log a\\x1bb/c is not there"),
    ],
)
def test_what_is_no_log_is_an_error(layout: Layout, asked: str, message: str) -> None:
    with pytest.raises(CtlError, match=message):
        wanted(layout, asked)


def test_link_that_leads_out_is_not_followed(layout: Layout, tmp_path: Path) -> None:
    (layout.logs / "web/out.log").symlink_to(tmp_path / "secret")
    assert all("password" not in line for line in printed(layout, None, 10))
    with pytest.raises(CtlError, match="is not below"):
        wanted(layout, "web/out.log")


def test_service_that_keeps_no_log_is_an_error(layout: Layout) -> None:
    define(layout, "mute")
    (layout.service_definitions / "mute/log/run").unlink()
    with pytest.raises(CtlError, match="the service mute keeps no log"):
        wanted(layout, "mute")


def test_lines_that_come_are_shown_until_nobody_reads_and_half_a_line_at_the_end(layout: Layout) -> None:
    path = layout.logs / "web/current"
    coming = iter(["three\n", "four\nfi", "ve\nhalf"])
    texts: list[str] = []

    def show(lines: Iterator[Line]) -> None:
        texts.extend(line.content.decode() for line in lines)

    def pause(seconds: float) -> bool:
        assert seconds > 0
        text = next(coming, None)
        if text is not None:
            with path.open("a") as file:
                file.write(text)
        return text is not None

    tail(wanted(layout, "web/current"), 1, show, pause)
    assert texts == ["web two", "three", "four", "five", "half"]


def test_interruption_still_shows_half_a_line(layout: Layout) -> None:
    with (layout.logs / "web/current").open("a") as file:
        file.write("half")
    contents: list[bytes] = []

    def pause(_: float) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tail(
            wanted(layout, "web/current"),
            0,
            lambda lines: contents.extend(line.content for line in lines),
            pause,
        )
    assert contents == [b"half"]
