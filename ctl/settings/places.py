"""Where settings stand, also those that were written under an older name."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct, field

from ctl.diagnostics.model import Span
from ctl.syntax.model import SettingPath, SpanMap


class Finder(Protocol):
    """Finds the place of a setting."""

    def key(self, path: SettingPath) -> Span | None:
        """The place of a setting's name."""
        ...

    def value(self, path: SettingPath) -> Span | None:
        """The place of a setting's value."""
        ...

    def written(self, path: SettingPath) -> SettingPath:
        """The path as the file has it."""
        ...


class Places(Struct):
    """Finds the place of a setting, also of one that was written under an older name."""

    spans: SpanMap
    renamed: dict[SettingPath, SettingPath] = field(default_factory=dict)

    def written(self, path: SettingPath) -> SettingPath:
        """Return a path as the file has it."""
        for length in range(len(path), 0, -1):
            old = self.renamed.get(path[:length])
            if old is not None:
                return (*old, *path[length:])
        return path

    def key(self, path: SettingPath) -> Span | None:
        """The place of a setting's name, or of what it lies in."""
        return self.spans.key(self.written(path))

    def value(self, path: SettingPath) -> Span | None:
        """The place of a setting's value, or of what it lies in."""
        return self.spans.value(self.written(path))
