"""Where things lie in the registry's tree, and in ours beside it; paths are relative to ``rootdirectory``.

Source: the layout of distribution 2.8, 3.x and GitLab's registry, which is the same.
"""

from __future__ import annotations

import re

from ctl.regex import compile_late
from ctl.storage.engine.digests import algorithm_of

BASE = "docker/registry/v2"
BLOBS = f"{BASE}/blobs"
REPOSITORIES = f"{BASE}/repositories"
DATABASE_LOCK = "docker/registry/lockfiles/database-in-use"
TRASH = "ctl-trash"

REVISIONS = "_manifests/revisions"
TAGS = "_manifests/tags"
LAYERS = "_layers"
UPLOADS = "_uploads"

# Source: distribution's reference package; a name is at most 255 characters long.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = compile_late(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z", re.ASCII)


def is_repository_name(name: str) -> bool:
    """Whether the registry can be asked for a repository of this name."""
    return len(name) <= 255 and _NAME.match(name) is not None


def repository(name: str) -> str:
    """Give a repository's directory."""
    return f"{REPOSITORIES}/{name}"


def blob(raw: bytes) -> str:
    """Give the directory that holds a blob's ``data``."""
    text = raw.hex()
    return f"{BLOBS}/{algorithm_of(raw)}/{text[:2]}/{text}"


def revision(name: str, raw: bytes) -> str:
    """Give the directory of a revision's link."""
    return f"{REPOSITORIES}/{name}/{REVISIONS}/{algorithm_of(raw)}/{raw.hex()}"


def layer(name: str, raw: bytes) -> str:
    """Give the directory of a layer link."""
    return f"{REPOSITORIES}/{name}/{LAYERS}/{algorithm_of(raw)}/{raw.hex()}"


def tag(name: str, tag: str) -> str:
    """Give the directory of a tag."""
    return f"{REPOSITORIES}/{name}/{TAGS}/{tag}"


def history(name: str, tag: str, raw: bytes) -> str:
    """Give the directory of an entry of a tag's history."""
    return f"{REPOSITORIES}/{name}/{TAGS}/{tag}/index/{algorithm_of(raw)}/{raw.hex()}"
