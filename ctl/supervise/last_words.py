"""The sentence with which a program ended, among all that its log holds beside it.

Source: measured with distribution 2.8.2 and 3.1.1 and nginx 1.22: a mistake in the configuration is an
error with a usage text behind it, one of a driver or middleware a panic with a trace of twenty lines, a
port that is taken the last entry of the log, at the level ``fatal``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ctl.regex import compile_late

# Enough for the trace of a program with many threads.
LINES = 400

_SENTENCE = compile_late(
    r"(?:^|\s)(?:panic: |fatal error: |configuration error: |chpst: fatal: |\[emerg\] (?:\d+#\d+: )?)"
    r"(?P<said>\S.*)"
)
_ENTRY = compile_late(r"""(?:^|\s)level=fatal .*?msg=(?P<said>"(?:[^"\\]|\\.)*"|\S+)""")
_DOCUMENT = compile_late(r"\{.*\"(?:level|levelname)\":\s?\"fatal\".*\}")
# What nginx adds when it gives up.
_NOTHING_NEW = "still could not bind()"
# Whoever came to listen did not end by what stands before that.
_CAME_UP = compile_late(r"listening on |start worker process")


def last_words(lines: Sequence[str]) -> str | None:
    """Return what a program ended with; None where its log does not tell.

    Args:
        lines: the end of the log.
    """
    for number in range(len(lines) - 1, -1, -1):
        said = _said(lines[number])
        if said is not None:
            return said + _continued(lines[number + 1 :]) if said.endswith(":") else said
        if _CAME_UP.search(lines[number]):
            return None
    return None


def _said(line: str) -> str | None:
    entry = _ENTRY.search(line)
    if entry is not None:
        return _unquoted(entry["said"])
    document = _DOCUMENT.search(line)
    if document is not None:
        return _of_document(document[0])
    sentence = None if "level=" in line else _SENTENCE.search(line)
    if sentence is None or _NOTHING_NEW in line:
        return None
    return re.sub(r" \[recovered\]$|^error parsing \S+: ", "", sentence["said"].strip())


def _continued(lines: Sequence[str]) -> str:
    """Return the indented lines that follow a sentence, in one."""
    more = []
    for line in lines:
        if not line.startswith(" ") or "registry serve" in line:
            break
        more.append(line.strip())
    return "".join(f" {line}" for line in more)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        return text.strip('"')


def _of_document(text: str) -> str | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    said = document.get("msg") or document.get("message")
    return said if isinstance(said, str) else None
