"""Run the tests of a module against its mutants and name those that nobody noticed.

    python -m tests.mutants ctl/apply/generation.py            one module, with the tests of today
    python -m tests.mutants --tests REV ctl/apply/generation.py  the same mutants, with the tests of a commit

Every mutant is tried in a copy of the checkout, so nothing is changed here. First the tests run once without
a mutant, to see which of them come to which line and how long they take: a mutant is then tried with those
that come to it, file by file, quick ones first, until one fails. Tests of the whole system run one at a time.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path

from tests.mutants.changes import Mutant, mutants_of
from tests.mutants.noticing import TESTS
from tests.mutants.reached import Reach, Watch, instrumented, statement_at
from tests.mutants.trial import REPOSITORY, Chosen, Trial, import_heavy

WHOLE_SYSTEM = "tests/system/"
# Seconds for the run without a mutant.
WATCH_SECONDS = 3600.0
# A mutant that hangs has been noticed.
PATIENCE = 4.0
MARGIN_SECONDS = 60.0


class Module:
    """A module, its mutants and the tests that are to notice them."""

    def __init__(self, name: str, tests_of: str | None, directory: Path, parallel: int) -> None:
        self.name = name
        self._parallel = parallel
        self._source = (REPOSITORY / name).read_text()
        self._copies = [_copy(directory / "0", tests_of)]
        self._reaches: dict[str, Reach] = {}

    def watch(self) -> None:
        """Run the tests without a mutant; those that fail are named and left out: they would notice nothing.

        Raises:
            SystemExit: none passes.
        """
        place = self._copies[0]
        tests = [test for test in TESTS[self.name] if _has(place, test)]
        marks = place.with_suffix(".marks")
        plugin = Watch(marks, self._source.count("\n"))
        (place / self.name).write_text(instrumented(self._source, marks))
        trial = Trial(place, tests, plugin, lambda: plugin.reaches, WATCH_SECONDS, watches=True)
        wait([trial.receiver], WATCH_SECONDS)
        for reach in trial.end() or ():
            if reach.passed:
                self._reaches[reach.test] = reach
            else:
                print(f"left out, it fails without a mutant: {reach.test}", flush=True)
        if not self._reaches:
            said = place.with_suffix(".log").read_text()
            raise SystemExit(f"{said}\nno test of {self.name} passes without a mutant")
        seconds = sum(reach.seconds for reach in self._reaches.values())
        print(f"{len(self._reaches)} tests, {seconds:.0f} s", flush=True)
        for number in range(1, self._parallel):
            # With the byte code of all that is the same for every mutant.
            self._copies.append(shutil.copytree(place, place.with_name(str(number)), symlinks=True))

    def survivors(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Return the mutants that no test notices."""
        left = list(mutants)
        for file in dict.fromkeys(test.partition("::")[0] for test in self._reaches):
            copies = self._copies[:1] if file.startswith(WHOLE_SYSTEM) else self._copies
            left = self._left(left, file, copies)
        for mutant in left:
            print(f"survived {self.name}:{mutant.line}: {mutant.what}", flush=True)
        return left

    def _left(self, mutants: Sequence[Mutant], file: str, copies: Sequence[Path]) -> list[Mutant]:
        """Try mutants side by side, each in a copy, with the tests of a file; return those that survive."""
        waiting, free, survivors = deque(mutants), list(copies), []
        running: list[tuple[Mutant, Trial[list[str]]]] = []
        while waiting or running:
            while waiting and free:
                mutant = waiting.popleft()
                reaches = self._coming_to(mutant, file)
                if reaches:
                    running.append((mutant, self._begin(free.pop(), mutant, file, reaches)))
                else:
                    survivors.append(mutant)
            wait([trial.receiver for _, trial in running], timeout=1.0)
            for mutant, trial in [each for each in running if each[1].is_over()]:
                running.remove((mutant, trial))
                failed = trial.end()
                free.append(trial.place)
                if failed == []:
                    survivors.append(mutant)
                else:
                    who = failed[0] if failed else f"{file} dies or takes too long"
                    print(f"noticed {self.name}:{mutant.line}: {mutant.what}  {who}", flush=True)
        return survivors

    def _coming_to(self, mutant: Mutant, file: str) -> list[Reach]:
        """Return the tests of a file that come to a mutant, quick ones first."""
        line = statement_at(self._source, mutant.line)
        reaches = (reach for test, reach in self._reaches.items() if test.startswith(f"{file}::"))
        coming = [reach for reach in reaches if line is None or line in reach.lines]
        return sorted(coming, key=lambda reach: reach.seconds)

    def _begin(self, place: Path, mutant: Mutant, file: str, reaches: Sequence[Reach]) -> Trial[list[str]]:
        path = place / self.name
        path.write_text(mutant.source)
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            compiled.unlink()
        plugin = Chosen([reach.test for reach in reaches])
        seconds = PATIENCE * sum(reach.seconds for reach in reaches) + MARGIN_SECONDS
        return Trial(place, [file], plugin, lambda: plugin.failed, seconds)


def _copy(place: Path, tests_of: str | None) -> Path:
    ignored = shutil.ignore_patterns(".git", ".venv", ".demo", "dist", "__pycache__", ".*_cache")
    shutil.copytree(REPOSITORY, place, symlinks=True, ignore=ignored)
    if tests_of is not None:
        shutil.rmtree(place / "tests")
        archive = subprocess.run(
            ["git", "archive", tests_of, "tests"], cwd=REPOSITORY, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", place], input=archive.stdout, check=True)
    return place


def _has(place: Path, test: str) -> bool:
    """Whether a checkout has a test; an older one need not."""
    path, _, name = test.partition("::")
    return (place / path).exists() and f"def {name}" in ((place / path).read_text() if name else "def ")


def main() -> None:
    """Try the mutants of the modules that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("--tests", metavar="REV", help="take the tests of this commit")
    parser.add_argument(
        "--lines", type=int, nargs="+", metavar="N", help="try the mutants of these lines alone"
    )
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="how many mutants at a time: 2")
    given = parser.parse_args()
    import_heavy()
    for name in given.modules or TESTS:
        mutants = list(mutants_of((REPOSITORY / name).read_text()))
        if given.lines:
            mutants = [mutant for mutant in mutants if mutant.line in given.lines]
        with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as directory:
            # Services of other accounts run from there.
            Path(directory).chmod(0o755)
            module = Module(name, given.tests, Path(directory), given.parallel)
            module.watch()
            survivors = module.survivors(mutants)
        noticed = len(mutants) - len(survivors)
        print(f"{name}: {noticed} of {len(mutants)} noticed, {len(survivors)} survived", flush=True)


if __name__ == "__main__":
    main()
