"""What is done side by side is all done, and what goes wrong is told."""

from __future__ import annotations

import signal
import threading

import pytest

from ctl import process
from ctl.aside import AT_ONCE, Begun, each
from ctl.process import SubprocessRunner
from ctl.supervise.processes import wait_until


def test_what_was_begun_goes_on_until_its_result_is_taken() -> None:
    go = threading.Event()
    begun = Begun(lambda: go.wait(10))
    go.set()
    assert begun.result() is True


def test_error_of_what_was_begun_is_raised_where_its_result_is_taken() -> None:
    def fail() -> None:
        raise LookupError("gone")

    begun = Begun(fail)
    begun.wait()
    with pytest.raises(LookupError, match="gone"):
        begun.result()


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 3 * AT_ONCE + 1])
def test_each_subject_has_its_turn(count: int) -> None:
    done: list[int] = []
    each(done.append, range(count))
    assert sorted(done) == [*range(count)]


def test_some_are_done_at_the_same_time() -> None:
    together = threading.Barrier(AT_ONCE)

    def meet(number: int) -> None:
        together.wait(10)

    each(meet, range(AT_ONCE))
    assert not together.broken


def test_error_with_a_subject_is_raised_when_all_have_ended() -> None:
    done: list[int] = []

    def act(number: int) -> None:
        if number == 1:
            raise LookupError(number)
        done.append(number)

    with pytest.raises(LookupError, match="1"):
        each(act, range(AT_ONCE))
    assert sorted(done) == [0, *range(2, AT_ONCE)]


def test_program_that_a_thread_waits_for_is_killed_when_nobody_waits_for_the_thread() -> None:
    begun = Begun(lambda: SubprocessRunner().run(["sleep", "600"]))
    assert wait_until(lambda: bool(process._RUNNING), 10)
    process.end_programs()
    assert begun.result().returncode == -signal.SIGKILL
    assert not process._RUNNING
