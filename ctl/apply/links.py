"""The well-known paths: symlinks into the current generation, checked at every run.

What somebody put in a link's place is moved aside under a name beside it and reported, never lost.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, field

from ctl.apply.safety import how_to_own, unsafe_ancestor
from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.state.files import fsync_directory
from ctl.targets.model import Link


class LinkReport(Struct):
    """What was done about the links.

    Args:
        made: links that were missing or pointed elsewhere.
        saved: foreign files and where each is now.
        skipped: links that cannot safely be made, and the directory that another account can write.
    """

    made: list[Path] = field(default_factory=list)
    saved: list[tuple[Path, Path]] = field(default_factory=list)
    skipped: list[tuple[Path, Path]] = field(default_factory=list)


def destination(layout: Layout, link: Link) -> str:
    """Return what the symlink holds."""
    return link.target if link.target.startswith("/") else f"{layout.current}/{link.target}"


def is_right(layout: Layout, link: Link) -> bool:
    """Whether a link is in place; one that may be left out counts as such where it cannot be made."""
    try:
        return str(Path(link.path).readlink()) == destination(layout, link)
    except OSError:
        return link.optional and unsafe_ancestor(Path(link.path), layout) is not None


def make_links(layout: Layout, links: Sequence[Link]) -> LinkReport:
    """Make every link that is missing or wrong.

    Raises:
        CtlError: a link cannot be made.
    """
    report = LinkReport()
    for link in links:
        path = Path(link.path)
        unsafe = unsafe_ancestor(path, layout)
        if unsafe and link.optional:
            report.skipped.append((path, unsafe))
        elif unsafe:
            raise CtlError(
                f"{path} cannot be made: another account can write {unsafe}",
                help=how_to_own(unsafe),
            )
        elif not is_right(layout, link):
            _make(path, destination(layout, link), report)
    return report


def _make(path: Path, target: str, report: LinkReport) -> None:
    fresh = _fresh(path)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        if os.path.lexists(path):
            report.saved.append((path, _save_aside(path)))
        fresh.rename(path)
        fsync_directory(path.parent)
    except OSError as error:
        raise CtlError(f"the link {path} cannot be made: {reason(error)}") from error
    report.made.append(path)


def _fresh(path: Path) -> Path:
    """The name under which a link is made before it gets its own; a killed run may leave it."""
    return path.with_name(f".{path.name}.ctl-new")


def _save_aside(path: Path) -> Path:
    """Rename a foreign file; the new name is one that no service reads."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.saved-{number}")):
        number += 1
    path.rename(aside)
    return aside


def remove_links(layout: Layout, links: Sequence[Link], *, keep: Sequence[Link]) -> None:
    """Remove links that a generation no longer has, those of them that are still ours."""
    kept = {link.path for link in keep}
    for link in links:
        path = Path(link.path)
        if link.path in kept or unsafe_ancestor(path, layout):
            continue
        try:
            _fresh(path).unlink(missing_ok=True)
            if str(path.readlink()) == destination(layout, link):
                path.unlink()
                fsync_directory(path.parent)
        except OSError:
            # Not ours any more, or gone already: both are fine.
            continue
