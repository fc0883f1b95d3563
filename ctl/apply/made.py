"""What ``ctl`` made outside its own directory, on record for the day on which the package is purged.

One thing a line, ``KIND NAME``: ``user``, ``group``, ``link``, ``directory``, and ``data`` for a directory in
which a service keeps what must never be lost. Whoever made that, it is also ``images ACCOUNT NAME``:
while its disk is not there, nobody can say whether the account may go. The shell of the package's ``postrm``
reads this, because ``ctl`` is gone by then.

A record that is cut within a line is damaged, for the rest of that line names something else: what was
``/var/log/gitlab`` may read ``/var/log``. One that is cut at the end of a line has less to tell, and nothing
comes of it but that more is left behind: in the order of the alphabet ``data`` comes before ``directory``,
and ``images`` before the ``user`` to whom they belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.state.files import Damaged, read_text, write_atomically
from ctl.targets.model import Directory, Link

_KINDS = frozenset({"user", "group", "link", "directory", "data", "images"})


def record(layout: Layout, lines: Iterable[str]) -> None:
    """Add what is about to be made, or was; what is on record already is not written again.

    Raises:
        Damaged: there is one that is not what it was when it was written.
        CtlError: the record cannot be written.
    """
    path = layout.state / "made"
    try:
        check(path)
        have = set(_whole_lines(read_text(path) or ""))
        # A name with a line break has no place in it; its owner removes it by hand.
        all_of_it = have | set(filter(_is_line, lines))
        if all_of_it != have:
            text = "".join(f"{line}\n" for line in sorted(all_of_it))
            write_atomically(path, text.encode("utf-8", "surrogateescape"), 0o600)
    except OSError as error:
        raise CtlError(f"{path} cannot be written: {reason(error)}") from error


def check(path: Path) -> None:
    """Make sure that a file is such a record.

    Raises:
        Damaged: it is not.
    """
    text = read_text(path)
    if not text:
        return
    if any(not _is_line(line) for line in text.split("\n") if line):
        raise Damaged(path, "a line of it is no record of what was made")
    if not text.endswith("\n"):
        # Half of a path is another path, and a purge would go by it.
        raise Damaged(path, "its last line is cut off")


def salvage(layout: Layout, path: Path) -> None:
    """Take over what can be read of a record that was put aside."""
    try:
        lines = _whole_lines(read_text(path) or "")
    except (Damaged, OSError):
        return
    record(layout, filter(_is_line, lines))


def _whole_lines(text: str) -> list[str]:
    return text.split("\n")[:-1]


def _is_line(line: str) -> bool:
    kind, _, name = line.partition(" ")
    if kind == "images":
        name = name.partition(" ")[2]
    absolute = kind in ("link", "directory", "data", "images")
    return kind in _KINDS and bool(name) and name.isprintable() and (not absolute or name.startswith("/"))


def record_places(layout: Layout, directories: Sequence[Directory], links: Sequence[Link]) -> None:
    """Put on record where images lie, which directories are missing, and all links, each with its parents.

    Raises:
        CtlError: the record cannot be written.
    """
    missing = [line for directory in directories for line in _missing(Path(directory.path), directory.data)]
    missing += [
        f"images {directory.owner} {directory.path}"
        for directory in directories
        if directory.data and directory.owner
    ]
    for link in links:
        missing += [*_missing(Path(link.path).parent, False), f"link {link.path}"]
    record(layout, missing)


def _missing(path: Path, data: bool) -> Iterator[str]:
    while not path.exists() and not path.is_symlink():
        yield f"{'data' if data else 'directory'} {path}"
        path, data = path.parent, False
