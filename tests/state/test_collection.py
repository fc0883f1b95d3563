"""What is remembered of the last collection, also of one that could not say how it ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from ctl.apply.lock import locked
from ctl.paths import Layout
from ctl.state.collection import Collected, Outcome, lock_path, read, write

DONE = Collected("now", Outcome.DONE, "it went", "look", {"blobs": 3})


def test_collection_that_was_noted_is_read_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert read(layout) is None
    write(layout, DONE)
    assert read(layout) == DONE


def test_collection_that_began_and_is_gone_has_failed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    began = replace(DONE, outcome=Outcome.RUNNING)
    write(layout, began)
    with locked(layout, "a test", path=lock_path(layout)):
        assert read(layout) == began
    collected = read(layout)
    assert collected is not None
    assert collected.outcome is Outcome.FAILED
    assert "killed" in collected.message
    assert "ctl registry-garbage-collect" in str(collected.help)
    # A lock that nobody ever made is held by nobody.
    lock_path(layout).unlink()
    assert read(layout) == collected


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "null", '{"outcome": "odd"}', '{"outcome": "done"}', "[1]"]
)
def test_file_that_is_damaged_is_named_where_the_collection_is_told_of(tmp_path: Path, content: str) -> None:
    layout = Layout(tmp_path)
    layout.state.mkdir(parents=True)
    path = layout.state / "last-collection.json"
    path.write_text(content)
    collected = read(layout)
    assert collected is not None
    assert collected.outcome is Outcome.FAILED
    assert collected.help == "ctl reconfigure puts it aside and makes a new one"
    assert collected.message.startswith(f"{path} cannot be used: ")
