"""What was done, when, by whom and with what result: a rotated log that only root reads."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctl.diagnostics.known import KNOWN
from ctl.paths import Layout
from ctl.state.document import parse
from ctl.state.files import Damaged, irregularity, read_text

MAXIMUM_BYTES = 1024 * 1024
KEPT = 5


def path(layout: Layout) -> Path:
    """Return where the history is kept: a JSON object a line."""
    return layout.logs / "ctl" / "history.log"


def who() -> str:
    """Return the account behind this run, also through sudo."""
    try:
        own = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        own = str(os.getuid())
    caller = os.environ.get("SUDO_USER")
    return f"{caller} (as {own})" if caller and caller != own else own


def record(layout: Layout, command: str, result: str, summary: str, generation: int | None) -> None:
    """Add a line; a full disk must not turn a good run into a failed one.

    Args:
        layout: whose history.
        command: such as ``reconfigure``.
        result: ``done`` or ``failed``.
        summary: what changed, or what went wrong; secrets are masked, and stay so.
        generation: the one that was put in force.
    """
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": who(),
        "command": command,
        "result": result,
        "what": KNOWN.mask(summary),
        "generation": generation,
    }
    line = f"{json.dumps(entry)}\n".encode()
    with contextlib.suppress(OSError):
        file = path(layout)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.path.lexists(file) and irregularity(file.lstat()):
            return
        _make_room(file, len(line))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(file, flags, 0o600), "wb") as output:  # noqa: PTH123 - a descriptor
            output.write(line)


def _make_room(file: Path, count: int) -> None:
    """Give the file the name of an older one where so many bytes more would be too many; the oldest goes."""
    if not file.exists() or file.stat().st_size + count < MAXIMUM_BYTES:
        return
    for number in range(KEPT - 1, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{file}.{number}").rename(f"{file}.{number + 1}")
    file.rename(f"{file}.1")


def entries(layout: Layout) -> list[dict[str, Any]]:
    """Return what was recorded, oldest first; lines that are damaged are left out."""
    recorded: list[dict[str, Any]] = []
    files = [Path(f"{path(layout)}.{number}") for number in range(KEPT, 0, -1)]
    for file in [*files, path(layout)]:
        try:
            lines = (read_text(file) or "").split("\n")
        except Damaged as error:
            if not file.parent.is_dir():
                continue
            raise Damaged(
                error.path, error.problem, "move it away; what is done next begins a new one"
            ) from None
        except OSError:
            continue
        for line in lines:
            try:
                entry = parse(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                recorded.append(entry)
    return recorded
