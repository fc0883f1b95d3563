"""Read a settings file and validate it; nothing here changes anything."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctl import settings as names
from ctl.diagnostics.known import KNOWN
from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity, Span
from ctl.errors import CtlError, ExitCode, reason
from ctl.facts.host import NOT_HERE, Node, listing, located, presence, reader
from ctl.facts.permissions import readable_by_others, weakness
from ctl.paths import Layout
from ctl.plan.derive import Derived, derive
from ctl.settings.load import Places, load
from ctl.settings.model import Settings
from ctl.settings.older import OLDER_NAMES
from ctl.settings.secrecy import secrets_of
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated, Limits, SettingPath, setting_name

OWN_NAMES = frozenset({"ctl"})


class Source(Struct, frozen=True):
    """A settings file that holds no error.

    Args:
        path: of the file.
        text: its contents.
        evaluated: what it says.
        settings: what that means.
        derived: what follows from the settings alone.
        places: where each setting stands.
        diagnostics: warnings, deprecations and notes.
    """

    path: Path
    text: str
    evaluated: Evaluated
    settings: Settings
    derived: Derived
    places: Places
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sources(self) -> Mapping[str, str]:
        """The text of every file that a diagnostic can point into."""
        return self.evaluated.sources or {str(self.path): self.text}


def known_names() -> frozenset[str]:
    """Return the names that may stand at the top level: Omnibus's, those it once had, and ours."""
    text = Path(names.__file__).with_name("names.txt").read_text()
    return frozenset(text.split()) | OLDER_NAMES | OWN_NAMES


def read_source(
    layout: Layout, path: Path, environment: Mapping[str, str], *, guarded: bool = True, offline: bool = False
) -> Source:
    """Read and validate a settings file.

    Args:
        layout: the root, below which other files are read.
        path: of the settings file.
        environment: the variables behind ``ENV``.
        guarded: whether it matters who else may write and read the files: where the settings are to take
            effect on this machine.
        offline: whether files that the settings read may be missing; what they give is then not set.

    Raises:
        CtlError: the file cannot be read.
        SettingsInvalid: it holds errors; all of them are reported.
    """
    text = read_text(path)
    exists, list_files = presence(layout, path), listing(layout, path)
    context = Context(
        environment, reader(layout, path), Node(), known_names(), exists=exists, list_files=list_files
    )
    evaluated = evaluate(text, str(path), context)
    KNOWN.learn(secrets_of(evaluated))
    if offline:
        evaluated = replace(evaluated, diagnostics=tuple(map(_without_missing, evaluated.diagnostics)))
    if not evaluated.values and not evaluated.diagnostics:
        # Legal Ruby, but no wish: most likely a file that was cut off. To have no registry is a setting.
        raise CtlError(
            f"{path} sets nothing",
            help="write registry['enable'] = false where no registry is wanted any more",
            exit_code=ExitCode.INVALID,
        )
    loaded = load(evaluated)
    exposed = _exposed(layout, path, evaluated) if guarded else ()
    diagnostics = (*exposed, *evaluated.diagnostics, *loaded.diagnostics)
    if loaded.settings is None or any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        raise SettingsInvalid(diagnostics, evaluated.sources or {str(path): text})
    return Source(path, text, evaluated, loaded.settings, derive(loaded.settings), loaded.places, diagnostics)


def _without_missing(diagnostic: Diagnostic) -> Diagnostic:
    """Offline, a file that is not there is on another machine."""
    if diagnostic.help != NOT_HERE:
        return diagnostic
    text = f"{diagnostic.message}; what it gives is not checked (--offline)"
    return replace(diagnostic, severity=Severity.NOTE, code="not-checked", message=text, help=None)


def _exposed(layout: Layout, path: Path, evaluated: Evaluated) -> Iterator[Diagnostic]:
    """Yield which of the files others can write, and which with secrets in them others can read.

    A file that only `File.read` reads may be readable; who mounts secrets decides on their modes.
    """
    caller = os.geteuid()
    texts = {name: text for name, text in evaluated.sources.items() if not name.startswith("ENV[")}
    for name in dict.fromkeys((*texts, *evaluated.inputs.files)):
        file = path if name == str(path) else located(layout, path, name)
        flaw = weakness(file, caller) if file.exists() else None
        if flaw is not None:
            yield Diagnostic(Severity.ERROR, "others-can-write", flaw.message, None, flaw.remedy)
        if name in texts and readable_by_others(file):
            yield from _readable(file, name == str(path) and layout.is_system, name, evaluated)


def _readable(file: Path, expected_private: bool, name: str, evaluated: Evaluated) -> Iterator[Diagnostic]:
    """Yield a warning where a file that all may read holds a secret, or is where secrets are written."""
    text = evaluated.sources[name]
    remedy = f"chmod o-rwx {shlex.quote(str(file))}"
    for setting in sorted(evaluated.secrets, key=str):
        place = evaluated.spans.value(setting)
        if place is not None and place.file == name and _stands_in(_value_at(evaluated, setting), text):
            message = f"others can read {file}, and {setting_name(setting)} is written there"
            yield Diagnostic(Severity.WARNING, "others-can-read", message, place, remedy)
            return
    if expected_private and file == Path("/etc/gitlab/gitlab.rb"):
        message = f"others can read {file}, where secrets are written"
        yield Diagnostic(Severity.WARNING, "others-can-read", message, None, remedy)


def _value_at(evaluated: Evaluated, setting: SettingPath) -> object:
    value: Any = evaluated.values
    try:
        for part in setting:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return None
    return value


def _stands_in(value: object, text: str) -> bool:
    """Whether a secret is written out in a text, rather than read from a file or the environment."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return False
    lines = (line.strip() for line in str(value).splitlines())
    return any(_is_whole_in(line, text) for line in lines if line and not line.startswith("-----"))


def _is_whole_in(value: str, text: str) -> bool:
    """Whether a value stands in a text, other than as the rest of one whose variables are empty."""
    at = text.find(value)
    while at >= 0:
        behind = at + len(value)
        if text[at - 1 : at] != "}" and text[behind : behind + 2] != "#{":
            return True
        at = text.find(value, at + 1)
    return False


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
                raise CtlError(
                    f"{path} is not a regular file",
                    help="name another with -c FILE",
                    exit_code=ExitCode.INVALID,
                )
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
