"""Records that show no value when they are printed."""

from __future__ import annotations

from msgspec import Struct


class Hidden(Struct, frozen=True):
    """A record whose values do not show, wherever it is printed."""

    def __repr__(self) -> str:
        return object.__repr__(self)
