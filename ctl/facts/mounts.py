"""The file system that a directory lies on, and mounts that ought to be there and are not."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from ctl.mounts import MOUNTS, lines, plain
from ctl.regex import compile_late

TABLE = Path("/etc/fstab")
# File systems that several machines can write at once; everything behind FUSE may be one.
_SHARED = compile_late(
    r"nfs[0-9]*|cifs|smb[0-9]*|ceph|glusterfs|lustre|9p|afs|gfs2|ocfs2|beegfs|gpfs|virtiofs|fuse(?:\..*)?"
)


class Mount(Struct, frozen=True):
    """A mounted file system.

    Args:
        point: where it is mounted.
        kind: its type, such as ``ext4``.
        source: what is mounted.
    """

    point: str
    kind: str
    source: str

    @property
    def is_shared(self) -> bool:
        """Whether other machines may write there as well."""
        return _SHARED.fullmatch(self.kind) is not None


def mount_of(directory: Path, mounts: Path = MOUNTS) -> Mount | None:
    """Return the mount that a directory lies on; None when it cannot be told.

    Source: proc(5), mountinfo: … mount point (5th), options, optional fields, ``-``, type, source.
    """
    real = os.path.realpath(directory)
    deepest: Mount | None = None
    for line in lines(mounts):
        fields = line.split()
        if "-" not in fields:
            continue
        dash = fields.index("-")
        mount = Mount(plain(fields[4]), fields[dash + 1], plain(fields[dash + 2]))
        # Of several mounts at one place the last is on top.
        if _holds(mount.point, real) and (deepest is None or len(mount.point) >= len(deepest.point)):
            deepest = mount
    return deepest


def missing_mount(directory: Path, table: Path = TABLE, mounts: Path = MOUNTS) -> str | None:
    """Return the mount point above a directory that fstab names and that is not mounted; None when all are.

    Source: fstab(5).
    """
    real = os.path.realpath(directory)
    mounted = {plain(line.split()[4]) for line in lines(mounts) if len(line.split()) > 4}
    for line in lines(table):
        fields = line.split()
        if len(fields) < 3 or line.lstrip().startswith("#"):
            continue
        point = os.path.normpath(plain(fields[1]))
        if point.startswith("/") and point != "/" and _holds(point, real) and point not in mounted:
            return point
    return None


def _holds(point: str, directory: str) -> bool:
    return point == "/" or directory == point or directory.startswith(f"{point}/")
