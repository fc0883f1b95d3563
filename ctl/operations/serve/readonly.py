"""``ctl set-readonly``: let the registry refuse pushes, or take them again, and prove it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct, field

from ctl.apply import history
from ctl.apply.lock import locked
from ctl.checks.model import Checked
from ctl.errors import CtlError, refused
from ctl.operations.interruption import interruptible, undisturbed
from ctl.operations.progress import Progress
from ctl.operations.serve.condition import right_form
from ctl.operations.serve.rest import come_to_rest
from ctl.operations.serve.serving import Registry
from ctl.paths import REGISTRY, Layout
from ctl.process import Runner
from ctl.state import guard, readonly, reserve
from ctl.state.readonly import ReadOnly


class Switched(Struct):
    """What came of it.

    Args:
        changed: whether anything was done.
        why: what is in force now; None when the registry takes pushes.
        hops: what was proven.
        notes: what the administrator should know of.
    """

    changed: bool
    why: ReadOnly | None
    hops: list[Checked]
    notes: list[str] = field(default_factory=list)


def switch_on(
    layout: Layout, runner: Runner, progress: Progress, reason: str, patience: float, force: bool
) -> Switched:
    """Let the registry refuse pushes until `switch_off`.

    Args:
        layout: whose registry.
        runner: runs programs.
        progress: told of every step.
        reason: free text for who wonders later.
        patience: seconds for running uploads.
        force: whether those that are left then are cut off.

    Raises:
        CtlError: it could not be proven; then everything is as before.
    """
    with locked(layout, "set-readonly on"), reserve.shared(layout), interruptible():
        registry = Registry(layout, runner, progress)
        before = readonly.wanted(layout)
        right = readonly.in_force(layout) is not None and right_form(layout, REGISTRY)
        with _attempt(registry, "set-readonly on", before):
            if not right:
                # Before what is wanted is noted: whoever dies in between leaves the guard to do it.
                guard.begin_exchange(layout)
            if before is None or reason:
                readonly.demand(layout, asked_by(reason))
            hops = registry.bring(registry.uploads_ended(patience, force))
        history.record(layout, "set-readonly on", "done", reason or "no reason given", None)
        return Switched(not right, readonly.wanted(layout), hops)


def switch_off(layout: Layout, runner: Runner, progress: Progress) -> Switched:
    """Let the registry take pushes again.

    Raises:
        CtlError: the settings themselves demand read-only, or it could not be proven.
    """
    with locked(layout, "set-readonly off"), reserve.shared(layout), interruptible():
        registry = Registry(layout, runner, progress)
        before = readonly.wanted(layout)
        right = before is None and right_form(layout, REGISTRY)
        with _attempt(registry, "set-readonly off", before):
            if not right:
                guard.begin_exchange(layout)
            readonly.release(layout)
            hops = registry.bring()
        place = registry.demanded()
        if place is not None:
            raise CtlError(
                f"the settings themselves demand read-only: {place.file}:{place.line}",
                help="take that line away, then ctl reconfigure",
            )
        history.record(layout, "set-readonly off", "done", "", None)
        leased = readonly.leased(layout)
        notes = [f"read-only until it ends: {leased.reason}"] if leased else []
        return Switched(not right, readonly.in_force(layout), hops, notes)


@contextmanager
def _attempt(registry: Registry, command: str, before: ReadOnly | None) -> Iterator[None]:
    """Go back to what was wanted before when the block fails, and note the failure in the history.

    Raises:
        CtlError: what the block has raised; it names the file that could not be written.
    """
    try:
        yield
    except BaseException as error:
        with undisturbed():
            _go_back(registry, before)
        plain = _plainly(error)
        history.record(registry.layout, command, "failed", str(plain), None)
        raise plain from error


def _go_back(registry: Registry, before: ReadOnly | None) -> None:
    """Bring the process back into the form that it had; what fails here is left to the guard."""
    try:
        if before is None:
            readonly.release(registry.layout)
        elif before != readonly.wanted(registry.layout):
            readonly.demand(registry.layout, before)
        come_to_rest(registry.layout, registry.runner, registry.progress)
    except (CtlError, OSError) as second:
        registry.progress.note(f"going back failed as well: {second}")


def _plainly(error: BaseException) -> BaseException:
    if isinstance(error, KeyboardInterrupt):
        return CtlError(f"{error}; everything is as it was before", help="run it again when it suits")
    if isinstance(error, OSError):
        return refused(error)
    return error


def asked_by(reason: str) -> ReadOnly:
    """Return a note of who asks now, and why."""
    return ReadOnly(datetime.now().astimezone().isoformat(timespec="seconds"), _who(), reason)


def _who() -> str:
    """The account that asks; behind sudo the one that called it."""
    name = os.environ.get("SUDO_USER")
    if name:
        return name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


__all__ = ["ReadOnly", "Switched", "asked_by", "switch_off", "switch_on"]
