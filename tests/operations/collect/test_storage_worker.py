"""A worker in other hands: root neither waits, nor fills its memory, nor breaks."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.errors import CtlError
from ctl.operations.collect import storage_worker
from ctl.operations.collect.storage_worker import StorageWorker
from ctl.process import Account
from ctl.storage.events import Listed
from ctl.storage.pipe import LONGEST_LINE
from ctl.supervise.processes import alive

SELF = Account(os.geteuid(), os.getegid())


def hostile(monkeypatch: pytest.MonkeyPatch, place: Path, script: str) -> StorageWorker:
    """Start something else in the worker's place."""
    program = place / "worker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(storage_worker, "sys", SimpleNamespace(executable=str(program)))
    monkeypatch.setattr(storage_worker, "END_SECONDS", 0.5)
    return StorageWorker(SELF, (), lambda event: None)


@pytest.mark.parametrize(
    "script",
    [
        "echo no json; sleep 60",
        "printf '%0.s[' $(seq 100000); echo; sleep 60",
        "head -c 30000000 /dev/zero | tr '\\0' x; sleep 60",
        """echo '{"event": "swept"}'; sleep 60""",
        """echo '{"event": "listed", "x": 1}'; sleep 60""",
        """while :; do echo '{"event": "oddities", "code": "a", "consequence": "kept", "count": 1}'; done""",
    ],
    ids=["no-json", "deep", "endless", "fields", "more", "flood"],
)
def test_hostile_worker_is_ended_with_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    monkeypatch.setattr(storage_worker, "MOST_KEPT", 1000)
    worker = hostile(monkeypatch, tmp_path, script)
    with worker, pytest.raises(CtlError, match="says what no worker of ctl says") as error:
        worker.ask(Listed, do="runs", root="/")
    assert "may be in other hands" in (error.value.help or "")
    assert not alive(worker.pid)


@pytest.mark.parametrize("script", ["exec >&-; trap '' TERM; sleep 60", "trap '' TERM; yes", "exec sleep 60"])
def test_worker_that_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    worker = hostile(monkeypatch, tmp_path, script)
    began = time.monotonic()
    worker.close()
    assert not alive(worker.pid)
    assert time.monotonic() - began < 20
    worker.close()


def test_worker_that_closes_its_end_and_stays_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        hostile(monkeypatch, tmp_path, "exec >&-; exec sleep 60") as worker,
        pytest.raises(CtlError, match="ended by signal 9"),
    ):
        worker.ask(Listed, do="runs", root="/")


def test_longest_line_has_room_for_the_longest_name() -> None:
    # A path of 4,096 bytes, each of which is escaped as six characters.
    assert LONGEST_LINE > 6 * 4096
