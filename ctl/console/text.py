"""Text of others made safe for a terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    r"""Show control characters as ``\xNN``, so that no name or log line can drive the terminal."""
    return _UNSAFE.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def counted(number: object, noun: str, plural: str | None = None) -> str:
    """Return a number with what it counts: ``1 manifest``, ``2 manifests``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
