"""Whether this process has begun to change anything: what is said of its interruption goes by it."""

from __future__ import annotations


class _Begun:
    """Set before the first change; never taken back."""

    anything = False


BEGUN = _Begun()


def note() -> None:
    """Note that something is changed from here on."""
    BEGUN.anything = True
