"""Generations: numbered, immutable directories that hold everything a run rendered.

A generation is written under a name that nobody reads, brought to the disk, and only then given its
number; `switch` puts it in force by one rename.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from ctl.apply import manifest as manifests
from ctl.apply import tree
from ctl.apply.manifest import MENDS, FileEntry, Manifest, Told
from ctl.aside import Begun
from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.state.files import Damaged, fsync_directory, make_way, put_in_place, read_object
from ctl.targets.model import Rendered

SETTINGS = "settings.json"
MASKED = "masked.json"
STAMPS = "stamps.json"
PARTIAL = ".partial"


class Staged(Struct, frozen=True):
    """A generation that is on disk.

    Args:
        number: its name below the directory of generations.
        path: where it is.
        manifest: what it holds.
    """

    number: int
    path: Path
    manifest: Manifest

    @property
    def told(self) -> Told:
        """What GitLab knows of its registry.

        Raises:
            Damaged: its manifest does not say.
        """
        if self.manifest.gitlab is None:
            raise Damaged(self.path / manifests.NAME, "it is no manifest", MENDS)
        return self.manifest.gitlab


def numbers(layout: Layout) -> list[int]:
    """Return the numbers of all complete generations, ascending."""
    try:
        names = [entry.name for entry in layout.generations.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(int(name) for name in names if is_number(name))


def is_number(name: str) -> bool:
    """Whether a name is one of a generation."""
    return name.isascii() and name.isdigit() and len(name) < 10


def current_number(layout: Layout) -> int | None:
    """Return the number of the generation in force; None before the first run.

    Raises:
        Damaged: the link that says it is something else, or leads nowhere.
    """
    if not os.path.lexists(layout.current):
        return None
    if not layout.current.is_symlink():
        raise Damaged(layout.current, "it is no symlink")
    target = layout.home / layout.current.readlink()
    if target.parent.name != layout.generations.name or not is_number(target.name):
        raise Damaged(layout.current, f"it leads to {target}, which is no generation")
    if os.path.lexists(layout.generations) and not layout.generations.is_dir():
        raise Damaged(layout.generations, "a directory is expected")
    if not layout.current.is_dir():
        raise Damaged(layout.current, f"it leads to {target}, which is gone")
    return int(target.name)


def load(layout: Layout, number: int) -> Staged:
    """Read a generation's manifest.

    Raises:
        CtlError: there is no such generation, or its manifest is damaged.
    """
    path = layout.generations / str(number)
    manifest = manifests.read(path)
    if manifest is not None:
        return Staged(number, path, manifest)
    if os.path.lexists(path):
        raise Damaged(path / manifests.NAME, "it is gone", MENDS)
    have = ", ".join(map(str, numbers(layout))) or "none"
    raise CtlError(f"there is no generation {number}", help=f"there are: {have}")


def load_current(layout: Layout) -> Staged | None:
    """Return the generation in force, or None before the first run.

    Raises:
        Damaged: it cannot be read.
    """
    number = current_number(layout)
    return None if number is None else load(layout, number)


def intact_current(layout: Layout) -> Staged | None:
    """Return the generation in force, or None before the first run or when it is damaged."""
    try:
        number = current_number(layout)
        return None if number is None else load_whole(layout, number)
    except (CtlError, OSError):
        return None


def load_whole(layout: Layout, number: int) -> Staged:
    """Read a generation's manifest, and make sure that what lies beside it for root can be read.

    Raises:
        CtlError: see `load`.
        Damaged: something of it is damaged.
    """
    staged = load(layout, number)
    for name in (SETTINGS, MASKED):
        path = staged.path / name
        if read_object(path) is None:
            raise Damaged(path, "it is gone", MENDS)
    return staged


def untried(directory: Path) -> None:
    """Take the files of a generation as they are."""


def stage(
    layout: Layout,
    rendered: Rendered,
    manifest: Manifest,
    extra: Mapping[str, str],
    trial: Callable[[Path], None] = untried,
) -> Staged:
    """Write a new generation, try it out while it is brought to the disk, and give it its name.

    Args:
        layout: where to.
        rendered: its files.
        manifest: what it says of them.
        extra: further files for root's eyes only, by name.
        trial: is given the directory with all of its files, in a thread of its own; raises where they are no
            good.

    Raises:
        CtlError: the disk is full or cannot be written, or the trial says so; nothing is left behind.
    """
    number = max([*numbers(layout), _named_by_current(layout)]) + 1
    final = layout.generations / str(number)
    partial = layout.generations / f"{number}{PARTIAL}"
    try:
        layout.generations.mkdir(mode=0o711, parents=True, exist_ok=True)
        make_way(partial)
        partial.mkdir(mode=0o711)
        _write_tree(partial, rendered, manifest)
        for name, content in extra.items():
            _write_file(partial / name, content.encode(), 0o600, -1)
        stamps = json.dumps(dict(_stamps(partial)), indent=1)
        for name, content in ((STAMPS, stamps), (manifests.NAME, manifests.written(manifest))):
            _write_file(partial / name, content.encode(), 0o600, -1)
        _tried_and_on_disk(partial, trial)
        partial.rename(final)
        fsync_directory(layout.generations)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        if isinstance(error, OSError):
            raise CtlError(f"a new generation cannot be written to {partial}: {reason(error)}") from error
        raise
    return Staged(number, final, manifest)


def _tried_and_on_disk(partial: Path, trial: Callable[[Path], None]) -> None:
    begun = Begun(lambda: trial(partial))
    try:
        tree.sync(partial)
    except OSError:
        begun.wait()
        raise
    # Who interrupts a run does not wait for a trial that hangs.
    begun.result()


def _named_by_current(layout: Layout) -> int:
    """Return the number that the link of what is in force names, be it gone; 0 where it names none."""
    with contextlib.suppress(OSError):
        name = layout.current.readlink().name
        return int(name) if is_number(name) else 0
    return 0


def _write_tree(partial: Path, rendered: Rendered, manifest: Manifest) -> None:
    groups = {path.split("/")[0]: entry.gid for path, entry in manifest.files.items()}
    for file in rendered.files:
        top, *between = file.path.split("/")[:-1]
        directory = partial / top
        _make_directory(directory, groups[top])
        for part in between:
            directory = directory / part
            _make_directory(directory, groups[top])
        entry = manifest.files[file.path]
        _write_file(partial / file.path, file.content.encode(), entry.mode, entry.gid)
    for service, fingerprint in manifest.services.items():
        _write_file(partial / "runit" / service / "fingerprint", f"{fingerprint}\n".encode(), 0o640, -1)


def _make_directory(path: Path, gid: int) -> None:
    if not path.is_dir():
        path.mkdir(mode=0o700)
        os.chown(path, -1, gid)
        path.chmod(0o750)


def _write_file(path: Path, content: bytes, mode: int, gid: int) -> None:
    """Create a file that nobody else can read before it has its group and mode; see `tree.sync`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
        output.flush()
        os.fchown(descriptor, -1, gid)
        os.fchmod(descriptor, mode)


