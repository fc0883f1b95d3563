"""Durations in Go syntax, such as ``1h30m``."""

from __future__ import annotations

import re
from typing import Any

from ctl.regex import compile_late
from ctl.settings import text

_DURATION = compile_late(r"(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = compile_late(r"([0-9]*\.?[0-9]*)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_BARE = compile_late(r"[0-9]{1,18}", re.ASCII)
# Nobody waits for so many seconds, nor writes so many milliseconds.
_MILLISECONDS_MEANT = 100
_NANOSECONDS_MEANT = 1_000_000
# Go counts nanoseconds in 63 bits, which is about 292 years.
_LONGEST_SECONDS = 2**63 / 1e9


def seconds(duration: str) -> float:
    """Convert a duration in Go syntax, such as ``1h30m``, to seconds."""
    if duration == "0":
        return 0.0
    return sum(
        float(amount) * _UNIT_SECONDS[unit] for amount, unit in _DURATION_PART.findall(duration) if amount
    )


def _without_unit(value: int) -> str:
    """Say what a number without a unit would be, and what was probably meant, the likeliest first."""
    meant = "a bare number means nanoseconds to the registry; write "
    if value >= _NANOSECONDS_MEANT:
        whole = value % 1_000_000_000 == 0
        return f"{meant}'{value // 1_000_000_000}s'" if whole else f"{meant}'{value // 1_000_000}ms'"
    milliseconds, in_seconds = f"'{value}ms' for milliseconds", f"'{value}s' for seconds"
    likely = (milliseconds, in_seconds) if value >= _MILLISECONDS_MEANT else (in_seconds, milliseconds)
    return f"{meant}{likely[0]}, {likely[1]}"


def go_duration(value: Any) -> str:
    """Accept a duration in Go syntax; of bare numbers only 0."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value == 0:
            return "0"
        raise ValueError(_without_unit(value))
    if isinstance(value, float):
        raise ValueError(f"a duration has a unit; write '{value}s' for seconds")
    given = text.one_line(value)
    if given != "0" and _BARE.fullmatch(given):
        raise ValueError(_without_unit(int(given)))
    if given != "0" and not _DURATION.fullmatch(given):
        raise ValueError("a duration is expected, such as '500ms', '10s' or '1h30m'; the units end with h")
    if seconds(given) >= _LONGEST_SECONDS:
        raise ValueError("this duration is too long; the registry counts up to 292 years")
    return given
