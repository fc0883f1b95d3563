"""What was changed and is not applied yet: found without reading the settings anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctl.apply import applied, recovery
from ctl.apply.generation import Staged
from ctl.apply.touched import Edit
from ctl.facts.stamps import stamp
from ctl.operations.serve.due import Dues, dues
from ctl.operations.serve.hand_edits import owing, sentences
from ctl.paths import Layout
from ctl.state import guard, link
from ctl.state.fingerprint import Due
from ctl.supervise.status import ServiceState

_DIGEST_LENGTH = 64


def pending_changes(layout: Layout, current: Staged | None, edits: Sequence[Edit]) -> list[str]:
    """Return in words what the next ``ctl reconfigure`` would apply.

    Args:
        layout: whose.
        current: the generation in force.
        edits: what was done to it by hand.
    """
    if current is None:
        return ["ctl reconfigure has not succeeded yet"]
    last = applied.recorded(layout)
    found = sentences(layout, current, edits)
    if guard.exchanging(layout) or recovery.unfinished(layout):
        found.append("a run was interrupted")
    elif not link.is_home(layout):
        found.append(f"{layout.active_socket} does not lead to the registry")
    if last is None:
        found.append("nothing is on record of the last run")
    elif last.generation != current.number:
        found.append("the last run did not bring all services up")
    elif last.rolled_back is not None:
        found.append(
            f"the settings of generation {last.rolled_back} are in force by ctl rollback; ctl reconfigure"
            f" puts {last.settings_file} in force again"
        )
    else:
        found += _changed(last)
    return found


def _changed(last: applied.Applied) -> list[str]:
    changed = _changed_files(last)
    found = [f"{path} was changed" for path in changed]
    for path, old in last.stamps.items():
        if path not in changed and stamp(Path(path)) != old:
            found.append(f"{path} was {'touched' if path in last.files else 'replaced'}")
    if last.program != applied.program_stamp():
        found.append("ctl itself was replaced")
    return found


def asked_of_services(layout: Layout, current: Staged | None, edits: Sequence[Edit]) -> Dues:
    """Return what the generation in force, and what was done to it by hand, ask of services."""
    if current is None:
        return dues(layout, {})
    return dues(layout, current.manifest.services, owing(layout, current, edits))


def service_pending(asked: Dues, state: ServiceState) -> str | None:
    """Return what a running service still has to do: ``restart``, ``reload``; None for nothing.

    Args:
        asked: as `asked_of_services` returned it.
        state: of its process.
    """
    what = asked.due(state)
    return str(what) if what in (Due.RELOAD, Due.RESTART) else None


def _changed_files(last: applied.Applied) -> list[str]:
    # What was changed while it was read has no digest: the next run looks again, mostly at the same file.
    return [
        path
        for path, digest in last.files.items()
        if (digest is None or len(digest) == _DIGEST_LENGTH) and applied.digest_of(Path(path)) != digest
    ]
