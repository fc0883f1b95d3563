"""What was changed and is not applied yet: found without reading the settings anew."""

from __future__ import annotations

from pathlib import Path

from ctl.apply import applied, recovery
from ctl.apply.generation import Staged
from ctl.facts.stamps import stamp
from ctl.operations.condition import right_form
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.state import guard, link, running
from ctl.supervise.status import ServiceState

_DIGEST_LENGTH = 64


def pending_changes(layout: Layout, current: Staged | None) -> list[str]:
    """Return in words what the next ``ctl reconfigure`` would apply.

    Args:
        layout: whose.
        current: the generation in force.
    """
    if current is None:
        return ["ctl reconfigure has not succeeded yet"]
    last = applied.recorded(layout)
    found = []
    if guard.exchanging(layout) or recovery.unfinished(layout):
        found.append("a run was interrupted")
    elif not link.is_home(layout):
        found.append(f"{layout.active_socket} does not lead to the registry")
    if last is None or last.generation != current.number:
        found.append("the last run did not bring all services up")
        return found
    found += [f"{path} was changed" for path in _changed_files(last)]
    found += [f"{path} was replaced" for path, old in last.stamps.items() if stamp(Path(path)) != old]
    if last.program != applied.program_stamp():
        found.append("ctl itself was replaced")
    return found


def service_pending(layout: Layout, state: ServiceState, current: Staged | None) -> str | None:
    """Return what a running service still has to do: ``restart``, ``reload``; None for nothing."""
    wanted = current.fingerprints.get(state.name) if current else None
    if wanted is None or not state.is_up or state.name == STANDBY:
        return None
    have = running.read(layout, state.name)
    if have == wanted and (state.name != REGISTRY or right_form(layout, REGISTRY)):
        return None
    same_start = have is not None and have.split()[:1] == wanted.split()[:1]
    return "reload" if same_start and have != wanted else "restart"


def _changed_files(last: applied.Applied) -> list[str]:
    # What was changed while it was read has no digest: the next run looks again, mostly at the same file.
    return [
        path
        for path, digest in last.files.items()
        if (digest is None or len(digest) == _DIGEST_LENGTH) and applied.digest_of(Path(path)) != digest
    ]
