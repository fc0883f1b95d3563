"""Read a settings file and validate it; nothing here changes anything."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity, Span
from ctl.errors import CtlError, ExitCode, reason
from ctl.facts.host import Node, presence, reader
from ctl.paths import Layout
from ctl.settings.load import Places, load
from ctl.settings.model import Settings
from ctl.settings.older import OLDER_NAMES
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated, Limits

OWN_NAMES = frozenset({"ctl"})


@dataclass(frozen=True, slots=True)
class Source:
    """A settings file that holds no error.

    Args:
        path: of the file.
        text: its contents.
        evaluated: what it says.
        settings: what that means.
        places: where each setting stands.
        diagnostics: warnings, deprecations and notes.
    """

    path: Path
    text: str
    evaluated: Evaluated
    settings: Settings
    places: Places
    diagnostics: tuple[Diagnostic, ...]


def known_names() -> frozenset[str]:
    """Return the names that may stand at the top level: Omnibus's, those it once had, and ours."""
    text = (resources.files("ctl.settings") / "names.txt").read_text()
    return frozenset(text.split()) | OLDER_NAMES | OWN_NAMES


def read_source(layout: Layout, path: Path, environment: Mapping[str, str]) -> Source:
    """Read and validate a settings file.

    Args:
        layout: the root, below which other files are read.
        path: of the settings file.
        environment: the variables behind ``ENV``.

    Raises:
        CtlError: the file cannot be read.
        SettingsInvalid: it holds errors; all of them are reported.
    """
    text = read_text(path)
    exists = presence(layout, path)
    context = Context(environment, reader(layout, path), Node(), known_names(), exists=exists)
    evaluated = evaluate(text, str(path), context)
    if not evaluated.values and not evaluated.diagnostics:
        # Legal Ruby, but no wish: most likely a file that was cut off. To have no registry is a setting.
        raise CtlError(
            f"{path} sets nothing",
            help="write registry['enable'] = false where no registry is wanted any more",
            exit_code=ExitCode.INVALID,
        )
    loaded = load(evaluated)
    found = (*evaluated.diagnostics, *loaded.diagnostics)
    if loaded.settings is None or any(one.severity is Severity.ERROR for one in found):
        raise SettingsInvalid(found, evaluated.sources or {str(path): text})
    return Source(path, text, evaluated, loaded.settings, loaded.places, found)


def read_text(path: Path) -> str:
    """Read a settings file's text.

    Raises:
        CtlError: it is missing, unreadable, no regular file or too large.
        SettingsInvalid: it is not UTF-8.
    """
    limit = Limits().text
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CtlError(f"{path} is not a regular file", exit_code=ExitCode.INVALID)
            content = file.read(limit * 4 + 1)
    except FileNotFoundError as error:
        raise CtlError(
            f"there is no settings file {path}",
            help="write one, for a start:\n"
            "  external_url 'https://gitlab.example.com'\n"
            "  registry_external_url 'https://registry.example.com'",
            exit_code=ExitCode.INVALID,
        ) from error
    except OSError as error:
        text = "it is a loop of symlinks" if error.errno == errno.ELOOP else reason(error)
        raise CtlError(f"{path} cannot be read: {text}", exit_code=ExitCode.INVALID) from error
    if len(content) > limit:
        raise CtlError(f"{path} is larger than {limit // 1024 // 1024} MiB", exit_code=ExitCode.INVALID)
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        finding = Diagnostic(
            Severity.ERROR,
            "not-utf-8",
            f"the byte 0x{content[error.start]:02x} is not UTF-8",
            Span(str(path), line, column, line, column + 1),
            "save the file as UTF-8",
        )
        raise SettingsInvalid([finding], {str(path): content.decode("utf-8", "replace")}) from None
