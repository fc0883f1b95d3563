"""How ``ctl set-readonly`` answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ctl.console.report import print_json
from ctl.console.text import safe

if TYPE_CHECKING:
    from ctl.operations.serve.readonly import ReadOnly, Switched


def show_switched(done: Switched, as_json: bool) -> None:
    """Print what came of switching."""
    if as_json:
        hops = [hop.as_hop() for hop in done.hops]
        print_json({**_state(done.why), "changed": done.changed, "hops": hops, "notes": done.notes})
        return
    for hop in done.hops:
        word = "verified" if hop.finding.outcome == "ok" else "not verified"
        print(f"{word}: {safe(hop.name)}: {safe(hop.finding.message)}")
    for note in done.notes:
        print(f"note: {safe(note)}", file=sys.stderr)
    print(("" if done.changed else "nothing to do: ") + _sentence(done.why))


def show_status(why: ReadOnly | None, running: bool, as_json: bool) -> None:
    """Print whether the registry takes pushes.

    Args:
        why: what was asked for; None for nothing.
        running: whether the registry's process was started read-only.
        as_json: one JSON document instead of a sentence.
    """
    if as_json:
        print_json({**_state(why), "running_read_only": running})
        return
    print(_sentence(why))
    if running != (why is not None):
        form = "read-only" if running else "writable"
        print(f"note: the registry's process is still {form}; ctl reconfigure mends that", file=sys.stderr)


def _state(why: ReadOnly | None) -> dict[str, Any]:
    return {"read_only": why is not None, "why": to_builtins(why) if why else None}


def _sentence(why: ReadOnly | None) -> str:
    if why is None:
        return "the registry takes pushes"
    reason = f": {safe(why.reason)}" if why.reason else ""
    return f"the registry is read-only since {safe(why.since)} by {safe(why.who)}{reason}"
