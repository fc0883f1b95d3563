"""``'true'`` where true is meant: accepted, as Ruby takes every string for true, and remarked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name


def check_quoted(settings: BaseModel, values: Mapping[str, Any], places: Finder) -> Iterator[Diagnostic]:
    """Yield a warning for every string that became true.

    Args:
        settings: validated.
        values: what was given.
        places: where.
    """
    for path in _quoted(settings, values, ()):
        message = f"{setting_name(places.written(path))} is the string 'true', which counts as true"
        help = "write true without quotes; 'false' would count as true as well"
        yield Diagnostic(Severity.WARNING, "quoted-flag", message, places.value(path), help)


def _quoted(made: Any, given: Any, path: SettingPath) -> Iterator[SettingPath]:
    if made is True and given == "true":
        yield path
    elif isinstance(given, Mapping):
        for name, part in given.items():
            inner = made.get(name) if isinstance(made, Mapping) else getattr(made, str(name), None)
            yield from _quoted(inner, part, (*path, name))
    elif isinstance(given, list) and isinstance(made, list):
        for index, (inner, part) in enumerate(zip(made, given, strict=False)):
            yield from _quoted(inner, part, (*path, index))
