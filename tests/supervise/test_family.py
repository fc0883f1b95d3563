from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from ctl.supervise.family import Family
from ctl.supervise.processes import alive, wait_until

# A process that leaves a child behind, which ignores TERM, and says so when both are there.
SCRIPT = "trap '' TERM; sleep 600 & echo $!; exec sleep 600"


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        ["sh", "-c", SCRIPT], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_family_is_a_process_with_all_that_it_has_started(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    family = Family.of(parent.pid)
    assert set(family.members) == {parent.pid, child}
    parent.kill()
    parent.wait()
    assert family.left() == [child], "it outlives who has started it"
    assert family.kill() == [child]
    assert wait_until(lambda: not alive(child), 5)
    assert family.kill() == []


def test_group_that_a_process_does_not_lead_is_not_its_family() -> None:
    process = subprocess.Popen(["sleep", "600"])
    try:
        assert set(Family.of(process.pid).members) == {process.pid}
    finally:
        process.kill()
        process.wait()


def test_number_that_was_given_to_another_process_is_not_killed(parent: subprocess.Popen[str]) -> None:
    assert Family({parent.pid: "1"}).kill() == []
    assert alive(parent.pid)


def test_process_that_is_gone_has_no_family() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert Family.of(process.pid).members == {}
