"""What somebody has done to a generation's files and links since ctl wrote them.

A service reads its files when it is started or told to reload, by whomever: ctl, a signal by hand, another
program. Nothing records that, but the files do: as long as a file has the stamp that it was given when it was
written, every reading of it saw what ctl wrote. Once the stamp is another, be the content right again,
a service may have read something else, and has to read anew. At worst that is once too often.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from ctl.apply.generation import STAMPS, Staged, damaged, stamp_of
from ctl.apply.links import is_right
from ctl.paths import Layout
from ctl.state.files import read_optional, write_atomically
from ctl.state.fingerprint import Due, larger
from ctl.targets.model import Link


class How(StrEnum):
    """What was done by hand."""

    CHANGED = "was changed by hand"
    REMOVED = "was removed by hand"
    ADDED = "was put there by hand"
    TOUCHED = "was touched by hand"


class Edit(Struct, frozen=True):
    """Something that is not as ctl left it.

    Args:
        path: of a file or, with a slash at its end, a directory, relative to the generation; absolute for
            a well-known path.
        how: what was done to it.
        reads: what a service that reads it has among its paths: a path of the generation, a directory with
            a slash at its end, or an absolute path.
    """

    path: str
    how: How
    reads: str


def edits(layout: Layout, staged: Staged) -> list[Edit]:
    """Return what was done by hand to a generation and to the links that lead into it."""
    return [*file_edits(staged), *_link_edits(layout, staged)]


def file_edits(staged: Staged) -> list[Edit]:
    """Return what was done by hand to the files of a generation."""
    known = _object(staged.path / STAMPS)
    changed = {path: How.CHANGED for path in damaged(staged)}
    edited: dict[str, How] = {}
    for path in {**staged.manifest.files, **known}:
        stamp = stamp_of(staged.path / path)
        if stamp is None:
            edited[path] = How.REMOVED
        elif path in changed:
            edited[path] = changed[path]
        elif path in known and known[path] != stamp:
            edited[path] = How.TOUCHED
    for path in _there(staged.path):
        if path not in known and path not in staged.manifest.files and known:
            edited[path] = How.ADDED
    if staged.manifest.reads and not known:
        edited[STAMPS] = How.CHANGED
    return [Edit(path, how, path) for path, how in sorted(edited.items()) if not _explained(path, edited)]


def is_untouched(root: Path) -> bool:
    """Tell by the stamps alone whether everything that services read of a generation is as it was written.

    Args:
        root: the generation's directory; what lies directly in it is read by root alone.
    """
    known = {path: stamp for path, stamp in _object(root / STAMPS).items() if "/" in path}
    there = {path for path in _there(root) if "/" in path}
    return bool(known) and there <= {*known} and all(stamp_of(root / path) == known[path] for path in known)


def _explained(path: str, edited: Mapping[str, How]) -> bool:
    """Whether a directory has another stamp only because of what is told of its entries anyway."""
    return path.endswith("/") and any(
        other != path and other.startswith(path) and how in (How.REMOVED, How.ADDED)
        for other, how in edited.items()
    )


def _there(root: Path) -> Iterator[str]:
    for directory, _, names in os.walk(root):
        relative = Path(directory).relative_to(root)
        if relative.parts:
            yield from (str(relative / name) for name in names)


def _link_edits(layout: Layout, staged: Staged) -> Iterator[Edit]:
    known = _object(_record(layout))
    for link in staged.manifest.links:
        path = Path(link.path)
        reads = _target(staged, link)
        if not is_right(layout, link):
            yield Edit(link.path, How.CHANGED if os.path.lexists(path) else How.REMOVED, reads)
        elif link.path in known and known[link.path] != stamp_of(path):
            yield Edit(link.path, How.TOUCHED, reads)


def _target(staged: Staged, link: Link) -> str:
    directory = link.target.startswith("/") or (staged.path / link.target).is_dir()
    return f"{link.target}/" if directory else link.target


def affected(staged: Staged, edits: Iterable[Edit]) -> dict[str, Due]:
    """Return what the services need that read what was edited, by name."""
    edits = list(edits)
    if edits and not staged.manifest.reads:
        # Of a version that did not write down who reads what.
        return dict.fromkeys(staged.manifest.services, Due.RESTART)
    needs: dict[str, Due] = {}
    for edit in edits:
        for name, reads in staged.manifest.reads.items():
            for due, prefixes in ((Due.RELOAD, reads.reload), (Due.RESTART, reads.restart)):
                if any(_meets(edit.reads, prefix) for prefix in prefixes):
                    needs[name] = larger(needs.get(name, Due.NOTHING), due)
    return needs


def _meets(path: str, prefix: str) -> bool:
    return path.startswith(prefix) or (path.endswith("/") and prefix.startswith(path))


def well_known(layout: Layout, staged: Staged, path: str) -> str:
    """Return the path by which an administrator knows a file of a generation."""
    for link in staged.manifest.links:
        if path.startswith(f"{link.target}/") or path == link.target:
            return link.path + path[len(link.target) :]
    return path if path.startswith("/") else f"{layout.current}/{path}"


def remember_links(layout: Layout, links: Iterable[Link]) -> None:
    """Write down the stamps of links that are in place."""
    stamps = {link.path: stamp for link in links if (stamp := stamp_of(Path(link.path))) is not None}
    if stamps != _object(_record(layout)):
        write_atomically(_record(layout), json.dumps(stamps, indent=1).encode(), 0o600)


def _record(layout: Layout) -> Path:
    return layout.state / "links.json"


def _object(path: Path) -> dict[str, str]:
    """Return what a file of stamps holds; nothing where it is missing or damaged."""
    try:
        document = json.loads(read_optional(path) or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
