"""A collection on full disks: of the store, and of what ctl itself keeps."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.images import Registry
from tests.system.installation import Installation, wait_for
from tests.system.test_collect import ALL, collect, storage
from tests.system.test_readonly import at_rest, takes_pushes

pytestmark = pytest.mark.both_registries(soak=True)


@contextlib.contextmanager
def small(place: Path, inodes: int) -> Iterator[None]:
    """Mount a small file system."""
    place.mkdir(parents=True)
    options = f"size=2m,nr_inodes={inodes},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextlib.contextmanager
def without_bytes(place: Path, free: int) -> Iterator[None]:
    """Fill a file system up to some pages."""
    state = os.statvfs(place)
    filler = place / "filler"
    filler.write_bytes(b"\0" * ((state.f_bavail - free) * state.f_frsize))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def without_inodes(place: Path, free: int) -> Iterator[None]:
    """Fill a file system with empty files up to some."""
    fillers = [place / f"filler{number}" for number in range(os.statvfs(place).f_favail - free)]
    for filler in fillers:
        filler.touch()
    try:
        yield
    finally:
        for filler in fillers:
            filler.unlink()


FILLING = {"bytes": without_bytes, "inodes": without_inodes}


@pytest.mark.parametrize("kind", FILLING)
@pytest.mark.parametrize("where", ["store", "state"])
def test_collection_on_a_full_disk_loses_nothing_and_refuses_no_push_afterwards(
    site: Installation, where: str, kind: str
) -> None:
    place = storage(site) if where == "store" else site.layout.home
    with contextlib.ExitStack() as stack:
        stack.enter_context(small(place, 1500))
        # Services first, then the file system below them.
        stack.callback(site.close)
        site.reconfigure()
        failures = fill_up(site, place, FILLING[kind])
    if where == "store":
        assert failures > 0, "the disk was never full"
    else:
        # What ctl itself writes for a collection is little, and finds its room in the reserve.
        assert failures == 0


def fill_up(
    site: Installation, place: Path, filled: Callable[[Path, int], contextlib.AbstractContextManager[None]]
) -> int:
    """Collect on a disk that is more or less full; return how often that failed."""
    registry = Registry(site)
    registry.image("v1")
    failures = 0
    for free in (0, 1, 2, 3, 4, 6, 8, 12):
        untagged = registry.image()
        with filled(place, free):
            done = site.ctl("registry-garbage-collect", "--json", *ALL, code=None)
            wait_for(lambda: takes_pushes(site), 10.0)
            assert registry.is_whole("v1")
        if done.returncode != 0:
            failures += 1
            assert "no space left on device" in done.stdout + done.stderr
            assert "room" in done.stdout + done.stderr
        # The guard ends an exchange for which there was no room as soon as there is.
        wait_for(lambda: at_rest(site) and takes_pushes(site), 20.0)
        collect(site)
        assert registry.ask("GET", f"manifests/{untagged}")[0] == 404
        assert registry.is_whole("v1")
        site.ctl("registry-garbage-collect", "--empty-trash", "--keep-deleted", "0s")
    return failures
