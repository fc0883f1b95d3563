"""The text that somebody gave a file by hand, for a person to see: without the secrets that are in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ctl.apply.generation import SETTINGS, Staged
from ctl.diagnostics.secrecy import looks_secret
from ctl.paths import Layout
from ctl.plan.model import Secret
from ctl.regex import compile_late
from ctl.state.files import read_optional
from ctl.targets.runit.places import ENVIRONMENT

_HIDDEN = Secret.shown
# Shorter ones stand in too many harmless places.
_SHORTEST = 4
_WORD = compile_late(r"[\w.-]+")


class Masking:
    """Masks what was written by hand into the files of a generation.

    Args:
        layout: whose files; its secrets are masked.
        staged: the generation; its settings tell which other values are secrets.
    """

    def __init__(self, layout: Layout, staged: Staged) -> None:
        known = {*_of_settings(staged), *_of_secrets_file(layout)}
        self._values = sorted(known, key=len, reverse=True)

    def masked(self, path: str, shown: str | None, text: bytes | None) -> str:
        """Return a text as it may be shown.

        Args:
            path: of the file, relative to the generation.
            shown: the masked text that ctl wrote there; None when it wrote none.
            text: what is there now; None when it is no text.
        """
        if text is None:
            return "<no text>\n"
        if path.startswith(f"{ENVIRONMENT}/") or (shown is not None and shown.strip() == _HIDDEN):
            return f"{_HIDDEN}\n"
        lines = (shown or "").splitlines()
        hidden = [tuple(line.split(_HIDDEN, 1)) for line in lines if _HIDDEN in line]
        return "".join(
            f"{self._line(line, lines, hidden)}\n"
            for line in text.decode("utf-8", "backslashreplace").splitlines()
        )

    def _line(self, line: str, lines: list[str], hidden: list[tuple[str, ...]]) -> str:
        for value in self._values:
            line = line.replace(value, _HIDDEN)
        if line in lines:
            return line
        for before, after in hidden:
            # Another value of the same secret, which no settings know.
            if len(before.strip()) > 1 and line.startswith(before) and line.endswith(after):
                return f"{before}{_HIDDEN}{after}"
        return _by_name(line)


def _by_name(line: str) -> str:
    """Hide what follows a name that sounds like a secret's, but for a path."""
    for word in _WORD.finditer(line):
        value = line[word.end() :].lstrip("\"': =")
        if looks_secret(word[0]) and value.strip(";") and not value.startswith("/"):
            return f"{line[: word.end()]} {_HIDDEN}"
    return line


def _of_settings(staged: Staged) -> Iterator[str]:
    document = _object(staged.path / SETTINGS)
    tainted = {tuple(path) for path in document.get("secrets") or ()}
    yield from _lines(_below(document.get("values"), (), tainted, inside=False))


def _of_secrets_file(layout: Layout) -> Iterator[str]:
    yield from _lines(_below(_object(layout.secrets_file), (), set(), inside=False))


def _object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_optional(path) or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _lines(values: Iterable[str]) -> Iterator[str]:
    return (line for value in values for line in value.splitlines() if len(line) >= _SHORTEST)


def _below(
    value: Any, path: tuple[Any, ...], tainted: set[tuple[Any, ...]], *, inside: bool
) -> Iterator[str]:
    inside = inside or path in tainted or (bool(path) and looks_secret(str(path[-1])))
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _below(part, (*path, name), tainted, inside=inside)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _below(part, (*path, index), tainted, inside=inside)
    elif isinstance(value, str) and inside:
        yield value
