"""How the last collection ended, for who asks later."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ctl.paths import Layout
from ctl.state.files import read_optional, write_atomically


@dataclass(frozen=True, slots=True)
class Collected:
    """The end of a collection.

    Args:
        ended: date and time in ISO 8601 with its zone.
        good: whether it came to its end.
        message: what it did, or why it did not.
    """

    ended: str
    good: bool
    message: str


def write(layout: Layout, last: Collected) -> None:
    """Note how a collection ended."""
    write_atomically(layout.state / "last-collection.json", json.dumps(asdict(last)).encode(), 0o600)


def read(layout: Layout) -> Collected | None:
    """Return how the last collection ended; None when there was none."""
    content = read_optional(layout.state / "last-collection.json")
    try:
        return Collected(**json.loads(content)) if content is not None else None
    except (TypeError, ValueError):
        return None
