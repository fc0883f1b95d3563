"""Probes are asked side by side, each within its own time, and told in their own order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.runner import NOT_TRIED, run
from ctl.errors import CtlError

FINE = Finding(Outcome.OK, "fine")
WRONG = Finding(Outcome.ERROR, "wrong", "mend it")


@dataclass(frozen=True)
class Thing:
    """What a probe needs."""

    name: str = "thing"


@dataclass(frozen=True)
class Wider(Thing):
    """More than a probe needs."""


def probe(
    name: str,
    look: Callable[[Thing], Finding | None],
    *,
    after: tuple[str, ...] = (),
    seconds: float = 30.0,
    needs: type[Thing] = Thing,
) -> Probe[Thing]:
    return Probe(name, Area.STORE, f"the {name}", "it matters", needs, look, after=after, seconds=seconds)


def test_probes_run_side_by_side_and_answer_in_their_own_order() -> None:
    second_ended = threading.Event()

    def first(thing: Thing) -> Finding:
        assert second_ended.wait(30)
        return FINE

    def second(thing: Thing) -> Finding:
        second_ended.set()
        return WRONG

    results = run([probe("first", first), probe("second", second)], Thing())
    assert [(result.name, result.finding) for result in results] == [
        ("the first", FINE),
        ("the second", WRONG),
    ]


def test_probe_that_does_not_end_is_an_error_at_its_deadline_and_holds_nobody_up() -> None:
    released = threading.Event()
    try:
        stuck = probe("stuck", lambda thing: FINE if released.wait(60) else None, seconds=0.1)
        results = run([stuck, probe("other", lambda thing: FINE)], Thing())
    finally:
        released.set()
    assert [(result.finding.outcome, result.finding.message) for result in results] == [
        (Outcome.ERROR, "no answer within 0.1 s"),
        (Outcome.OK, "fine"),
    ]


def test_probe_after_one_that_went_wrong_is_not_tried_and_neither_is_what_follows_it() -> None:
    asked: list[str] = []

    def look(name: str, finding: Finding | None) -> Callable[[Thing], Finding | None]:
        def looks(thing: Thing) -> Finding | None:
            asked.append(name)
            return finding

        return looks

    results = run(
        [
            probe("a", look("a", WRONG)),
            probe("b", look("b", FINE), after=("a",)),
            probe("c", look("c", FINE), after=("b",)),
            probe("d", look("d", FINE)),
        ],
        Thing(),
    )
    assert sorted(asked) == ["a", "d"]
    assert [result.finding.code for result in results] == ["", NOT_TRIED, NOT_TRIED, ""]
    assert results[1].finding.outcome is Outcome.NOTE
    assert "the a" in results[1].finding.message


def test_probe_after_one_that_is_not_in_the_run_or_has_nothing_to_look_at_is_tried() -> None:
    probes = [probe("a", lambda thing: None), probe("b", lambda thing: FINE, after=("a", "elsewhere"))]
    assert [(result.name, result.finding) for result in run(probes, Thing())] == [("the b", FINE)]


def test_probe_that_ends_while_another_goes_on_lets_the_next_start() -> None:
    last = threading.Event()

    def end(thing: Thing) -> Finding:
        last.set()
        return FINE

    results = run(
        [
            probe("long", lambda thing: FINE if last.wait(30) else WRONG),
            probe("short", lambda thing: FINE),
            probe("last", end, after=("short",)),
        ],
        Thing(),
    )
    assert [result.finding for result in results] == [FINE, FINE, FINE]


def test_probe_is_left_out_where_there_is_not_what_it_needs() -> None:
    narrow, wide = probe("narrow", lambda thing: FINE), probe("wide", lambda thing: FINE, needs=Wider)
    assert run([narrow, wide]) == run([narrow, wide], None) == []
    assert [result.name for result in run([narrow, wide], "text", Thing())] == ["the narrow"]
    assert [result.name for result in run([narrow, wide], Wider())] == ["the narrow", "the wide"]


def test_error_of_a_probe_is_raised_where_it_was_asked_for_or_made_a_finding_of() -> None:
    def fails(thing: Thing) -> Finding:
        raise CtlError("no such thing")

    probes = [probe("a", fails), probe("b", lambda thing: FINE), probe("c", lambda thing: FINE, after=("a",))]
    with pytest.raises(CtlError, match="no such thing"):
        run(probes, Thing())
    results = run(
        probes, Thing(), failed=lambda probe, error: Finding(Outcome.ERROR, f"{probe.name}: {error}")
    )
    assert [result.finding.message for result in results][:2] == ["a: no such thing", "fine"]
    assert results[2].finding.code == NOT_TRIED
