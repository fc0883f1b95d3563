"""Run the tests of a module against its mutants and name those that nobody noticed.

    python -m tests.mutants ctl/apply/generation.py            one module, with the tests of today
    python -m tests.mutants --tests REV ctl/apply/generation.py  the same mutants, with the tests of a commit

Every mutant is tried in a copy of the checkout, so nothing is changed here.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.mutants.changes import Mutant, mutants_of

REPOSITORY = Path(__file__).parents[2]
# The tests that are to notice, quick ones first: the first that fails ends the trial.
TESTS = {
    "ctl/apply/generation.py": [
        "tests/apply/test_generation.py",
        "tests/apply",
        "tests/system/test_generations.py",
    ],
    "ctl/operations/serve/lease.py": ["tests/system/test_readonly.py"],
    "ctl/render/quoting.py": ["tests/render/test_quoting.py", "tests/system/test_quoting.py"],
    "ctl/state/guard.py": ["tests/state", "tests/system/test_readonly.py"],
    "ctl/storage/engine/mark.py": ["tests/storage"],
}
PARALLEL = 2
# A mutant that hangs has been noticed.
PATIENCE = 4.0


class Trials:
    """Copies of the checkout in which mutants are tried, side by side."""

    def __init__(self, module: str, tests_of: str | None, directory: Path) -> None:
        self.module = module
        self.waiting: queue.Queue[Mutant] = queue.Queue()
        self.survivors: list[Mutant] = []
        self.copies = [self._copy(directory / str(number), tests_of) for number in range(PARALLEL)]
        self.limit = 600.0

    def _copy(self, place: Path, tests_of: str | None) -> Path:
        ignored = shutil.ignore_patterns(".git", ".venv", ".demo", "dist", "__pycache__", ".*_cache")
        shutil.copytree(REPOSITORY, place, symlinks=True, ignore=ignored)
        if tests_of is not None:
            shutil.rmtree(place / "tests")
            archive = subprocess.run(
                ["git", "archive", tests_of, "tests"], cwd=REPOSITORY, capture_output=True, check=True
            )
            subprocess.run(["tar", "-x", "-C", place], input=archive.stdout, check=True)
        return place

    def run(self, mutants: list[Mutant]) -> None:
        """Try all; a module that fails unchanged is an error.

        Raises:
            SystemExit: the tests fail without any change.
        """
        started = time.monotonic()
        if not self._passes(self.copies[0]):
            raise SystemExit(f"the tests of {self.module} fail without a mutant")
        self.limit = PATIENCE * (time.monotonic() - started) + 10
        for mutant in mutants:
            self.waiting.put(mutant)
        workers = [threading.Thread(target=self._work, args=(place,)) for place in self.copies]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self, place: Path) -> None:
        while True:
            try:
                mutant = self.waiting.get_nowait()
            except queue.Empty:
                return
            (place / self.module).write_text(mutant.source)
            if self._passes(place):
                self.survivors.append(mutant)
                print(f"survived {self.module}:{mutant.line}: {mutant.what}", flush=True)

    def _passes(self, place: Path) -> bool:
        tests = [test for test in TESTS[self.module] if (place / test).exists()]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-m",
            "not soak",
            "-p",
            "no:cacheprovider",
            *tests,
        ]
        quiet = subprocess.DEVNULL
        trial = subprocess.Popen(command, cwd=place, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            return trial.wait(self.limit) == 0
        except subprocess.TimeoutExpired:
            os.killpg(trial.pid, signal.SIGKILL)
            trial.wait()
            return False


def main() -> None:
    """Try the mutants of the modules that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("--tests", metavar="REV", help="take the tests of this commit")
    given = parser.parse_args()
    for module in given.modules or TESTS:
        mutants = list(mutants_of((REPOSITORY / module).read_text()))
        with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
            trials = Trials(module, given.tests, Path(directory))
            trials.run(mutants)
        noticed = len(mutants) - len(trials.survivors)
        print(f"{module}: {noticed} of {len(mutants)} noticed, {len(trials.survivors)} survived", flush=True)


if __name__ == "__main__":
    main()
