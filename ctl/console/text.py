"""Text of others made safe for a terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    r"""Show control characters as ``\xNN``, so that no name or log line can drive the terminal."""
    return _UNSAFE.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
