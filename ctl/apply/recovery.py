"""What a killed or a failed run left behind: found, and cleared before the next one begins."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from ctl.apply import generation
from ctl.apply.generation import PARTIAL, Staged
from ctl.apply.links import remove_links
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state.files import make_way
from ctl.targets.model import Link


def unfinished(layout: Layout) -> list[Path]:
    """Return what was left behind: half of a generation, and generations that did not stay in force.

    Numbers rise with every run that succeeds, so a number above the current one belongs to a run that was
    killed before its switch, or that went back.
    """
    try:
        current = generation.current_number(layout)
    except CtlError:
        # Which of them did not stay in force cannot be told.
        current = None
    try:
        entries = list(layout.generations.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(
        entry
        for entry in entries
        if entry.name.endswith(PARTIAL)
        or (current is not None and generation.is_number(entry.name) and int(entry.name) > current)
    )


def clear(layout: Layout) -> None:
    """Remove what was left behind, with the links that led to it."""
    current = _current(layout)
    for entry in unfinished(layout):
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink(missing_ok=True)
        elif generation.is_number(entry.name):
            staged = _loaded(layout, int(entry.name))
            if staged and current:
                remove_links(layout, staged.manifest.links, keep=current.manifest.links)
            generation.discard(layout, int(entry.name))
        else:
            shutil.rmtree(entry)
    clear_names(layout)


def clear_names(layout: Layout) -> None:
    """Remove files and links that were never given their own names; nobody waits for that."""
    leftovers = [layout.secrets_file.parent / f".{layout.secrets_file.name}.new"]
    for place in (
        layout.home,
        layout.services,
        layout.sockets,
        layout.state,
        layout.state / "owed",
        layout.state / "running",
        layout.state / "stopped",
    ):
        leftovers += place.glob("*.new")
    for entry in leftovers:
        with contextlib.suppress(OSError):
            make_way(entry)


def all_links(layout: Layout) -> list[Link]:
    """Return the links of every generation on disk: whichever of them a killed run left are among these."""
    loaded = [_loaded(layout, number) for number in generation.numbers(layout)]
    return list(dict.fromkeys(link for staged in loaded if staged for link in staged.manifest.links))


def earlier(layout: Layout, number: int) -> bool:
    """Whether there is a generation before a number, be it a damaged one."""
    return any(existing < number for existing in generation.numbers(layout))


def _current(layout: Layout) -> Staged | None:
    try:
        return generation.load_current(layout)
    except CtlError:
        return None


def _loaded(layout: Layout, number: int) -> Staged | None:
    try:
        return generation.load(layout, number)
    except CtlError:
        return None
