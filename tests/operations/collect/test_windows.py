"""When windows of a sweep follow one another, and when they end."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from ctl.operations.collect.record import Stopped
from ctl.operations.collect.storage_worker import StorageWorker
from ctl.operations.collect.target import Target
from ctl.operations.collect.windows import Windows
from ctl.operations.progress import Silent
from ctl.operations.serve.serving import UploadsRunning
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.storage.events import Counts, Swept, Timed


class Answering:
    """A worker that answers as it is told, and fails where that is an error."""

    def __init__(self, *answers: Swept | Timed | Exception) -> None:
        self.answers = list(answers)

    def ended_on_failure(self) -> AbstractContextManager[None]:
        return nullcontext()

    def ask(self, expected: type[Swept | Timed], **_: object) -> Swept | Timed:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def swept(
    *, items: int = 0, vanished: int = 0, left: int = 0, removed: int = 0, finished: bool = False
) -> Swept:
    return Swept("run", Counts(), Counts(), items, vanished, left, removed, finished)


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Windows:
    monkeypatch.setattr(Windows, "_is_limited", lambda self: True)
    monkeypatch.setattr(Windows, "_pause", lambda self, refused: None)
    config = SimpleNamespace(redis=None)
    target = SimpleNamespace(supervised=False, others_fill_cache=False, config=config)
    times = SimpleNamespace(window=4.0, pause=0.0, patience=2.0)
    layout = Layout(tmp_path)
    checked = lambda: None  # noqa: E731
    return Windows(layout, SubprocessRunner(), Silent(), "test", cast(Target, target), times, 0.0, checked)


def sweep(windows: Windows, *answers: Swept | Timed | Exception) -> Answering:
    worker = Answering(*answers)
    windows.sweep(cast(StorageWorker, worker), -1, {})
    return worker


def test_listing_that_was_slow_for_a_cold_disk_alone_lets_the_windows_begin(windows: Windows) -> None:
    windows.listing = 30.0
    assert not sweep(windows, Timed(1.0), swept(finished=True)).answers
    assert windows.refused.windows == 1


def test_listing_that_is_too_slow_from_memory_names_the_window_that_works(windows: Windows) -> None:
    windows.listing = 30.0
    with pytest.raises(Stopped, match=r"takes 9\.0 s of every window") as stopped:
        sweep(windows, Timed(9.0))
    assert "--window 30s works" in (stopped.value.help or "")
    assert windows.refused.windows == 0


def test_listing_that_fits_is_not_made_once_more(windows: Windows) -> None:
    windows.listing = 1.0
    assert not sweep(windows, swept(finished=True)).answers


def test_window_that_can_move_nothing_is_the_last(windows: Windows) -> None:
    with pytest.raises(Stopped, match="lets nothing be moved") as stopped:
        sweep(windows, swept(items=64), swept(left=64), swept(left=64))
    assert "--window" in (stopped.value.help or "")
    assert windows.refused.windows == 2


@pytest.mark.parametrize("field", ["items", "removed", "vanished"])
def test_window_that_makes_some_headway_has_another_one_behind_it(windows: Windows, field: str) -> None:
    headway = swept(left=64)
    setattr(headway, field, 1)
    assert not sweep(windows, headway, swept(finished=True)).answers


def test_uploads_are_waited_for_anew_after_a_window_that_swept(windows: Windows) -> None:
    running = [UploadsRunning("uploads", help="again") for _ in range(2)]
    assert not sweep(windows, running[0], swept(items=1), running[1], swept(finished=True)).answers


def test_uploads_that_do_not_end_in_short_windows_are_answered_by_a_window_that_waits(
    windows: Windows,
) -> None:
    with pytest.raises(UploadsRunning) as failed:
        sweep(windows, *(UploadsRunning("uploads", help="again") for _ in range(2)))
    assert "--window 8s" in (failed.value.help or "")
