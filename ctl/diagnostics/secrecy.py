"""Which settings hold secrets, by their names."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"password|passwd|secret|token|_key|(?:private|account|access|api)key|salt|dsn|credential|authorization",
    re.IGNORECASE,
)


def looks_secret(name: str) -> bool:
    """Tell whether a setting of this name holds something that must not be shown."""
    return _SECRET.search(name) is not None
