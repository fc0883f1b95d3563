"""The secrets that are known on this machine without the settings file: of what was in force, and of GitLab.

A command that prints a log must not wait for the settings to be read, and cannot read broken ones; so every
generation keeps what was secret in it, for root alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ctl.diagnostics.secrecy import secrets_within
from ctl.paths import Layout

SECRETS = "secrets.json"
"""The file of a generation that holds every secret of the settings it came from."""
# What GitLab generates is longer; its file may hold other words as well.
_GENERATED = 16
# GitLab's file holds a few of some kilobytes; more is none.
_LARGEST = 16 * 1024 * 1024


def stored_secrets(layout: Layout) -> Iterator[str]:
    """Yield the secrets of all generations that are kept, and of gitlab-secrets.json; none where closed."""
    try:
        files = [directory / SECRETS for directory in layout.generations.iterdir()]
    except OSError:
        files = []
    for file in files:
        yield from _texts(_document(file))
    for text in _texts(_document(layout.secrets_file)):
        if len(text) >= _GENERATED:
            yield from secrets_within(text)


def _document(file: Path) -> Any:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for part in document:
            yield from _texts(part)
    elif isinstance(document, dict):
        for name, part in document.items():
            # What is handed out to everybody is no secret.
            if "certificate" not in name:
                yield from _texts(part)
