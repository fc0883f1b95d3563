"""Whether a run would change anything; answered without a heavy import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ctl.apply import applied, generation, recovery, touched
from ctl.operations.serve.due import all_running
from ctl.paths import Layout
from ctl.state import owed, proven


def unchanged(layout: Layout, settings_file: Path, environment: Mapping[str, str]) -> int | None:
    """Return the number of the generation in force when there is nothing to do, else None."""
    last = applied.recorded(layout)
    if last is None or not applied.same_inputs(last, settings_file, environment):
        return None
    if any(_stamp(Path(path)) != stamp for path, stamp in last.stamps.items()):
        return None
    if last.node and not _same_node(last.node):
        return None
    if last.listings and not _same_listings(layout, settings_file, last.listings):
        return None
    if recovery.unfinished(layout):
        return None
    current = generation.intact_current(layout)
    if current is None or current.number != last.generation:
        return None
    if touched.edits(layout, current) or owed.read(layout) or proven.is_owed(layout):
        return None
    return current.number if all_running(layout, current.manifest.services, last.processes) else None


def _stamp(path: Path) -> str:
    from ctl.facts.stamps import stamp

    return stamp(path)


def _same_listings(layout: Layout, settings_file: Path, listings: Mapping[str, list[str]]) -> bool:
    from ctl.facts.host import listing
    from ctl.syntax.model import ReadRefused

    look = listing(layout, settings_file)
    try:
        return all(look(pattern) == paths for pattern, paths in listings.items())
    except ReadRefused:
        return False


def _same_node(node: Mapping[str, str]) -> bool:
    from ctl.facts.host import node_value

    return all(node_value(name) == value for name, value in node.items())
