"""Files with secrets in them that others may read or change."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Chosen, Hosted
from ctl.diagnostics.model import Span
from ctl.facts.certificates import exposed_key, foreign_owner

Check: TypeAlias = "Callable[[str, Path, Span | None], Finding | None]"

_MATTERS = "who reads it can be taken for the registry or for GitLab"


def check_owner(kind: str, path: Path, place: Span | None) -> Finding | None:
    """Warn where a secret's file belongs to an account that is neither root nor the caller.

    Args:
        kind: of the file, such as a key; its first word begins the finding's code.
        path: of the file.
        place: of the setting that names it.
    """
    owner, quoted = foreign_owner(path), shlex.quote(str(path))
    if owner is None:
        return Finding(Outcome.OK, f"the {kind} {path} is root's") if path.exists() else None
    return Finding(
        Outcome.WARNING,
        f"the {kind} {path} belongs to {owner}, who may read and change it; root is expected",
        f"chown root {quoted}, unless {owner} renews it: then let it hand a copy to root",
        code=_code(kind),
        place=place,
    )


def check_mode(kind: str, path: Path, place: Span | None) -> Finding | None:
    """Warn where others than its owner and root's group may read a secret's file; see `check_owner`."""
    mode = exposed_key(path)
    if mode is None:
        return Finding(Outcome.OK, f"no other account may read the {kind}") if path.exists() else None
    return Finding(
        Outcome.WARNING,
        f"others may read the {kind} {path}: its mode is {mode}, 0600 is expected",
        f"chmod 0600 {shlex.quote(str(path))}",
        code=_code(kind),
        place=place,
    )


def _code(kind: str) -> str:
    return f"{kind.partition(' ')[0]}-exposed"


def _key(check: Check, chosen: Chosen) -> Finding | None:
    pair = chosen.pair
    # Without a digest nobody has looked at it.
    if pair is None or pair.usable is None or not pair.usable.digest:
        return None
    named = chosen.settings.registry.nginx.ssl_certificate_key
    own = ("registry", "nginx", "ssl_certificate_key") if named else ("registry_external_url",)
    return check("key", pair.key, chosen.places.value(own))


def _secrets(check: Check, hosted: Hosted) -> Finding | None:
    return check("secrets file", hosted.machine.layout.secrets_file, None)


_CHECKS: tuple[tuple[str, Check], ...] = (("owner", check_owner), ("mode", check_mode))

KEY = tuple(
    Probe(f"key-{kind}", Area.TLS, f"the {kind} of the TLS key", _MATTERS, Chosen, partial(_key, check))
    for kind, check in _CHECKS
)
SECRETS = tuple(
    Probe(
        f"secrets-{kind}",
        Area.SETTINGS,
        f"the {kind} of the secrets file",
        _MATTERS,
        Hosted,
        partial(_secrets, check),
    )
    for kind, check in _CHECKS
)
