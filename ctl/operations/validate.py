"""``ctl validate``: every mistake, and nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ctl.diagnostics.model import Diagnostic
from ctl.facts.gather import Machine
from ctl.operations.prepare import now, prepare
from ctl.operations.source import read_source
from ctl.paths import Layout
from ctl.process import Runner


def validate(
    layout: Layout, settings_file: Path, runner: Runner, environment: Mapping[str, str]
) -> tuple[tuple[Diagnostic, ...], str]:
    """Validate a settings file against itself and this machine; return remarks and the file's text.

    Raises:
        SettingsInvalid: there are errors; all of them are reported.
        CtlError: the file or a program cannot be used.
    """
    source = read_source(layout, settings_file, environment)
    prepared = prepare(source, Machine(layout, runner, now()), make_secrets=False)
    return prepared.diagnostics, source.text
