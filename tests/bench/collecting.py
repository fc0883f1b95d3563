"""Measure garbage collection beside docker-registry's own, on the same trees, in one run.

``python -m tests.bench.collecting`` takes some minutes, most of them docker-registry's. ``--short`` leaves
out its longest case and the largest tree.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.start import ENVIRONMENT, REPOSITORY
from tests.storage.synthetic import Shape, generate
from tests.system.installation import Installation

ROUNDS = 5
ONE = Shape(repositories=1, manifests=4000, tags=2000, layers=3)
TEN = Shape(repositories=10, manifests=200, tags=100, layers=5)
GROWTH = (1_000, 10_000, 100_000)
EMPTY = Shape(repositories=1, manifests=1, tags=1, layers=1)


@dataclass
class Answer:
    """How a worker answered.

    Args:
        event: its answer.
        seconds: from the start of the process, or from the request, to its end.
        peak: its largest resident set, in bytes.
        phases: seconds that each phase took.
    """

    event: dict[str, Any]
    seconds: float
    peak: int
    phases: dict[str, float] = field(default_factory=dict)


class Worker:
    """A worker that is asked and timed."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ctl.storage.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=ENVIRONMENT,
        )

    def ask(self, **request: object) -> Answer:
        """Give the answer to a request, and the seconds that it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.perf_counter()
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        phases: dict[str, float] = {}
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "progress":
                phases[event["phase"]] = event["seconds"]
            elif event["event"] in ("marked", "swept", "undone", "emptied", "error"):
                if event["event"] == "error":
                    raise RuntimeError(event["message"])
                return Answer(event, time.perf_counter() - began, self._peak(), phases)
        raise RuntimeError("the worker died")

    def _peak(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def end(self) -> float:
        """End it; give the seconds since its start."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        return time.perf_counter() - self._began


def marked(root: Path, cache: Path | None, *, untagged: bool) -> Answer:
    """Mark a tree in a process of its own; the seconds are those of the whole process."""
    worker = Worker()
    answer = worker.ask(do="mark", root=str(root), untagged=untagged, cache=str(cache) if cache else None)
    answer.seconds = worker.end()
    return answer


def median(measure: Callable[[], float], rounds: int = ROUNDS) -> float:
    """Measure several times, after once to warm up."""
    measure()
    return statistics.median(measure() for _ in range(rounds))


def registry(root: Path, *options: str) -> float:
    """Give the seconds of docker-registry's own dry run."""
    config = root.with_suffix(".yml")
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {root}}}}}\n"
    )
    began = time.perf_counter()
    command = ["docker-registry", "garbage-collect", "-d", *options, str(config)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def cold(root: Path, cache: Path, *, untagged: bool) -> float:
    """Mark without anything remembered, as a first run does."""
    cache.unlink(missing_ok=True)
    return marked(root, cache, untagged=untagged).seconds


def row(name: str, figure: str, aim: str, met: bool | None = None) -> None:
    """Print a line of the table."""
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"{name:58}{figure:>26}   {aim:28}{verdict}", flush=True)


def beside_the_registry(top: Path, *, short: bool) -> None:
    """Compare whole processes."""
    single, ten, cache = top / "one", top / "ten", top / "cache"
    generate(single, ONE)
    generate(ten, TEN)
    ours = median(lambda: cold(single, cache, untagged=True))
    row("1 × 4,000 manifests, 2,000 tags, 20,000 blobs, -m, cold", f"{ours:.3f} s", "")
    if not short:
        theirs = registry(single, "-m")
        times = theirs / ours
        row("  docker-registry 2.8.2", f"{theirs:.1f} s = {times:.0f} ×", "at least 200 ×", times >= 200)
    warm = median(lambda: marked(single, cache, untagged=True).seconds)
    read = marked(single, cache, untagged=True).event["read"]
    row("  the same, warm cache", f"{warm:.3f} s", "no slower than cold", warm <= ours)
    row("  manifests read", str(read), "0", read == 0)
    ours = median(lambda: cold(ten, cache, untagged=False))
    bare = median(lambda: marked(ten, None, untagged=False).seconds)
    theirs = median(lambda: registry(ten))
    row("10 × 200 manifests, 14,000 blobs, without -m, cold", f"{ours:.3f} s", "")
    row("  the same, without a cache", f"{bare:.3f} s = {theirs / bare:.1f} ×", "")
    times = theirs / ours
    row("  docker-registry 2.8.2", f"{theirs:.3f} s = {times:.1f} ×", "at least 3 ×", times >= 3)


