from __future__ import annotations

import io
import os

import pytest

from ctl.console.terminal import columns, is_coloured, still_read
from tests.console.test_progress import Terminal


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, True),
    ],
)
def test_colours_follow_the_terminal_and_no_color(environment: dict[str, str], expected: bool) -> None:
    assert is_coloured(Terminal(), environment) is expected
    assert not is_coloured(io.StringIO(), environment)


@pytest.mark.parametrize(("stated", "expected"), [("20", 20), ("0", 80), ("3", 10), ("x", 80)])
def test_width_is_what_the_terminal_states_within_reason(
    monkeypatch: pytest.MonkeyPatch, stated: str, expected: int
) -> None:
    monkeypatch.setenv("COLUMNS", stated)
    assert columns() == expected


def test_pipe_whose_reader_is_gone_is_noticed_without_a_write() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        assert still_read(out, 0.01)
        os.close(reading)
        assert not still_read(out, 60)


def test_stream_without_a_descriptor_is_read() -> None:
    assert still_read(io.StringIO(), 0.01)
