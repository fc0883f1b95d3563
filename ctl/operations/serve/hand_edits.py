"""What was changed by hand in the files that ctl writes: who has to read anew, and where the text is kept."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from ctl.apply import generation, touched
from ctl.apply.generation import Staged
from ctl.apply.touched import Edit, How
from ctl.errors import CtlError, reason
from ctl.operations.serve.log_services import forget_edited
from ctl.paths import STANDBY, Layout
from ctl.state import owed
from ctl.state.files import MAXIMUM_BYTES, Damaged, write_atomically
from ctl.state.fingerprint import Due, larger


class Kept(Struct, frozen=True):
    """An edit that a run is about to put right.

    Args:
        edit: what was found.
        place: the path by which an administrator knows it.
        aside: where its text is kept; None where there is none.
    """

    edit: Edit
    place: str
    aside: Path | None

    def sentence(self) -> str:
        """Say what was found and what becomes of it."""
        said = f"{self.place} {self.edit.how}"
        return f"{said}; its text is kept as {self.aside}" if self.aside else f"{said}, and is put right"


def owing(layout: Layout, staged: Staged, edits: Iterable[Edit]) -> dict[str, Due]:
    """Return what services need whatever they noted: what is on record, and what edits by hand come to."""
    known = owed.read(layout)
    for name, due in touched.affected(staged, edits).items():
        known[name] = larger(known.get(name, Due.NOTHING), due)
    return known


def take_note(layout: Layout, staged: Staged) -> list[Kept]:
    """Write down who has to read anew and keep the edited text, before anything is put right.

    Args:
        layout: whose files.
        staged: the generation in force.

    Raises:
        CtlError: an edited text cannot be kept.
    """
    edits = touched.edits(layout, staged)
    for name, due in owing(layout, staged, edits).items():
        # The standby reads everything when it is started, and does not run at rest.
        if name != STANDBY:
            owed.note(layout, name, due)
    forget_edited(layout, edits)
    return [_kept(layout, staged, edit) for edit in edits]


def take_note_of_damaged(layout: Layout, number: int, staged: Staged) -> None:
    """Write down who has to read anew, where not all of the generation in force can be read any more.

    Args:
        layout: whose files.
        number: of that generation.
        staged: the generation that takes its place.

    Raises:
        CtlError: an edited text cannot be kept.
    """
    with contextlib.suppress(Damaged):
        take_note(layout, generation.load(layout, number))
        return
    # Without its manifest the stamps alone tell what was touched, and without them nobody can.
    untouched = touched.is_untouched(layout.generations / str(number))
    for name in staged.manifest.services:
        if name != STANDBY and not untouched:
            owed.note(layout, name, Due.RESTART)


def _kept(layout: Layout, staged: Staged, edit: Edit) -> Kept:
    place = touched.well_known(layout, staged, edit.path)
    text = None
    # What stands in a link's place is moved aside when the link is made.
    if edit.how in (How.CHANGED, How.ADDED) and not edit.path.startswith("/"):
        text = content_of(staged.path / edit.path)
    if text is None:
        return Kept(edit, place, None)
    wanted = layout.edits / str(staged.number) / edit.path
    try:
        return Kept(edit, place, _write_aside(wanted, text))
    except OSError as error:
        raise CtlError(
            f"{place} {edit.how}, and its text cannot be kept as {wanted}: {reason(error)}",
            help="make room there, or copy the text yourself and undo the edit",
        ) from error


def _write_aside(wanted: Path, text: bytes) -> Path:
    path, number = wanted, 1
    while os.path.lexists(path) and content_of(path) != text:
        number += 1
        path = wanted.with_name(f"{wanted.name}.{number}")
    if not path.exists():
        write_atomically(path, text, 0o600)
    return path


def content_of(path: Path) -> bytes | None:
    """Return what a regular file holds; None for anything else, and for one that is too large for a text."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def as_edited(
    layout: Layout, shown: Mapping[str, str], staged: Staged, edits: Iterable[Edit]
) -> dict[str, str]:
    """Return the masked files of a generation as they are now, with every secret masked.

    Args:
        layout: whose files.
        shown: the masked files as ctl wrote them.
        staged: the generation.
        edits: what was done to its files.
    """
    from ctl.operations.serve.edited_text import Masking

    masking = Masking(layout)
    now = dict(shown)
    for edit in edits:
        if edit.path.startswith("/") or edit.path.endswith("/"):
            continue
        if edit.how is How.REMOVED:
            now.pop(edit.path, None)
        elif edit.how in (How.CHANGED, How.ADDED):
            text = content_of(staged.path / edit.path)
            now[edit.path] = masking.masked(edit.path, shown.get(edit.path), text)
    return now
