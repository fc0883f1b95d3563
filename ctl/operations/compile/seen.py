"""What the last run has seen that the next one need not look at again."""

from __future__ import annotations

from ctl.apply import applied
from ctl.facts.certificates import Read
from ctl.paths import Layout


def certificate_seen(layout: Layout) -> Read | None:
    """Return what the vhost's certificate said, as this very version of ctl reads it."""
    last = applied.recorded(layout)
    if last is None or last.certificate is None or last.program != applied.program_stamp():
        return None
    return Read.parse(last.certificate)
