"""gitlab-secrets.json: the registry's section of it read and written, all else left alone."""

from __future__ import annotations

import json
import os
import shlex
import stat
from pathlib import Path
from typing import Any, NoReturn

from msgspec.structs import replace

from ctl.credentials.document import with_member, without_member
from ctl.credentials.hidden import Hidden
from ctl.errors import CtlError, reason
from ctl.state.files import make_way, put_in_place

SECTION = "registry"
# Omnibus's own files have some ten kilobytes; whatever is larger than this is no secrets file.
MAXIMUM_BYTES = 16 * 1024 * 1024


class RegistrySecrets(Hidden, frozen=True):
    """The registry's secrets by the names of Omnibus, none where not given; shows no value when printed.

    The last three are ours and there only while the key is rotated; Omnibus ignores them.
    """

    http_secret: str | None = None
    internal_certificate: str | None = None
    internal_key: str | None = None
    next_internal_certificate: str | None = None
    next_internal_key: str | None = None
    previous_internal_certificate: str | None = None

    def __repr__(self) -> str:
        return f"RegistrySecrets(<{', '.join(self.given()) or 'none'}>)"

    def given(self) -> dict[str, str]:
        """Return those that are there, by name."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in named.items() if value}


class Secrets(Hidden, frozen=True):
    """A secrets file: the registry's section, and the text as it was found (``{}`` for a missing file)."""

    registry: RegistrySecrets
    text: str

    def __repr__(self) -> str:
        return f"Secrets({self.registry!r})"

    def updated(self, new: RegistrySecrets) -> Secrets:
        """Return the file with new values in the registry's section, every other byte kept."""
        text = self.text
        for name, value in new.given().items():
            text = with_member(text, SECTION, name, value)
        return Secrets(replace(self.registry, **new.given()), text)

    def without(self, *names: str) -> Secrets:
        """Return the file without some values of the registry's section, every other byte kept."""
        text = self.text
        for name in names:
            text = without_member(text, SECTION, name)
        return Secrets(replace(self.registry, **dict.fromkeys(names)), text)


def read(path: Path) -> Secrets:
    """Read a secrets file; a missing one counts as empty.

    An empty string and ``null`` count as not given.

    Raises:
        CtlError: it cannot be read, is no regular file, not UTF-8, not JSON, or its values have other
            types than Omnibus writes.
    """
    try:
        text = _text(path)
        document = json.loads(text)
    except FileNotFoundError:
        if path.is_symlink() and not Path(os.path.realpath(path)).parent.is_dir():
            # A disk that is not mounted, most likely; other secrets would shut GitLab out.
            problem = f"a symlink to {path.readlink()}, which is not there"
            _refuse(path, problem, "bring back what it leads to")
        return Secrets(RegistrySecrets(), "{}\n")
    except OSError as error:
        raise CtlError(f"the secrets file {path} cannot be read: {reason(error)}") from error
    except json.JSONDecodeError as error:
        # Without `from error`: the exception carries the whole text.
        _refuse(f"{path}:{error.lineno}:{error.colno}", f"not JSON: {error.msg.lower()}")
    except RecursionError:
        _refuse(path, "nested too deeply")
    except UnicodeDecodeError as error:
        _refuse(path, f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}")
    except ValueError:
        _refuse(path, "a number in it is too long")
    return Secrets(_section(path, document), text)


def write(path: Path, secrets: Secrets) -> None:
    """Put a secrets file in place, all of it or nothing.

    The file is readable by its owner alone from its first byte on; an existing file keeps its owner.
    Where a symlink stands, the file it leads to is replaced, provided that this one and its directory
    belong to root or to us and nobody else may write there.

    Raises:
        CtlError: it cannot be written; the file is then as it was before.
    """
    try:
        target = _target(path)
        _replace(target, secrets.text.encode("utf-8"))
    except OSError as error:
        raise CtlError(f"the secrets file {path} cannot be written: {reason(error)}") from error


def _text(path: Path) -> str:
    # Not blocking, so that a named pipe in the file's place cannot hold us up.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        os.close(descriptor)
        _refuse(path, "a directory, a file is expected")
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(status.st_mode):
            _refuse(path, "not a regular file")
        if status.st_uid not in (0, os.geteuid()):
            owner = f"it belongs to the account {status.st_uid}, who can change it"
            _refuse(path, owner, f"look at what it holds, then: chown root {shlex.quote(str(path))}")
        data = stream.read(MAXIMUM_BYTES + 1)
    if len(data) > MAXIMUM_BYTES:
        _refuse(path, f"larger than {MAXIMUM_BYTES // 1024 // 1024} MiB")
    text = data.decode("utf-8")
    if not text.strip():
        _refuse(path, "empty")
    return text


def _section(path: Path, document: object) -> RegistrySecrets:
    if not isinstance(document, dict):
        _refuse(path, f"{_kind(document)}, an object is expected")
    section = document.get(SECTION)
    if section is None:
        return RegistrySecrets()
    if not isinstance(section, dict):
        _refuse(path, f"'{SECTION}' is {_kind(section)}, an object is expected")
    values: dict[str, str | None] = {}
    for name in RegistrySecrets.__struct_fields__:
        value = section.get(name)
        if value is not None and not isinstance(value, str):
            _refuse(path, f"'{SECTION}.{name}' is {_kind(value)}, a string is expected")
        values[name] = value or None
    return RegistrySecrets(**values)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "a string"
    return "null" if value is None else "a number"


_RESTORE = "put the file back from a backup, or remove it to have new secrets made"


def how_to_renew(path: Path) -> str:
    """Say what to do about a key or certificate in a secrets file that is none."""
    names = "internal_key and internal_certificate"
    return (
        f"put {path} back from a backup, or take {names} out of its section '{SECTION}' to have new ones made"
    )


def _refuse(where: Path | str, problem: str, help: str = _RESTORE) -> NoReturn:
    raise CtlError(f"the secrets file {where} cannot be used: {problem}", help=help) from None


def _target(path: Path) -> Path:
    """Return the file that is to be replaced: the path itself, or what a symlink there leads to."""
    if not path.is_symlink():
        return path
    # Of a loop pathlib says something else in every version of Python.
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise CtlError(
            f"the secrets file {path} cannot be written: it is a loop of symlinks",
            help="put the file itself there",
        )
    for place in (target.parent, target):
        try:
            status = place.stat()
        except FileNotFoundError:
            continue
        if status.st_uid not in (0, os.geteuid()) or stat.S_IMODE(status.st_mode) & 0o022:
            raise CtlError(
                f"the secrets file {path} is a symlink to {target}, but others may change {place}",
                help=f"let {place} belong to root with write permission for root alone",
            )
    return target


def _replace(target: Path, data: bytes) -> None:
    old = target.stat() if target.exists() else None
    # One fixed name: what a killed run left behind is cleared by the next.
    fresh = target.with_name(f".{target.name}.new")
    make_way(fresh)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _keep_owner(descriptor, old)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        put_in_place(fresh, target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def _keep_owner(descriptor: int, old: os.stat_result | None) -> None:
    if old is None:
        return
    if os.geteuid() == 0:
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode) & 0o600 or 0o600)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
