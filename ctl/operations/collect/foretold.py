"""What a scheduled collection takes that those of earlier versions did not: it is said before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctl.operations.collect.target import Target
from ctl.storage.events import Marked, Oddity

if TYPE_CHECKING:
    from ctl.operations.collect.report import Report

OUTSIDE = "outside"
_SIGNED = "signed"


def taken(target: Target, report: Report, marked: Marked) -> set[str]:
    """Return what a marking takes of this kind, in words that are the same for every run on a store."""
    links = {
        oddity.path
        for oddity in report.oddities
        if isinstance(oddity, Oddity) and oddity.code == "outside-link"
    }
    words = {f"{OUTSIDE} {target.root}/{path}" for path in links}
    return words | ({f"{_SIGNED} {target.root}"} if marked.going_fallback_tags else set())


def notes(words: set[str]) -> list[str]:
    """Say it to whoever reads the log."""
    said = []
    if any(word.startswith(_SIGNED) for word in words):
        said.append(
            "some images without a tag are kept by nothing but their signatures: from the next scheduled run"
            " on they go, and these with them; --keep-signed keeps them"
        )
    if any(word.startswith(OUTSIDE) for word in words):
        said.append(
            "links lead out of the store: nothing was deleted, and from the next scheduled run on goes what"
            " only images behind them need; if images lie there, ctl['storage_directories'] has to say so"
        )
    return said
