"""Runs of ctl that get a signal at a counted system call of theirs, or of a process that they have started.

strace counts, from outside the run's process group: so a signal to the group does not reach it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ctl.supervise.processes import alive
from tests.system.installation import REPOSITORY, Installation

# What changes the disk, opens it, or talks to another process.
CALLS = (
    *("?rename", "?renameat", "?renameat2", "?mkdir", "?mkdirat", "?unlink", "?unlinkat", "?rmdir"),
    *("fsync", "fdatasync", "ftruncate", "?open", "openat", "write", "pwrite64", "?fchmod", "flock"),
    *("connect", "sendto", "kill", "execve", "exit_group"),
)
SECONDS = 120.0
Victims = Callable[["Traced"], Sequence[int]]


class Call(NamedTuple):
    """A system call: when, in epoch seconds, whose, and how strace writes it."""

    moment: float
    pid: int
    line: str


@dataclass
class Traced:
    """A run that is watched.

    Args:
        command: the id of ctl's process.
        calls: its system calls and those of whatever it has started.
        struck: when the signal was sent, by the monotonic clock; None when the run ended before.
        said: what it printed.
    """

    command: int = 0
    calls: list[Call] = field(default_factory=list)
    struck: float | None = None
    said: str = ""

    @property
    def worker(self) -> int:
        """The process that works in the store; 0 where there is none."""
        with contextlib.suppress(OSError):
            for word in _children(self.command):
                with contextlib.suppress(OSError):
                    if b"ctl.storage.worker" in _cmdline(int(word)) and alive(int(word)):
                        return int(word)
        return 0

    def moves_after_lease(self) -> list[str]:
        """The moves that the worker made when the lease was over already."""
        over = [index for index, call in enumerate(self.calls) if ends_lease(0, call.line)]
        if not over:
            return []
        later = (call for call in self.calls[over[-1] :] if call.pid != self.command)
        return [call.line for call in later if call.line.startswith("renameat(")]


def ends_lease(number: int, call: str) -> bool:
    """Whether a call takes the mark of a lease away."""
    return bool(re.match(r'(unlink|rename)\("[^"]*/state/lease\.json"', call))


def _children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123 - /proc is gone at any time
        return file.read().split()


def _cmdline(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
        return file.read()


@contextlib.contextmanager
def _strace(site: Installation, words: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start ctl below strace, as the leader of a session; yield it and where strace's lines come."""
    read, write = os.pipe()
    tracing = ["strace", "-f", "--seccomp-bpf", "-qq", "-ttt", "-e", "signal=none"]
    where = ["-e", f"trace={','.join(CALLS)}", "-o", f"/dev/fd/{write}"]
    tracer = subprocess.Popen(
        [*tracing, *where, "setsid", *site.command(*words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(write,),
        cwd=REPOSITORY,
    )
    os.close(write)
    try:
        yield tracer, read
    finally:
        os.close(read)
        tracer.kill()
        tracer.communicate()


def traced(
    site: Installation,
    *words: str,
    when: Callable[[int, str], bool] = lambda number, call: False,
    number: signal.Signals = signal.SIGKILL,
    victims: Victims = lambda run: [run.command],
) -> Traced:
    """Run ctl to its end; at a system call send a signal.

    Args:
        site: whose ctl.
        words: of its command line.
        when: tells whether this is the call, by its number, counted over all processes from 1, and its line.
        number: the signal.
        victims: tells who gets it; a negative number is a process group.
    """
    trace = Traced()
    with _strace(site, words) as (tracer, source), os.fdopen(os.dup(source), errors="replace") as lines:
        for line in lines:
            match = re.match(r"(\d+) +([\d.]+) (.*)", line)
            if match is None or match[3].startswith("<..."):
                continue
            trace.command = trace.command or int(match[1])
            trace.calls.append(Call(float(match[2]), int(match[1]), match[3]))
            if trace.struck is None and when(len(trace.calls), match[3]):
                trace.struck = time.monotonic()
                for pid in victims(trace):
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(-pid, number) if pid < 0 else os.kill(pid, number)
        trace.said = tracer.communicate(timeout=SECONDS)[0]
    return trace
