"""What was changed and is not applied yet: found without reading the settings anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctl.apply import applied, recovery, touched
from ctl.apply.generation import Staged
from ctl.apply.touched import Edit
from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Standing
from ctl.facts.stamps import stamp
from ctl.paths import Layout
from ctl.state import guard, link

_DIGEST_LENGTH = 64


def check_applied(standing: Standing) -> Finding:
    """Say what the next ``ctl reconfigure`` would apply."""
    lines = tuple(pending_changes(standing.layout, standing.current, standing.edits))
    if not lines:
        return Finding(Outcome.OK, "nothing was changed since the last ctl reconfigure")
    return Finding(Outcome.WARNING, "; ".join(lines), "ctl reconfigure", evidence=lines)


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
    changes = [f"{touched.well_known(layout, current, edit.path)} {edit.how}" for edit in edits]
    if guard.exchanging(layout) or recovery.unfinished(layout):
        changes.append("a run was interrupted")
    elif not link.is_home(layout):
        changes.append(f"{layout.active_socket} does not lead to the registry")
    if last is None:
        changes.append("nothing is on record of the last run")
    elif last.generation != current.number:
        changes.append("the last run did not bring all services up")
    elif last.rolled_back is not None:
        changes.append(
            f"the settings of generation {last.rolled_back} are in force by ctl rollback; ctl reconfigure"
            f" puts {last.settings_file} in force again"
        )
    else:
        changes += _changed(last)
    return changes


def _changed(last: applied.Applied) -> list[str]:
    changed = _changed_files(last)
    changes = [f"{path} was changed" for path in changed]
    for path, old in last.stamps.items():
        if path not in changed and stamp(Path(path)) != old:
            changes.append(f"{path} was {'touched' if path in last.files else 'replaced'}")
    if last.program != applied.program_stamp():
        changes.append("ctl itself was replaced")
    return changes


def _changed_files(last: applied.Applied) -> list[str]:
    # What was changed while it was read has no digest: the next run looks again, mostly at the same file.
    return [
        path
        for path, digest in last.files.items()
        if (digest is None or len(digest) == _DIGEST_LENGTH) and applied.digest_of(Path(path)) != digest
    ]


PROBES = (
    Probe(
        name="applied",
        area=Area.SETTINGS,
        title="what was changed and is not applied yet",
        matters="what runs is not what the settings say until ctl reconfigure",
        needs=Standing,
        run=check_applied,
    ),
)
