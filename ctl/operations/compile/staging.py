"""Put what was prepared on disk as a generation, unless one holds just that already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from ctl.apply import generation
from ctl.apply.generation import Staged
from ctl.apply.manifest import Launch, StoreMark, described
from ctl.apply.touched import file_edits
from ctl.operations.compile import gitlab
from ctl.operations.compile.prepare import Prepared, masked_twin, settings_document
from ctl.operations.compile.secret_store import SECRETS
from ctl.paths import Layout
from ctl.plan.model import RegistryPlan
from ctl.targets.model import Reader


def staged_from(
    layout: Layout,
    prepared: Prepared,
    groups: Callable[[Reader], int],
    previous: Staged | None,
    trial: Callable[[Path], None] = generation.untried,
    store: StoreMark | None = None,
) -> Staged:
    """Return the generation that holds what was prepared: the previous one, or a new one.

    Args:
        layout: where generations are kept.
        prepared: what it has to hold.
        groups: tells the number of a reader's group.
        previous: the generation in force.
        store: which store its registry serves from.
        trial: see `generation.stage`; a generation that is in force is not tried out again.

    Raises:
        CtlError: the disk is full or cannot be written, or the trial says that it is no good.
    """
    registry = prepared.plan.registry
    manifest = replace(
        described(prepared.rendered, groups),
        drain=registry.drain_seconds if registry else 0.0,
        storage_directories=prepared.plan.storage_directories,
        gitlab=gitlab.told(prepared.plan),
        launch=_launch(registry) if registry else None,
        store=store,
    )
    if previous and previous.manifest == manifest and not file_edits(previous):
        return previous
    extra = {
        generation.SETTINGS: json.dumps(settings_document(prepared)),
        SECRETS: json.dumps(sorted(prepared.secret_values)),
        generation.MASKED: json.dumps(
            {file.path: file.content for file in masked_twin(prepared, layout).files}
        ),
    }
    return generation.stage(layout, prepared.rendered, manifest, extra, trial)


def _launch(registry: RegistryPlan) -> Launch:
    return Launch(registry.account.user, registry.account.group, registry.directory)
