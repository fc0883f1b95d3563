"""Put what was prepared on disk as a generation, unless one holds just that already."""

from __future__ import annotations

import json
from collections.abc import Callable

from ctl.apply import generation
from ctl.apply.generation import Staged
from ctl.apply.touched import file_edits
from ctl.operations.compile import gitlab
from ctl.operations.compile.prepare import Prepared, settings_document
from ctl.operations.compile.secret_store import SECRETS
from ctl.paths import Layout
from ctl.render.model import Reader


def staged_from(
    layout: Layout, prepared: Prepared, groups: Callable[[Reader], int], previous: Staged | None
) -> Staged:
    """Return the generation that holds what was prepared: the previous one, or a new one.

    Args:
        layout: where generations are kept.
        prepared: what it has to hold.
        groups: tells the number of a reader's group.
        previous: the generation in force.

    Raises:
        CtlError: the disk is full or cannot be written.
    """
    manifest = generation.build_manifest(prepared.rendered, groups)
    # What a restart by hand grants requests that are under way.
    manifest["drain"] = prepared.plan.registry.drain_seconds if prepared.plan.registry else 0.0
    # What a collection may follow links to.
    manifest["storage_directories"] = prepared.plan.storage_directories
    manifest["gitlab"] = gitlab.told(prepared.plan)
    # Through JSON, so that it compares equal to one that was read from disk.
    manifest = json.loads(json.dumps(manifest))
    if previous and previous.manifest == manifest and not file_edits(previous):
        return previous
    extra = {
        generation.SETTINGS: json.dumps(settings_document(prepared)),
        SECRETS: json.dumps(sorted(prepared.secret_values)),
        generation.MASKED: json.dumps({one.path: one.content for one in prepared.masked.files}),
    }
    return generation.stage(layout, prepared.rendered, manifest, extra)
