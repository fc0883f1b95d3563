"""Which file system a directory lies on, and which mount is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.facts.mounts import Mount, missing_mount, mount_of

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /srv/images rw - nfs4 nas:/images rw,vers=4.2
31 30 0:41 / /srv/images/a\\040b rw shared:2 master:1 - fuse.glusterfs gv0 rw
32 22 0:42 / /srv/images-old rw - xfs /dev/vdb rw
33 22 0:43 / /srv/twice rw - ext4 /dev/vdc rw
34 22 0:44 / /srv/twice rw - cifs //nas/x rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("directory", "point", "kind", "shared"),
    [
        ("/srv", "/", "ext4", False),
        ("/srv/images", "/srv/images", "nfs4", True),
        ("/srv/images/docker", "/srv/images", "nfs4", True),
        ("/srv/images-old/x", "/srv/images-old", "xfs", False),
        ("/srv/images/a b/c", "/srv/images/a b", "fuse.glusterfs", True),
        ("/srv/twice", "/srv/twice", "cifs", True),
    ],
)
def test_mount_of_directory_is_the_nearest(
    mounts: Path, directory: str, point: str, kind: str, shared: bool
) -> None:
    mount = mount_of(Path(directory), mounts)
    assert mount is not None
    assert (mount.point, mount.kind, mount.is_shared) == (point, kind, shared)


def test_mount_of_this_machine_is_found() -> None:
    mount = mount_of(Path("/proc/self"))
    assert mount == Mount("/proc", "proc", "proc")


def test_mount_that_fstab_names_and_that_is_not_there_is_found(mounts: Path, tmp_path: Path) -> None:
    table = tmp_path / "fstab"
    table.write_text(
        "# /srv/commented nfs\n/dev/vda / ext4 defaults 0 1\nnas:/images /srv/images nfs4 rw 0 0\n"
        "nas:/more /srv/more/ nfs rw 0 0\nnone none swap sw 0 0\nbroken\nx /srv/a\\040b ext4 rw\n"
    )
    assert missing_mount(Path("/srv/images/docker"), table, mounts) is None
    assert missing_mount(Path("/srv/more/docker"), table, mounts) == "/srv/more"
    assert missing_mount(Path("/srv/moreover"), table, mounts) is None
    assert missing_mount(Path("/srv/a b"), table, mounts) == "/srv/a b"
    assert missing_mount(Path("/srv/commented"), table, mounts) is None
    assert missing_mount(Path("/srv/more"), tmp_path / "none", mounts) is None
