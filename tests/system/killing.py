"""Runs of ctl that are killed at a counted system call, by strace, as a power cut would do it.

Only ctl itself is traced and killed; what it has started lives on.
"""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.system.installation import Installation
from tests.system.watching import run

# Whatever changes the disk. A question mark: not every architecture has it.
CALLS = (
    *("?rename", "?renameat", "?renameat2", "?symlink", "?symlinkat", "?link", "?linkat"),
    *("?mkdir", "?mkdirat", "?unlink", "?unlinkat", "?rmdir", "fsync", "fdatasync", "?truncate", "ftruncate"),
    *(
        "write",
        "pwrite64",
        "writev",
        "?chmod",
        "fchmod",
        "fchmodat",
        "?chown",
        "fchown",
        "?lchown",
        "fchownat",
    ),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A system call of a run: its name, and the how many-th of this name it is."""

    call: str
    occurrence: int


def points(
    site: Installation, trace: Path, *words: str, instead: Sequence[str] = (), least: int = 50
) -> list[Point]:
    """Run ctl to its end and return, in order, the system calls by which it has changed the disk.

    Args:
        site: whose ctl.
        trace: where strace writes, with the paths of descriptors.
        words: of the command line.
        instead: what is run in its place.
        least: how many have to be found.
    """
    tracing = ["strace", "-qq", "-y", "-o", str(trace), "-e", f"trace={','.join(CALLS)}"]
    done = run(site, *words, before=tracing, instead=instead)
    assert done.returncode == 0, done.stderr
    seen: Counter[str] = Counter()
    points = []
    for line in trace.read_text(errors="replace").splitlines():
        call = re.match(r"[a-z0-9]+", line)
        if call:
            seen[call[0]] += 1
            points.append(Point(call[0], seen[call[0]]))
    assert len(points) > least, "strace has seen too little to be true"
    return points


def killed(site: Installation, point: Point, *words: str, instead: Sequence[str] = ()) -> bool:
    """Run ctl and kill it when it is about to make a system call; return whether it came that far."""
    inject = f"inject={point.call}:signal=SIGKILL:when={point.occurrence}"
    done = run(site, *words, before=["strace", "-qq", "-o", "/dev/null", "-e", inject], instead=instead)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def spread(points: list[Point], count: int) -> list[Point]:
    """Choose points evenly, the first and the last among them."""
    step = (len(points) - 1) / (count - 1)
    return [points[round(step * index)] for index in range(count)]