def _stamps(root: Path) -> Iterator[tuple[str, str | None]]:
    for directory, _, names in os.walk(root):
        relative = Path(directory).relative_to(root)
        if relative.parts:
            yield f"{relative}/", stamp_of(Path(directory))
        yield from ((str(relative / name), stamp_of(root / relative / name)) for name in names)


def stamp_of(path: Path) -> str | None:
    """Return a text that changes with every writing to a file, however it is hidden; None when it is gone.

    Of a directory it changes with every entry that comes or goes.
    """
    try:
        status = path.lstat()
    except OSError:
        return None
    changed = status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else status.st_ctime_ns
    return f"{status.st_ino} {changed}"


def discard(layout: Layout, number: int) -> None:
    """Remove a generation that is not in force, whatever is in it."""
    path = layout.generations / str(number)
    doomed = path.with_name(f"{number}{PARTIAL}")
    make_way(doomed)
    path.rename(doomed)
    tree.remove(doomed)


def switch(layout: Layout, number: int) -> None:
    """Put a generation in force: one rename, brought to the disk.

    Raises:
        CtlError: the link cannot be written.
    """
    fresh = layout.home / "current.new"
    try:
        make_way(fresh)
        fresh.symlink_to(f"generations/{number}")
        put_in_place(fresh, layout.current)
        fsync_directory(layout.home)
    except OSError as error:
        raise CtlError(f"{layout.current} cannot be switched: {reason(error)}") from error


def unset(layout: Layout) -> None:
    """Take the only generation out of force, as if there had been none."""
    layout.current.unlink(missing_ok=True)
    fsync_directory(layout.home)


def damaged(staged: Staged) -> list[str]:
    """Return the files of a generation that are not what was staged: other bytes, mode or group, or gone."""
    return [path for path, entry in staged.manifest.files.items() if not _intact(staged.path / path, entry)]


def _intact(path: Path, entry: FileEntry) -> bool:
    try:
        # Not blocking, so that a named pipe in the file's place cannot hold us up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return False
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        same_owner = entry.gid in (-1, status.st_gid) and status.st_mode & 0o7777 == entry.mode
        return same_owner and sha256(file.read()).hexdigest() == entry.sha256


def prune(layout: Layout, keep: int, also: Sequence[int]) -> list[int]:
    """Remove the oldest generations, all but ``keep`` and those of ``also``; return what went."""
    have = numbers(layout)
    gone = [number for number in have[:-keep] if number not in also]
    for number in gone:
        discard(layout, number)
    return gone
