from __future__ import annotations

import os
import signal
import threading

import pytest

from ctl.operations.interruption import ENDING, Interrupted, interruptible, undisturbed


@pytest.mark.parametrize("number", ENDING)
def test_signal_interrupts_and_is_named_and_handlers_come_back(number: signal.Signals) -> None:
    before = [signal.getsignal(signum) for signum in ENDING]
    with pytest.raises(Interrupted, match=f"interrupted by {number.name}"), interruptible():
        os.kill(os.getpid(), number)
    assert [signal.getsignal(signum) for signum in ENDING] == before


@pytest.mark.parametrize("number", ENDING)
def test_going_back_is_not_disturbed(number: signal.Signals) -> None:
    with interruptible():
        with undisturbed():
            os.kill(os.getpid(), number)
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), number)


def test_signal_that_is_ignored_on_purpose_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_leaves_signals_alone() -> None:
    seen = []

    def work() -> None:
        with interruptible(), undisturbed():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
