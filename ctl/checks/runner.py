"""Ask probes side by side, each within its own time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ctl.checks.model import Checked, Finding, Outcome, Probe

NOT_TRIED = "not-tried"
# What becomes of an error that a probe runs into.
Failed = Callable[[Probe[Any], Exception], Finding]


def run(probes: Iterable[Probe[Any]], *given: object, failed: Failed | None = None) -> list[Checked]:
    """Ask every probe for which there is what it needs, and return what they found, in their order.

    A probe that takes too long is left behind in its thread: it has changed nothing, and ends with us.

    Args:
        probes: each name once; one comes later than those that it names as having to go well first.
        given: what there is to look at, of each type one.
        failed: makes a finding of an error that a probe runs into; without it the error is raised.
    """
    wanted = [
        (probe, subject)
        for probe in probes
        for subject in [next((candidate for candidate in given if isinstance(candidate, probe.needs)), None)]
        if subject is not None
    ]
    return _Run(wanted, failed).results()


class _Run:
    def __init__(self, wanted: Sequence[tuple[Probe[Any], object]], failed: Failed | None) -> None:
        self._wanted = wanted
        self._titles = {probe.name: probe.title for probe, _ in wanted}
        self._failed = failed
        self._news = threading.Condition()
        self._until: dict[str, float] = {}
        self._ended: dict[str, Finding | Exception | None] = {}

    def results(self) -> list[Checked]:
        while len(self._ended) < len(self._wanted):
            seen = len(self._ended)
            self._start()
            self._wait(seen)
        told = ((probe, self._finding(probe)) for probe, _ in self._wanted)
        return [Checked(probe, finding) for probe, finding in told if finding is not None]

    def _start(self) -> None:
        """Start what may start by now; what comes after something that went wrong is not tried."""
        known: set[str] = set()
        for probe, subject in self._wanted:
            before = known.intersection(probe.after)
            known.add(probe.name)
            if probe.name in self._until or not before <= self._ended.keys():
                continue
            wrong = next((name for name in probe.after if name in before and self._went_wrong(name)), None)
            self._until[probe.name] = time.monotonic() + probe.seconds
            if wrong is not None:
                text = f"not tried: it has to go well first that {self._titles[wrong]}"
                self._ended[probe.name] = Finding(Outcome.NOTE, text, code=NOT_TRIED)
            else:
                threading.Thread(target=self._ask, args=(probe, subject), daemon=True).start()

    def _went_wrong(self, name: str) -> bool:
        ended = self._ended[name]
        if isinstance(ended, Finding):
            return ended.outcome is Outcome.ERROR or ended.code == NOT_TRIED
        return ended is not None

    def _ask(self, probe: Probe[Any], subject: object) -> None:
        try:
            ended: Finding | Exception | None = probe.run(subject)
        except Exception as error:
            ended = error
        with self._news:
            self._ended.setdefault(probe.name, ended)
            self._news.notify()

    def _wait(self, seen: int) -> None:
        """Wait until more than so many probes have ended, or the time of one has."""
        with self._news:
            under_way = {name: until for name, until in self._until.items() if name not in self._ended}
            if not under_way:
                return
            first = min(under_way.values()) - time.monotonic()
            self._news.wait_for(lambda: len(self._ended) > seen, max(first, 0.0))
            for probe, _ in self._wanted:
                if under_way.get(probe.name, float("inf")) <= time.monotonic():
                    late = Finding(probe.late, f"no answer within {probe.seconds:g} s", code="timeout")
                    self._ended.setdefault(probe.name, late)

    def _finding(self, probe: Probe[Any]) -> Finding | None:
        ended = self._ended[probe.name]
        if not isinstance(ended, Exception):
            return ended
        if self._failed is None:
            raise ended
        return self._failed(probe, ended)
