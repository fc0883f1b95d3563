"""Run tests in a copy of the checkout, in a fork of a process that has imported all but ctl and its tests."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Generic, TypeVar

import pytest

REPOSITORY = Path(__file__).parents[2]
HEAVY = ("cryptography.x509", "hypothesis", "jinja2", "msgspec", "psutil", "pydantic", "redis", "yaml")
_OPTIONS = ("-q", "-p", "no:cacheprovider", "-m", "not soak")
_fork = multiprocessing.get_context("fork")
Told = TypeVar("Told")


class Chosen:
    """A plugin of pytest: runs some tests alone, in their order, to the first that fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.failed: list[str] = []
        self._order = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid}, which is not collected")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


class Trial(Generic[Told]):
    """Tests under way.

    Args:
        place: the copy of the checkout; beside it a log is kept.
        tests: what pytest is to collect.
        plugin: a plugin of pytest.
        told: asks the plugin for what came out, when all have run.
        seconds: how long they may take.
        watches: whether this is the run without a mutant. It keeps byte code, and goes on where tests fail.
    """

    def __init__(
        self,
        place: Path,
        tests: Sequence[str],
        plugin: object,
        told: Callable[[], Told],
        seconds: float,
        *,
        watches: bool = False,
    ) -> None:
        self.place = place
        self.receiver, sender = _fork.Pipe(duplex=False)
        self._deadline = time.monotonic() + seconds
        words = [*_OPTIONS, *dict.fromkeys(tests), *(() if watches else ("-x",))]
        # Byte code of a mutant would stand for the next one, which may have its size and its second.
        environment = {"PYTHONDONTWRITEBYTECODE": "" if watches else "1"}
        self._child = _fork.Process(target=_run, args=(place, words, plugin, told, environment, sender))
        self._child.start()
        sender.close()

    def is_over(self) -> bool:
        """Whether it has come to an end, or has to."""
        return self.receiver.poll() or time.monotonic() >= self._deadline

    def end(self) -> Told | None:
        """End it and return what was told; None when it died or took too long."""
        told: Told | None = None
        with contextlib.suppress(EOFError):
            if self.receiver.poll():
                told = self.receiver.recv()
            elif self._child.pid is not None:
                # Its tests end the services that they have started.
                os.kill(self._child.pid, signal.SIGINT)
        self._child.join(30)
        if self._child.is_alive() and self._child.pid is not None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.join()
        self.receiver.close()
        return told


def import_heavy() -> None:
    """Import once what all tests need and no mutant changes."""
    for name in HEAVY:
        importlib.import_module(name)


def _run(
    place: Path,
    words: list[str],
    plugin: object,
    told: Callable[[], object],
    environment: dict[str, str],
    sender: Connection,
) -> None:
    os.setsid()
    os.chdir(place)
    with place.with_suffix(".log").open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.path[:] = [str(place), *(path for path in sys.path if path not in ("", str(REPOSITORY)))]
    # The copy has a package of the same name.
    del sys.modules["tests"]
    os.environ |= environment
    sys.dont_write_bytecode = bool(environment["PYTHONDONTWRITEBYTECODE"])
    pytest.main(words, plugins=[plugin])
    sender.send(told())
