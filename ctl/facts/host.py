"""The machine itself: its name, its accounts, what the settings file may read."""

from __future__ import annotations

import grp
import os
from collections.abc import Callable, Iterator, Mapping
from glob import glob
from pathlib import Path

from ctl.paths import Layout
from ctl.regex import compile_late
from ctl.syntax.model import ReadRefused

MAXIMUM_BYTES = 1024 * 1024
MAXIMUM_LISTED = 1000
# What of a pattern is no pattern: whole directories, or the path as a whole.
_FIXED = compile_late(r"[^*?\[\]]*/|[^*?\[\]]+\Z")
_BRACES = compile_late(r"\{([^{}]*)\}")
NODE_NAMES = ("fqdn", "hostname", "domain")
# Absolute paths of these directories may be read by a settings file, besides its own directory.
READABLE = ("/etc/gitlab", "/run/secrets")
# The remedy where a file is not there for the caller, by which such a finding is known.
NOT_HERE = "on another machine, or as an account that may not read it, ctl validate --offline does without it"


def has_accounts(layout: Layout) -> bool:
    """Whether services run as accounts of their own: in the machine's own installation, for root."""
    return layout.is_system and os.geteuid() == 0


class Node(Mapping[str, str]):
    """What a settings file may know of the machine as ``node['…']``.

    The full name may take a look-up in the DNS, so it is made only when it is asked for.
    """

    def __getitem__(self, name: str) -> str:
        return node_value(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NODE_NAMES)

    def __len__(self) -> int:
        return len(NODE_NAMES)


def node_value(name: str) -> str:
    """Return one fact of the machine.

    Raises:
        KeyError: there is none of this name.
    """
    import socket

    if name == "hostname":
        return socket.gethostname()
    if name == "fqdn":
        return socket.getfqdn()
    if name == "domain":
        return socket.getfqdn().partition(".")[2]
    raise KeyError(name)


def groups() -> frozenset[str]:
    """Return the names of all groups."""
    return frozenset(entry.gr_name for entry in grp.getgrall())


def group_number(name: str | None) -> int:
    """Return a group's number; root's where there is no such group."""
    try:
        return grp.getgrnam(name).gr_gid if name else 0
    except KeyError:
        return 0


def reader(layout: Layout, settings_file: Path) -> Callable[[str], str]:
    """Return the function by which a settings file reads others: few directories, small regular files.

    What counts is the real path, so that no link leads out of the allowed directories.
    """
    find = _finder(layout, settings_file)
    return lambda path: _read_small(find(path), path)


def presence(layout: Layout, settings_file: Path) -> Callable[[str], bool]:
    """Return the function by which a settings file asks whether there is a file, where `reader` may read."""
    find = _finder(layout, settings_file)
    return lambda path: find(path).exists()


def listing(layout: Layout, settings_file: Path) -> Callable[[str], list[str]]:
    """Return the function by which a settings file lists others, where `reader` may read.

    It takes a pattern of ``Dir.glob`` and gives the paths as the pattern spells them, in Ruby's order.
    """
    find = _finder(layout, settings_file)
    return lambda pattern: [
        path for alternative in _without_braces(pattern) for path in _matching(alternative, find)
    ]


def _without_braces(pattern: str) -> list[str]:
    """Write out the alternatives of ``{a,b}``."""
    match = _BRACES.search(pattern)
    if match is None:
        return [pattern]
    before, behind = pattern[: match.start()], pattern[match.end() :]
    return [
        made
        for alternative in match[1].split(",")
        for made in _without_braces(f"{before}{alternative}{behind}")
    ]


def _matching(pattern: str, find: Callable[[str], Path]) -> list[str]:
    if not pattern:
        return []
    if "\0" in pattern:
        raise ReadRefused("a path cannot hold NUL", None)
    if "\\" in pattern:
        raise ReadRefused(f"the pattern {pattern} holds a backslash", "name such files one by one")
    fixed = _FIXED.match(pattern)
    start = fixed[0] if fixed else ""
    rest = pattern[len(start) :].replace("[^", "[!")
    root = find(start or ".")
    if not rest:
        return [pattern] if root.exists() else []
    paths = glob(rest, root_dir=root, recursive=True)  # noqa: PTH207 - Path.glob finds hidden files too
    names = sorted(paths, key=lambda name: name.split("/"))
    if len(names) > MAXIMUM_LISTED:
        raise ReadRefused(f"the pattern {pattern} finds more than {MAXIMUM_LISTED} files", None)
    for name in names:
        find(start + name)
    return [start + name for name in names]


def located(layout: Layout, settings_file: Path, path: str) -> Path:
    """Tell which file a settings file means by a path: beside itself, or below the root."""
    own = Path(os.path.realpath(settings_file.parent))
    asked = Path(path)
    if not asked.is_absolute():
        return own / asked
    return asked if asked.is_relative_to(own) else layout.under(path)


def _finder(layout: Layout, settings_file: Path) -> Callable[[str], Path]:
    """Return the function that gives the real path of what a settings file names; it refuses all others."""
    own = Path(os.path.realpath(settings_file.parent))
    allowed = [own, *(Path(os.path.realpath(layout.under(name))) for name in READABLE)]

    def find(path: str) -> Path:
        real = Path(os.path.realpath(located(layout, settings_file, path)))
        if not any(real.is_relative_to(place) for place in allowed):
            places = ", ".join(map(str, allowed))
            raise ReadRefused(f"a settings file may not read {path}", f"files of these directories: {places}")
        return real

    return find


def _read_small(real: Path, path: str) -> str:
    try:
        if not real.is_file():
            if not real.exists():
                raise ReadRefused(f"{path} does not exist", NOT_HERE)
            raise ReadRefused(f"{path} is not a regular file", None)
        if real.stat().st_size > MAXIMUM_BYTES:
            raise ReadRefused(f"{path} is larger than 1 MiB", None)
        return real.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ReadRefused(f"{path} is not UTF-8 text", None) from None
    except OSError as error:
        raise ReadRefused(f"{path} cannot be read: {(error.strerror or '').lower()}", NOT_HERE) from None
