"""Run the tests of a module against its mutants and name those that nobody noticed.

    python -m tests.mutants ctl/apply/generation.py            one module, with the tests of today
    python -m tests.mutants --tests REV ctl/apply/generation.py  the same mutants, with the tests of a commit

Every mutant is tried in a copy of the checkout, so nothing is changed here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import re
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
        "tests/apply/test_generation_durability.py",
        "tests/apply/test_recovery.py",
        "tests/apply/test_links.py",
    ],
    "ctl/operations/serve/lease.py": [
        "tests/operations/serve/test_lease.py",
        "tests/system/test_readonly.py::test_lease_ends_when_its_holder_is_done",
        "tests/system/test_readonly.py::test_lease_without_the_guard_is_refused_before_pushes_are",
        "tests/system/test_readonly.py::test_second_lease_is_refused",
        "tests/system/test_lease.py",
        "tests/system/test_readonly_unsupervised.py::"
        "test_lease_over_a_registry_that_nobody_looks_after_refuses_pushes",
        "tests/system/test_collect.py::test_every_image_with_a_tag_is_pulled_after_what_it_was_before",
        "tests/system/test_collect.py::test_registry_that_is_stopped_stays_stopped",
        "tests/system/test_collect.py::test_collection_waits_for_a_change_that_is_under_way",
        "tests/system/test_readonly.py::test_lease_cannot_be_suspended_by_a_terminal",
        "tests/system/test_readonly.py::test_lease_that_died_leaves_what_was_asked_for_meanwhile",
        "tests/system/test_readonly.py::test_lease_of_a_machine_that_went_down_ends_at_its_start",
        "tests/system/test_collect_windows.py::test_registry_that_nobody_can_push_to_is_swept_in_one_window",
        "tests/system/test_collect_windows.py::"
        "test_window_that_finds_uploads_under_way_is_tried_again_and_then_given_up",
        "tests/system/test_collect_redis.py::"
        "test_process_that_is_read_only_with_a_cache_is_ended_before_the_sweep",
        "tests/system/test_readonly.py::"
        "test_lease_whose_end_fails_is_ended_by_the_guard_as_soon_as_that_works",
    ],
    "ctl/render/quoting.py": ["tests/render/test_quoting.py", "tests/system/test_quoting.py"],
    "ctl/state/guard.py": [
        "tests/state",
        "tests/system/test_readonly.py::test_lease_ends_when_its_holder_is_done",
        "tests/system/test_exchange.py::"
        "test_link_and_mark_come_to_the_disk_in_an_order_that_a_power_cut_cannot_break",
        "tests/system/test_readonly.py::test_exchange_whose_maker_was_killed_is_ended_by_the_guard",
        "tests/system/test_exchange.py::test_link_that_leads_elsewhere_is_named_by_status_and_mended",
        "tests/system/test_readonly_unsupervised.py",
    ],
    "ctl/storage/engine/mark.py": [
        "tests/storage/test_rules.py",
        "tests/storage/test_scenarios.py",
        "tests/storage/test_signatures.py",
        "tests/storage/test_odd_trees.py",
        "tests/storage/test_damage.py",
        "tests/storage/test_windows.py",
        "tests/storage/test_immovable.py",
        "tests/storage/test_store_links.py",
        "tests/storage/test_usage.py",
        "tests/storage/test_differential.py",
        "tests/storage/test_cache.py",
        "tests/storage/test_sweep.py",
    ],
}
PARALLEL = 2
_PYTEST = ("-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider", "-m", "not soak")
# A mutant that hangs has been noticed.
PATIENCE = 4.0


class Trials:
    """Copies of the checkout in which mutants are tried, side by side."""

    def __init__(self, module: str, tests_of: str | None, directory: Path) -> None:
        self.module = module
        self.waiting: queue.Queue[Mutant] = queue.Queue()
        self.survivors: list[Mutant] = []
        self.older = tests_of is not None
        self.copies = [self._copy(directory / str(number), tests_of) for number in range(PARALLEL)]
        self.limit = 600.0
        self.left_out: list[str] = []

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
        self._leave_out_those_that_fail()
        started = time.monotonic()
        failing = self._failing(self.copies[0])
        if failing is not None:
            raise SystemExit(f"the tests of {self.module} fail without a mutant: {failing}")
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
            failing = self._failing(place)
            if failing is None:
                self.survivors.append(mutant)
            fate = "survived" if failing is None else "noticed"
            print(f"{fate} {self.module}:{mutant.line}: {mutant.what}  {failing or ''}", flush=True)

    def _leave_out_those_that_fail(self) -> None:
        """Leave out the older tests that do not hold for the module of today: they would notice nothing."""
        if not self.older:
            return
        command = [word for word in self._command(self.copies[0]) if word != "-x"]
        told = subprocess.run(command, cwd=self.copies[0], capture_output=True, text=True, check=False).stdout
        self.left_out = re.findall(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE)
        for test in self.left_out:
            print(f"left out, it fails without a mutant: {test}", flush=True)

    def _command(self, place: Path) -> list[str]:
        tests = [test for test in TESTS[self.module] if _has(place, test)]
        quiet = [f"--deselect={test}" for test in self.left_out]
        return [sys.executable, *_PYTEST, *quiet, *tests]

    def _failing(self, place: Path) -> str | None:
        """Return what fails first in a copy; None when all tests pass."""
        with tempfile.TemporaryFile("w+") as told:
            command = self._command(place)
            trial = subprocess.Popen(
                command, cwd=place, stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True
            )
            try:
                if trial.wait(self.limit) == 0:
                    return None
            except subprocess.TimeoutExpired:
                # Its tests end the services that they have started.
                trial.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    trial.wait(30)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(trial.pid, signal.SIGKILL)
                trial.wait()
                return "it takes too long"
            told.seek(0)
            failed = re.findall(r"^(?:FAILED|ERROR) .*", told.read(), re.MULTILINE)
            return failed[0] if failed else "the tests do not start"


def _has(place: Path, test: str) -> bool:
    """Whether a checkout has a test; an older one need not."""
    path, _, name = test.partition("::")
    return (place / path).exists() and f"def {name}" in ((place / path).read_text() if name else "def ")


def main() -> None:
    """Try the mutants of the modules that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("--tests", metavar="REV", help="take the tests of this commit")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try each Nth mutant alone")
    given = parser.parse_args()
    for module in given.modules or TESTS:
        mutants = list(mutants_of((REPOSITORY / module).read_text()))[:: given.every]
        with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
            trials = Trials(module, given.tests, Path(directory))
            trials.run(mutants)
        noticed = len(mutants) - len(trials.survivors)
        print(f"{module}: {noticed} of {len(mutants)} noticed, {len(trials.survivors)} survived", flush=True)


if __name__ == "__main__":
    main()
