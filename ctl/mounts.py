"""The kernel's table of mounts, for whoever has to know of them."""

from __future__ import annotations

from pathlib import Path

from ctl.regex import compile_late

MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = compile_late(r"\\([0-7]{3})")


def mounts_below(directory: str, table: Path = MOUNTS) -> frozenset[str]:
    """Give the mount points below a directory, relative to it.

    Args:
        directory: its path, without links.
        table: as the kernel writes it.

    Source: proc(5), mountinfo: the mount point is the fifth field.
    """
    above = directory.rstrip("/") + "/"
    points = (plain(fields[4]) for line in lines(table) if len(fields := line.split()) > 4)
    return frozenset(point[len(above) :] for point in points if point != "/" and point.startswith(above))


def lines(path: Path) -> list[str]:
    """Give the lines of a table; none where it cannot be read."""
    try:
        return path.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []


def plain(text: str) -> str:
    """Undo the escapes of blanks and backslashes."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
