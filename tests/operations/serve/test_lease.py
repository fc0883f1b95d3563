"""What a lease keeps to at its two ends, without a registry."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.errors import CtlError
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Silent
from ctl.operations.serve import lease as module
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


def test_lease_that_does_not_come_about_is_undone_whatever_signal_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.state.mkdir(parents=True)
    undone: list[bool] = []

    def fails(_: object, *, switched: Callable[[], None], **__: object) -> None:
        switched()
        raise CtlError("it does not come up")

    def go_back(_: Lease) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        undone.append(True)

    registry = SimpleNamespace(demanded=lambda: None, uploads_ended=lambda *_, **__: None, bring=fails)
    monkeypatch.setattr(module, "Registry", lambda *_: registry)
    monkeypatch.setattr(module, "process_of", lambda *_: SimpleNamespace(is_up=True))
    monkeypatch.setattr(module, "revive", lambda *_: None)
    monkeypatch.setattr(Lease, "_go_back", go_back)
    wanted = Lease(layout, SubprocessRunner(), Silent(), "a test", 1.0)
    with (
        contextlib.suppress(KeyboardInterrupt),
        pytest.raises(CtlError, match="does not come up"),
        interruptible(),
        lease.opened(layout) as descriptor,
        wanted.held(descriptor),
    ):
        pass
    assert undone == [True]
    assert wanted.refused_seconds is not None
