"""The setting that was probably meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from ctl.diagnostics.suggest import closest
from ctl.syntax.model import SettingPath


def meant(
    path: SettingPath, names: Iterable[str], elsewhere: Iterable[SettingPath] = ()
) -> SettingPath | None:
    """Return the setting that was probably meant, or None.

    Args:
        path: of the unknown setting.
        names: the settings of its own section.
        elsewhere: settings of other sections; one of the same name there is what was meant.
    """
    name = str(path[-1])
    same = [other for other in elsewhere if other[-1] == name]
    nearest = closest(name, sorted(names))
    # Inside a hash a slip of the pen is likelier than a mix-up of sections.
    if same and not (nearest and len(path) > 2):
        return same[0]
    return (*path[:-1], nearest) if nearest else None
