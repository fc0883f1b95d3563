"""What a lease keeps to at its two ends, without a registry."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from ctl.operations.interruption import interruptible
from ctl.operations.progress import Silent
from ctl.operations.serve.lease import Lease
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.state import lease


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lease:
    """A lease whose beginning and end touch no registry."""
    layout = Layout(tmp_path)
    layout.state.mkdir(parents=True)
    monkeypatch.setattr(Lease, "_begin", lambda self: None)
    monkeypatch.setattr(Lease, "_end", lambda self: None)
    return Lease(layout, SubprocessRunner(), Silent(), "a test", 1.0)


def test_lease_that_has_ended_is_held_by_no_worker_that_lives_on(wanted: Lease) -> None:
    with lease.opened(wanted.layout) as descriptor:
        worker = subprocess.Popen(["sleep", "60"], pass_fds=[descriptor])
        try:
            with wanted.held(descriptor):
                assert lease.is_held(wanted.layout)
            assert not lease.is_held(wanted.layout)
        finally:
            worker.kill()
            worker.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_end_of_a_lease_is_not_cut_short_by_a_signal(
    wanted: Lease, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    ended: list[bool] = []

    def end(_: Lease) -> None:
        os.kill(os.getpid(), number)
        ended.append(True)

    monkeypatch.setattr(Lease, "_end", end)
    with (
        contextlib.suppress(KeyboardInterrupt),
        interruptible(),
        lease.opened(wanted.layout) as descriptor,
        wanted.held(descriptor),
    ):
        pass
    assert ended == [True]
