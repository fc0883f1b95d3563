"""Values that were copied from a document and never filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.regex import compile_late
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name

_BRACKETED = compile_late(r"<[A-Za-z][\w .-]*>|[a-z]+://[^\s<]*<[A-Za-z][\w.-]*>\S*", re.ASCII)
# These have the form of values, so nobody else would notice.
_EXAMPLE = compile_late(
    r"your[-_][a-z0-9_-]+|s3-access-key|s3-secret-key-for-access-key|BUCKET_NAME"
    r"|AUTHORIZATION_EXAMPLE_TOKEN|(?:/custom)?/path/to/.*",
    re.ASCII,
)


def is_example(text: str) -> bool:
    """Whether a value is an example of a document, which is told as such and not judged further."""
    return _EXAMPLE.fullmatch(text) is not None


def placeholders(values: Mapping[str, Any], places: Finder) -> Iterator[Diagnostic]:
    """Yield an error for every ``<placeholder>`` and a warning for every value of GitLab's documents.

    Args:
        values: the settings that concern the registry.
        places: where they stand.
    """
    for path, text in _strings((), values):
        if _BRACKETED.fullmatch(text):
            yield Diagnostic(
                Severity.ERROR,
                "placeholder",
                f"{setting_name(places.written(path))}: this is a placeholder, not a value",
                places.value(path),
                "put the value in its place",
            )
        elif is_example(text):
            yield Diagnostic(
                Severity.WARNING,
                "example-value",
                f"{setting_name(places.written(path))} still has the value of an example",
                places.value(path),
                "put your own in its place",
            )


def _strings(path: SettingPath, value: Any) -> Iterator[tuple[SettingPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _strings((*path, name), part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _strings((*path, index), part)
