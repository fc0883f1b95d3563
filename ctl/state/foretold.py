"""What a scheduled collection has said that the next one will do: it is said once before it is done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ctl.paths import Layout
from ctl.state.files import read_optional, write_atomically


def read(layout: Layout) -> set[str]:
    """Return what has been said; nothing where that cannot be told, and it is said again."""
    try:
        document = json.loads(read_optional(path_of(layout)) or b"[]")
    except (ValueError, RecursionError):
        return set()
    return {text for text in document if isinstance(text, str)} if isinstance(document, list) else set()


def add(layout: Layout, words: Iterable[str]) -> None:
    """Note that something has been said."""
    write_atomically(path_of(layout), json.dumps(sorted({*read(layout), *words})).encode(), 0o600)


def path_of(layout: Layout) -> Path:
    """The file of what has been said."""
    return layout.state / "collection-foretold.json"
