"""Things that wait for something else than this program, done side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")

# How many are done at the same time: what waits for the disk together goes to it at once.
AT_ONCE = 8


class Begun(Generic[T]):
    """Something that was begun, and goes on in a thread of its own, at most until this program ends.

    Args:
        act: what is done.
    """

    def __init__(self, act: Callable[[], T]) -> None:
        self._act = act
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._do, daemon=True)
        self._thread.start()

    def _do(self) -> None:
        try:
            self._results.append(self._act())
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        """Wait for its end, whatever came of it."""
        self._thread.join()

    def result(self) -> T:
        """Wait for its end and return what it came to, or raise what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._results[0]


def each(act: Callable[[T], None], subjects: Sequence[T]) -> None:
    """Do the same with each of some subjects.

    Args:
        act: what is done.
        subjects: what it is done with; who raises leaves out what stands behind him in his thread.

    Raises:
        BaseException: the first that was raised, in the order of the threads.
    """

    def some(begin: int) -> None:
        for subject in subjects[begin::AT_ONCE]:
            act(subject)

    begun = [Begun(partial(some, number)) for number in range(min(AT_ONCE, len(subjects)))]
    for work in begun:
        work.wait()
    for work in begun:
        work.result()
