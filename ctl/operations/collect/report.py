"""What a collection came to, for whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field, to_builtins

from ctl.storage.events import Going, Marked, Oddity, OddityCount

if TYPE_CHECKING:
    # Windows know services and settings, which a dry run does without.
    from ctl.operations.collect.windows import Deleted


class Report(Struct):
    """What a collection came to.

    Args:
        root: the directory of images.
        supervised: whether it is the store of the registry that ctl runs here.
        marked: the totals; None where there is no store yet.
        repositories: from which something goes, is kept or spared.
        oddities: what was found that does not belong into a store.
        swept: what was moved; None when nothing was.
        windows: how often pushes were refused.
        refused_seconds: how long, in all; None when they were not.
        longest_refused_seconds: how long at a time; None as well.
        freed: bytes that were unlinked.
        notes: what the administrator should know of.
    """

    root: str
    supervised: bool
    marked: Marked | None = None
    repositories: list[Going] = field(default_factory=list)
    oddities: list[Oddity | OddityCount] = field(default_factory=list)
    swept: Deleted | None = None
    windows: int = 0
    refused_seconds: float | None = None
    longest_refused_seconds: float | None = None
    freed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[Oddity]:
        """Those oddities that are named; the others are only counted."""
        return [oddity for oddity in self.oddities if isinstance(oddity, Oddity)]

    def document(self) -> dict[str, Any]:
        """Give it as it is printed for programs."""
        return {**to_builtins(self), "marked": to_builtins(self.marked) if self.marked else {}}


__all__ = ["Marked", "Report"]
