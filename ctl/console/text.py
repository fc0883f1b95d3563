"""Text of others made safe for a terminal."""

from __future__ import annotations

import json
from typing import Any

from ctl.diagnostics.cells import is_unsafe, printable, printable_text


def safe(text: str) -> str:
    """Return text of others as it may stand in a line; see `printable`."""
    return printable(text)


def safe_text(text: str) -> str:
    """Return a text of several lines as it may be printed; see `printable_text`."""
    return printable_text(text)


def json_text(document: Any) -> str:
    r"""Return a document as JSON of which nothing drives a terminal: ``\u202e``, ``\udcff``."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "".join(
        _as_json(character) if is_unsafe(character) and character != "\n" else character for character in text
    )


def _as_json(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def counted(number: object, noun: str, plural: str | None = None) -> str:
    """Return a number with what it counts: ``1 manifest``, ``2 manifests``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
