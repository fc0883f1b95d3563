"""What a process has read, and what it takes until it has read what it has to."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Due(StrEnum):
    """What a service needs before it goes by the generation in force; the larger the later."""

    NOTHING = ""
    RELOAD = "reload"
    RESTART = "restart"
    START = "start"
    REMOVE = "remove"
    HELD = "stays down"


class Fingerprint(Struct, frozen=True):
    """Digests of what a process reads: once at its start, and again whenever it is told to.

    Its text is what a run script notes and a manifest keeps: both digests, with a blank between them.
    """

    start: str
    reload: str

    @classmethod
    def parse(cls, text: str) -> Fingerprint:
        """Return the fingerprint that a text stands for.

        Raises:
            ValueError: for none.
        """
        start, reload = text.split()
        return cls(start, reload)

    def __str__(self) -> str:
        return f"{self.start} {self.reload}"

    def due(self, noted: Fingerprint | None) -> Due:
        """Return what a process needs whose fingerprint this has to be.

        Args:
            noted: what it noted at its start or last reload; None when it could not.
        """
        if noted is None or noted.start != self.start:
            return Due.RESTART
        return Due.RELOAD if noted != self else Due.NOTHING


def larger(due: Due, other: Due) -> Due:
    """Return the one of two that is enough for both."""
    return max(due, other, key=list(Due).index)
