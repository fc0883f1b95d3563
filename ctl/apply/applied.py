"""What the last successful run was made of, so that the next can tell that nothing has changed.

Compared before anything heavy is imported; whatever is not equal leads to a full run, which is always safe.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

import ctl
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state import reserve
from ctl.state.files import read_object


class Applied(Struct, frozen=True):
    """The inputs of a run and what it came to.

    Args:
        program: ctl's own version and files.
        settings_file: path of the settings file.
        files: SHA-256 of every file that was read, by path; None for one that was not there.
        stamps: of the programs and of the certificate that nginx serves with, by path.
        environment: SHA-256 of every variable that was read; None for one that was not set.
        node: what was asked of the machine, by name.
        directories: that have to be there.
        generation: the generation that was put in force.
        processes: the pids of the services that were verified, by name.
        rolled_back: the generation whose settings were put in force again; None where the settings file's
            were. After a rollback every run looks at the settings file.
        listings: the files that a pattern of the settings found, by pattern.
        certificate: what the vhost's certificate says, as its reader has it; None where there is none.
    """

    program: str
    settings_file: str
    files: dict[str, str | None]
    stamps: dict[str, str]
    environment: dict[str, str | None]
    node: dict[str, str]
    directories: list[str]
    generation: int
    processes: dict[str, int]
    rolled_back: int | None = None
    listings: dict[str, list[str]] = field(default_factory=dict)
    certificate: dict[str, Any] | None = None


def _path(layout: Layout) -> Path:
    return layout.state / "applied.json"


def record(layout: Layout, applied: Applied) -> None:
    """Write down what a successful run was made of."""
    reserve.write(layout, _path(layout), json.dumps(to_builtins(applied), indent=1).encode())


def recorded(layout: Layout) -> Applied | None:
    """Return what was recorded last; None when nothing was, or nothing that this version understands."""
    try:
        return _applied(read_object(_path(layout)) or {})
    except (CtlError, OSError):
        return None


def _applied(document: dict[str, Any]) -> Applied | None:
    """Return what a document says, when all of it is what `record` writes."""
    texts: set[type] = {str, type(None)}
    shapes: dict[str, set[type]] = {
        "files": texts,
        "stamps": {str},
        "environment": texts,
        "node": {str},
        "processes": {int},
    }
    hashes = all(
        isinstance(document.get(name), dict) and {*map(type, document[name].values())} <= kinds
        for name, kinds in shapes.items()
    )
    directories = document.get("directories")
    if not hashes or not isinstance(directories, list) or not {*map(type, directories)} <= {str}:
        return None
    if not isinstance(document.get("generation"), int):
        return None
    if not isinstance(document.get("certificate"), dict | None):
        return None
    try:
        return Applied(**document)
    except TypeError:
        return None


def moved(layout: Layout, processes: Mapping[str, int]) -> None:
    """Note that services run as other processes now, which were verified as well."""
    last = recorded(layout)
    if last is not None:
        record(layout, replace(last, processes={**last.processes, **processes}))


def forget(layout: Layout) -> None:
    """Make the next run a full one."""
    _path(layout).unlink(missing_ok=True)


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a regular file; None when it cannot be read."""
    try:
        # Not blocking, so that a named pipe in the file's place cannot hold us up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return file_digest(file, "sha256").hexdigest() if regular else None
    except OSError:
        return None


def hidden(value: str | None) -> str | None:
    """Return the SHA-256 of a variable's value, so that no secret is kept."""
    return None if value is None else sha256(value.encode("utf-8", "surrogateescape")).hexdigest()


@cache
def program_stamp() -> str:
    """Return a text that changes with ctl's version, its place, and any of its files.

    It is that of the beginning, for a run as a whole: an upgrade meanwhile is of no effect on what it does.
    """
    place = Path(ctl.__file__).parent
    newest = max(status for status in _modified(place))
    # The guard calls ctl by its place, so another one must not find that there is nothing to do.
    return f"{ctl.__version__} {newest} {place}"


def _modified(directory: Path) -> Iterator[int]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _modified(Path(entry.path))
            else:
                yield entry.stat().st_mtime_ns


def same_inputs(applied: Applied, settings_file: Path, environment: Mapping[str, str]) -> bool:
    """Whether a run now would read just what the recorded one read."""
    return (
        applied.rolled_back is None
        and applied.program == program_stamp()
        and applied.settings_file == str(settings_file)
        and all(digest_of(Path(path)) == digest for path, digest in applied.files.items())
        and all(hidden(environment.get(name)) == digest for name, digest in applied.environment.items())
        and all(Path(path).is_dir() for path in applied.directories)
    )
