"""``ctl render``: the tree that a reconfigure would make, in a directory of one's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ctl.apply import generation, recovery
from ctl.apply.directories import make_directories
from ctl.apply.links import make_links
from ctl.apply.lock import locked
from ctl.credentials import secrets as secrets_file
from ctl.errors import CtlError, reason
from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import Prepared, now, prepare
from ctl.operations.compile.source import read_source
from ctl.operations.compile.staging import staged_from
from ctl.paths import Layout
from ctl.process import Runner


def render_tree(
    settings_file: Path, target: Path, runner: Runner, environment: Mapping[str, str]
) -> Prepared:
    """Write everything below a directory, the secrets file included, and touch nothing else.

    Neither root nor the programs are needed: where they would be asked for their version, Debian 12's is
    assumed.

    Raises:
        SettingsInvalid: the settings hold errors.
        CtlError: the directory cannot be written.
    """
    layout = Layout(target)
    source = read_source(layout, settings_file, environment, guarded=False)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CtlError(f"{target} cannot be made: {reason(error)}") from error
    with locked(layout, "render"):
        recovery.clear(layout)
        prepared = prepare(source, Machine(layout, runner, now(), programs=False), make_secrets=True)
        if prepared.secrets_changed:
            layout.secrets_file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            secrets_file.write(layout.secrets_file, prepared.secrets)
        _write(layout, prepared)
    return prepared


def _write(layout: Layout, prepared: Prepared) -> None:
    previous = generation.intact_current(layout)
    store = previous.manifest.store if previous else None
    staged = staged_from(layout, prepared, lambda reader: os.getegid(), previous, store=store)
    # What others make is there before a service starts; a tree can be rendered without it.
    make_directories(layout, [directory for directory in prepared.rendered.directories if directory.managed])
    make_links(layout, staged.manifest.links)
    generation.switch(layout, staged.number)
