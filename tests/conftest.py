from __future__ import annotations

import re
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.registries import NOT_THERE, V2, Program, parameters

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# A shell's job in the background, and nohup, ignore these, and every program that is started inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty directory whose path is short enough for unix sockets below it."""
    made = Path(tempfile.mkdtemp(prefix="ctl-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def registry_program(request: pytest.FixtureRequest) -> Program:
    """The registry that a test runs: Debian's, or both one after the other where it is marked so."""
    program: Program = getattr(request, "param", V2)
    return program.needed()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that are marked so with both registries; those that run long as it is, with one."""
    mark = metafunc.definition.get_closest_marker("both_registries")
    if mark is None or "registry_program" not in metafunc.fixturenames:
        return
    soak = mark.kwargs.get("soak", False)
    if not (soak and metafunc.definition.get_closest_marker("soak")):
        metafunc.parametrize("registry_program", parameters(soak), indirect=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Say once, at the very end, what was not run because its program could not be had."""
    yield
    reasons = Counter(
        said[1]
        for report in terminalreporter.stats.get("skipped", ())
        if (said := re.search(NOT_THERE, str(report.longrepr)))
    )
    for reason, count in reasons.items():
        tests = f"{count} {'test' if count == 1 else 'tests'}"
        terminalreporter.write_line(f"not run: {tests}: {reason}")
