"""What the administrator is told of a rotation: what GitLab needs, and when the old key may go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctl.apply.manifest import MENDS
from ctl.operations.compile.yaml_file import read_yaml
from ctl.paths import Layout
from ctl.state.files import Damaged
from ctl.targets.runit.places import KEY, SETTINGS


def rotated(layout: Layout) -> str:
    """Say what GitLab needs after the new key was put in its place.

    Source: GitLab's JSONWebToken::RSAToken reads the key file for every token that it signs; Puma does so for
    clients, Sidekiq for the cleanup policies.
    """
    key = layout.current / KEY
    if not key.is_file():
        source = f"registry.internal_key of {layout.secrets_file}"
        here: list[str] = []
    else:
        source, here = str(key), [f"  this machine: {_on_this_machine(layout, key)}"]
    return "\n".join(
        [
            "both keys are trusted; GitLab reads its key for every token, so it need not be restarted:",
            *here,
            "  every other machine with GitLab's Puma or Sidekiq needs a copy of the new key, from",
            f"    {source}",
            "    Linux package: registry['internal_key'] in its gitlab.rb, then gitlab-ctl reconfigure",
            "    source install: in place of the file that registry.key in its gitlab.yml names",
            "    docker-gitlab: in place of the file that GITLAB_REGISTRY_KEY_PATH names",
            "when all of them have it and the old key's tokens have expired, after 5 minutes by default:",
            "  ctl rotate-registry-key --finish",
        ]
    )


def finished(*, soon: bool) -> str:
    """Say what has become of the old key.

    Args:
        soon: whether tokens that it signed may not have expired yet.
    """
    text = "the old key is no longer trusted"
    if soon:
        return f"{text}; clients whose token it signed within the last 5 minutes have to ask for a new one"
    return text


def _on_this_machine(layout: Layout, key: Path) -> str:
    """Say whether GitLab's own place leads to the key; another account's directory may keep ctl from it."""
    place = Path(_registry_block(layout)["key"])
    try:
        if place.read_bytes() == key.read_bytes():
            return f"{place} holds the new key"
    except OSError:
        pass
    return f"{place} does not lead to {key}; it has to become a copy of it"


def _registry_block(layout: Layout) -> dict[str, Any]:
    path = layout.current / SETTINGS
    try:
        return dict(read_yaml(path)["production"]["registry"])
    except (KeyError, TypeError, ValueError):
        raise Damaged(path, "it has no block of the registry", MENDS) from None
