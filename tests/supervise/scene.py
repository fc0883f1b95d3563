"""Services that a real runsvdir looks after, without ctl's own run scripts."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ctl.paths import Layout
from ctl.process import Completed, SubprocessRunner
from ctl.supervise import directories, runsvdir
from ctl.supervise.orphans import orphans
from ctl.supervise.processes import alive, end

NO_SYSTEMD = Path("/no/systemd")


@dataclass(slots=True)
class Table:
    """A runner that answers from a table and remembers what it was asked to run."""

    answers: Mapping[str, Completed] = field(default_factory=dict)
    ran: list[list[str]] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)
    read: list[str | None] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        self.ran.append([str(word) for word in argv])
        self.environments.append(environment or {})
        self.read.append(stdin)
        return self.answers.get(str(argv[0]), Completed(0, "", ""))

    def spawn(self, argv: Sequence[str | Path], *, log: Path, cwd: Path) -> int:
        self.ran.append([str(word) for word in argv])
        return 0


def define(layout: Layout, name: str, script: str = "exec sleep 600") -> None:
    """Make a service directory, with a log service that writes nothing."""
    directory = layout.service_definitions / name
    (directory / "log").mkdir(parents=True)
    for file, text in (("run", script), ("log/run", "exec cat >/dev/null")):
        (directory / file).write_text(f"#!/bin/sh\n{text}\n")
        (directory / file).chmod(0o755)


@contextmanager
def supervised(root: Path, *names: str, script: str = "exec sleep 600") -> Iterator[Layout]:
    """Run services; all of them are gone at the end, whatever has become of their supervisors."""
    layout = Layout(root)
    for name in names:
        define(layout, name, script)
        directories.enable(layout, name)
    layout.services.mkdir(parents=True, exist_ok=True)
    runner = SubprocessRunner()
    try:
        runsvdir.ensure_running(layout, runner, NO_SYSTEMD)
        yield layout
    finally:
        runsvdir.stop(layout, runner, 10, NO_SYSTEMD)
        end(orphans(layout), signal.SIGKILL, 10)
        shutil.rmtree(layout.services)


def kill(pids: Sequence[int]) -> None:
    """Kill processes that a test has started, and wait for their end."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    end([pid for pid in pids if alive(pid)], signal.SIGKILL, 10)
