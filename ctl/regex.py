"""Regular expressions that are compiled by whoever first needs them: a command uses few of all there are."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Late:
    """Stands for a pattern; whatever is asked of it is asked of the compiled one, and kept."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self._pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self._pattern, self._flags), name)
        setattr(self, name, value)
        return value


def compile_late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a regular expression that is compiled at its first use, for constants of a module.

    It has the methods and attributes of a compiled one, but the functions of `re` do not take it.
    """
    return cast(re.Pattern[AnyStr], _Late(pattern, flags))
