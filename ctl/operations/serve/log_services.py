"""The services that keep logs: each reads its settings again when they have changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from hashlib import sha256

from msgspec import to_builtins

from ctl.apply.generation import Staged
from ctl.apply.touched import Edit
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.state import running
from ctl.state.fingerprint import Due, Fingerprint
from ctl.supervise import control


def converge_logs(layout: Layout, staged: Staged, fresh: Collection[str]) -> None:
    """Tell every log service to read anew whose settings are not those that it was given last.

    A log that goes on as it did before is no reason to fail a run: the next one tells it again.

    Args:
        layout: whose services.
        staged: the generation in force.
        fresh: services that were enabled just now, with their log services.
    """
    for name in staged.manifest.services:
        wanted = _wanted(staged, name)
        due = wanted.due(running.read(layout, _record(name)))
        if due is Due.NOTHING:
            continue
        if name not in fresh:
            try:
                # svlogd writes what it still has before it ends, and runsv keeps the pipe open meanwhile.
                control.tell(layout, f"{name}/log", "h" if due is Due.RELOAD else "t")
            except CtlError:
                continue
        running.write(layout, _record(name), wanted)


def forget_edited(layout: Layout, edits: Iterable[Edit]) -> None:
    """Let the log services read anew that may have read an edit by hand."""
    for edit in edits:
        part = edit.reads.split("/")
        if len(part) > 2 and part[0] == "runit" and part[2] == "log":
            running.forget(layout, _record(part[1]))


def _record(name: str) -> str:
    return f"{name}.log"


def _wanted(staged: Staged, name: str) -> Fingerprint:
    return Fingerprint(*(_digest(staged, f"runit/{name}/log/{file}") for file in ("run", "config")))


def _digest(staged: Staged, path: str) -> str:
    entry = staged.manifest.files.get(path)
    return sha256(json.dumps(entry and to_builtins(entry), sort_keys=True).encode()).hexdigest()
