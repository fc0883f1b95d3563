"""Settings that are accepted so that an existing gitlab.rb needs no change, and that do nothing here (T6)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name


def check_idle(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield a note for every given setting whose declaration says that it is idle, and why.

    Args:
        settings: validated.
        places: where they were given.
    """
    for path, reason in _idle(settings, ()):
        yield Diagnostic(
            Severity.NOTE,
            "without-effect",
            f"{setting_name(places.written(path))} is accepted, without effect: {reason}",
            places.key(path),
        )


def _idle(section: BaseModel, prefix: SettingPath) -> Iterator[tuple[SettingPath, str]]:
    fields = type(section).model_fields
    for name in fields:
        if name not in section.model_fields_set:
            continue
        value, extra = getattr(section, name), fields[name].json_schema_extra
        reason = extra.get("idle") if isinstance(extra, dict) else None
        if reason:
            # Nobody is surprised when a default has no effect.
            if value != fields[name].default:
                yield (*prefix, name), str(reason)
        elif isinstance(value, BaseModel):
            yield from _idle(value, (*prefix, name))
