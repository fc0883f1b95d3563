"""What a storage tree should not hold but does, and what is done about it."""

from __future__ import annotations

from collections import Counter

from ctl.storage.events import Consequence, Oddity

EXAMPLES = 20


class Oddities:
    """The findings of a pass: all are counted, the first of each code are kept as examples."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, Consequence]] = Counter()
        self.examples: list[Oddity] = []
        self.serious = 0
        """How many do more than being noted."""

    def add(self, code: str, path: str, message: str, consequence: Consequence) -> None:
        """Record a finding."""
        self.counts[code, consequence] += 1
        self.serious += consequence is not Consequence.NOTED
        # What stops a run is always named: it is what somebody has to go and mend.
        limit = EXAMPLES if consequence is not Consequence.STOPS else 5 * EXAMPLES
        if self.counts[code, consequence] <= limit:
            self.examples.append(Oddity(code, path, message, consequence))

    @property
    def stopping(self) -> int:
        """How many findings forbid to delete anything."""
        return sum(
            count for (_, consequence), count in self.counts.items() if consequence is Consequence.STOPS
        )