def growth(top: Path, *, short: bool) -> None:
    """See how time and memory grow with the tree."""
    generate(top / "empty", EMPTY)
    empty = marked(top / "empty", None, untagged=True)
    first: float | None = None
    for manifests in GROWTH[: 2 if short else 3]:
        shape = Shape(max(manifests // 500, 1), min(manifests, 500), min(manifests, 500) // 2, 2)
        root = top / f"growth-{manifests}"
        generate(root, shape)
        answers = [marked(root, None, untagged=True) for _ in range(3)]
        seconds = statistics.median(answer.seconds for answer in answers) - empty.seconds
        per_manifest = seconds / manifests * 1e6
        memory = (max(answer.peak for answer in answers) - empty.peak) / shape.blobs
        first = first or per_manifest
        ratio = per_manifest / first
        name = f"{manifests:,} manifests, {shape.blobs:,} blobs, -m, cold"
        row(name, f"{per_manifest:.0f} µs a manifest, {ratio:.2f} ×", "flat within 1.5 ×", ratio <= 1.5)
        # Of a small tree nothing but the code that it needs is seen.
        if manifests > GROWTH[0]:
            row("  peak memory", f"{memory:.0f} bytes a blob", "at most 300", memory <= 300)


def window(top: Path) -> None:
    """See how long writes are refused for a sweep, by the second listing and the renames."""
    root = top / "one"
    answers: list[Answer] = []
    for number in range(3):
        worker = Worker()
        worker.ask(do="mark", root=str(root), untagged=True)
        answers.append(worker.ask(do="sweep", run=f"run{number}"))
        worker.ask(do="undo", root=str(root), run=f"run{number}")
        worker.end()
    middle = sorted(answers, key=lambda answer: answer.seconds)[1]
    moved = middle.event["moved"]["blobs"]
    name = f"sweep of {moved:,} of {ONE.blobs:,} blobs: listing and renames"
    row(name, f"{middle.seconds:.2f} s", "under 3 s with the switches", middle.seconds < 2)
    for phase, seconds in middle.phases.items():
        row(f"  {phase}", f"{seconds:.3f} s", "")


def refused() -> None:
    """See how long a real registry refuses writes, by the command itself: both switches and the sweep."""
    place = Path(tempfile.mkdtemp(prefix="ctl-"))
    site = Installation(place / "r")
    try:
        site.reconfigure()
        root = site.root / "var/opt/gitlab/gitlab-rails/shared/registry"
        generate(root, ONE)
        waits: list[float] = []
        for _ in range(3):
            words = ("-m", "--yes", "--min-age", "0s", "--max-delete", "100", "--json")
            report = json.loads(site.ctl("registry-garbage-collect", *words).stdout)
            waits.append(report["refused_seconds"])
            moved = report["swept"]["moved"]["blobs"]
            site.ctl("registry-garbage-collect", "--undo")
    finally:
        site.close()
        shutil.rmtree(place)
    name = f"writes refused, {moved:,} of {ONE.blobs:,} blobs deleted"
    row(name, f"{sorted(waits)[1]:.2f} s", "under 3 s", sorted(waits)[1] < 3)


def main() -> None:
    """Measure and print a table."""
    short = "--short" in sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ctl-bench-") as directory:
        top = Path(directory)
        row("garbage collection", "figure", "aim")
        beside_the_registry(top, short=short)
        window(top)
        refused()
        growth(top, short=short)


if __name__ == "__main__":
    main()
