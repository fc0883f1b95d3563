"""What was changed and is not applied yet: found without reading the settings anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ctl.apply import applied, recovery, touched
from ctl.apply.fingerprint import Due, due
from ctl.apply.generation import Staged
from ctl.facts.stamps import stamp
from ctl.operations.serve.condition import renewal_due
from ctl.operations.serve.hand_edits import dues, sentences
from ctl.paths import STANDBY, Layout
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
    found = sentences(layout, current, touched.edits(layout, current))
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


def services_due(layout: Layout, current: Staged | None) -> dict[str, Due]:
    """Return what services need whatever they noted at their start, because of edits by hand."""
    return dues(layout, current, touched.edits(layout, current)) if current else {}


def service_pending(
    layout: Layout, state: ServiceState, current: Staged | None, owed: Mapping[str, Due]
) -> str | None:
    """Return what a running service still has to do: ``restart``, ``reload``; None for nothing.

    Args:
        layout: whose service.
        state: of its process.
        current: the generation in force.
        owed: as `services_due` returned it.
    """
    wanted = current.fingerprints.get(state.name) if current else None
    if wanted is None or not state.is_up or state.name == STANDBY:
        return None
    what = due(running.read(layout, state.name), wanted, owed.get(state.name, Due.NOTHING))
    if renewal_due(layout, state.name):
        what = Due.RESTART
    return str(what) or None


def _changed_files(last: applied.Applied) -> list[str]:
    # What was changed while it was read has no digest: the next run looks again, mostly at the same file.
    return [
        path
        for path, digest in last.files.items()
        if (digest is None or len(digest) == _DIGEST_LENGTH) and applied.digest_of(Path(path)) != digest
    ]
