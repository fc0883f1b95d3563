"""How long GitLab's backups are kept, as far as the settings file tells it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ctl.errors import CtlError
from ctl.operations.compile.source import read_source
from ctl.paths import Layout

SETTING = "gitlab_rails['backup_keep_time']"


def keep_time(layout: Layout, settings_file: Path, environment: Mapping[str, str]) -> tuple[float, str]:
    """Return how many seconds backups are kept, 0 for ever, and a note where this cannot be told.

    A backup is wanted most when the settings file is broken, so that is no error.

    Args:
        layout: the root.
        settings_file: the settings file.
        environment: the variables behind ``ENV``.
    """
    try:
        source = read_source(layout, settings_file, environment)
    except CtlError as error:
        return 0, f"no old backup is deleted: {SETTING} is not known: {error.message}"
    rails = source.evaluated.values.get("gitlab_rails")
    value = rails.get("backup_keep_time") if isinstance(rails, dict) else None
    # GitLab's own reading: a number in quotes counts as well.
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if value is None:
        return 0, ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        return 0, f"no old backup is deleted: {SETTING} is no number of seconds"
    return value, ""
