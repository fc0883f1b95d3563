"""``ctl registry-token``: a short-lived token, for whoever may read the key that signs it."""

from __future__ import annotations

import grp
import pwd
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ctl.apply import generation, history
from ctl.apply.manifest import MENDS
from ctl.checks.served import SERVICE
from ctl.credentials import secrets as secrets_file
from ctl.credentials.certificate import CredentialError, tidy_pem
from ctl.credentials.keys import describe_key
from ctl.errors import CtlError, ExitCode, reason
from ctl.operations.compile.yaml_file import read_yaml
from ctl.paths import Layout
from ctl.regex import compile_late
from ctl.registry.token import Access, ScopeError, TokenError, mint, parse_scope
from ctl.state.files import Damaged, read_text
from ctl.targets.runit.places import KEY, SETTINGS

# An hour is enough for the largest push, and little for whoever finds a token in a log.
LONGEST_SECONDS = 3600
ACTIONS = ("pull", "push", "delete", "*")
FORM = "repository:group/app:pull, repository:group/app:pull,push or registry:catalog:*"
_PART = compile_late(r"([0-9]+)([hms])")
_UNIT = {"h": 3600, "m": 60, "s": 1}


def mint_token(layout: Layout, scopes: Sequence[str], expires: str) -> str:
    """Mint a token that the registry in force accepts.

    Args:
        layout: of the installation.
        scopes: what it allows, each one like ``repository:group/app:pull,push``; at least one.
        expires: how long it lives, from ``1s`` to ``1h``, such as ``5m``.

    Raises:
        CtlError: a scope or the duration has another form (exit 2), nothing is in force, or the caller may
            not read the key.
    """
    access = [_scope(scope) for scope in scopes]
    if not access:
        raise _usage("no scope is given", f"--scope {FORM.split(',')[0]}")
    lifetime = _seconds(expires)
    key, issuer, path = _key(layout)
    try:
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer=issuer,
            service=SERVICE,
            # Who asked is seen in the registry's log.
            subject=f"ctl: {history.who()}",
            access=access,
            now=int(time.time()),
            lifetime=lifetime,
            token_id=uuid.uuid4().hex,
        )
    except (CredentialError, TokenError) as error:
        raise _unusable(layout, path, str(error)) from None


def _scope(text: str) -> Access:
    try:
        access = parse_scope(text)
    except ScopeError as error:
        raise _usage(str(error), f"the form is {FORM}") from None
    if access.type == "registry":
        if str(access) != "registry:catalog:*":
            raise _usage(
                f"the scope {text!r} allows nothing, of the registry itself there is only its catalog"
            )
        return access
    if access.type != "repository":
        raise _usage(f"the scope {text!r} is of the type {access.type!r}, 'repository' is expected")
    if access.name != access.name.lower():
        raise _usage(f"the scope {text!r} names no repository: their names are lower-case")
    wrong = [action for action in access.actions if action not in ACTIONS]
    if wrong:
        raise _usage(f"the scope {text!r} has the action {wrong[0]!r}, {_listed(ACTIONS)} is expected")
    return access


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _seconds(text: str) -> int:
    parts = _PART.findall(text)
    total = sum(int(amount) * _UNIT[unit] for amount, unit in parts)
    if "".join(amount + unit for amount, unit in parts) != text or not 1 <= total <= LONGEST_SECONDS:
        raise _usage(f"--expires is {text!r}, a duration from 1s to 1h is expected", "such as 5m or 1m30s")
    return total


def _usage(message: str, help: str = f"the form is {FORM}") -> CtlError:
    return CtlError(message, help=help, exit_code=ExitCode.USAGE)


def _unusable(layout: Layout, path: Path, what: str) -> CtlError:
    """Say which file holds a key that signs nothing, and how it comes to hold another."""
    if path != layout.secrets_file:
        return Damaged(path, what, MENDS)
    return CtlError(
        f"registry.internal_key in {path} cannot be used: {what}", help=secrets_file.how_to_renew(path)
    )


def _key(layout: Layout) -> tuple[str, str, Path]:
    """Return the key in force, the issuer that the registry expects, and where the key is.

    The key in GitLab's place is the one whose tokens are accepted now. Where GitLab is on another machine and
    this one keeps none in its place, it is in the secrets file.
    """
    if generation.current_number(layout) is None:
        raise CtlError(f"nothing is in force below {layout.root} yet", help="ctl reconfigure")
    path, settings = layout.current / KEY, layout.current / SETTINGS
    try:
        # Who may not even look for it gets the message for that.
        settings.stat()
        issuer = _issuer(settings)
        if _told(layout, path):
            return read_text(path) or "", issuer, path
    except PermissionError:
        raise _forbidden(path) from None
    except OSError as error:
        raise CtlError(f"{error.filename} cannot be read: {reason(error)}", help="ctl reconfigure") from None
    key = secrets_file.read(layout.secrets_file).registry.internal_key
    if key is None:
        raise CtlError("the key that signs tokens is not on this machine", help="run this where GitLab runs")
    return tidy_pem(key), issuer, layout.secrets_file


def _told(layout: Layout, path: Path) -> bool:
    """Whether a key is kept in GitLab's place."""
    if path.is_file():
        return True
    current = generation.load_current(layout)
    if current is not None and current.told.key is not None:
        raise CtlError(f"{path} is gone", help="ctl reconfigure puts it back")
    return False


def _issuer(settings: Path) -> str:
    document: Any = read_yaml(settings)
    try:
        return str(document["production"]["registry"]["issuer"])
    except (KeyError, TypeError):
        raise Damaged(settings, "it names no issuer", MENDS) from None


def _forbidden(path: Path) -> CtlError:
    """Say who may read the key: the owner of its directory, and the directory's group."""
    directory = path.parent.stat()
    owner, group = str(directory.st_uid), str(directory.st_gid)
    with suppress(KeyError):
        owner = pwd.getpwuid(directory.st_uid).pw_name
    with suppress(KeyError):
        group = grp.getgrgid(directory.st_gid).gr_name
    members = "" if directory.st_gid == 0 or group == owner else f" and members of the group {group}"
    return CtlError(
        f"you may not read {path}, which signs tokens: permission denied",
        help=f"only {owner}{members} can mint tokens",
    )
