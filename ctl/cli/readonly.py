"""Commands by which the registry refuses pushes for a while."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from ctl.cli.declared import Command, argument, misuse, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.options import Json, Root, layout_of, wants_json
from ctl.paths import Layout

READ_ONLY = 3


class Action(StrEnum):
    """What ``ctl set-readonly`` does."""

    ON = "on"
    OFF = "off"
    STATUS = "status"


_SET_READONLY = epilog(
    ("ctl set-readonly on --reason 'storage moves to S3'", "before images are copied elsewhere"),
    ("ctl set-readonly on --drain-timeout 10m", "give large uploads time to end"),
    ("ctl set-readonly off", "take pushes again"),
    exits={3: "status: the registry is read-only", **LOCKED},
)


def set_readonly(
    action: Annotated[Action, argument(metavar="on|off|status", help="What to do.", show_default=False)],
    reason: Annotated[str, option("--reason", metavar="TEXT", help="Shown by status to who wonders.")] = "",
    drain_timeout: Annotated[
        str,
        option("--drain-timeout", metavar="DURATION", help="How long running uploads may take to end."),
    ] = "60s",
    force: Annotated[bool, option("--force", help="Cut off uploads that have not ended by then.")] = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Refuse pushes, or take them again.

    No pull fails meanwhile; status exits 0 when the registry is writable, 3 when it is read-only. A switch is
    proven by a request at the registry and through nginx, and lasts through reconfigure, restart and reboot
    until the next one.
    """
    as_json = wants_json(json)
    layout = layout_of(root)
    if action is Action.STATUS:
        raise SystemExit(_status(layout, as_json))
    patience = _seconds(drain_timeout)
    from ctl.console.progress import Steps
    from ctl.console.readonly import show_switched
    from ctl.operations.serve.readonly import switch_off, switch_on
    from ctl.process import SubprocessRunner

    steps, runner = Steps(), SubprocessRunner()
    try:
        if action is Action.ON:
            done = switch_on(layout, runner, steps, reason, patience, force)
        else:
            done = switch_off(layout, runner, steps)
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()
    show_switched(done, as_json)


def _status(layout: Layout, as_json: bool) -> int:
    from ctl.console.readonly import show_status
    from ctl.operations.serve.condition import reads_read_only
    from ctl.state import readonly

    why, running = readonly.in_force(layout), reads_read_only(layout)
    show_status(why, running, as_json)
    return READ_ONLY if why is not None or running else 0


def _seconds(text: str) -> float:
    from ctl.settings.durations import go_duration, seconds

    try:
        return seconds(go_duration(text))
    except ValueError as error:
        raise misuse(str(error), "--drain-timeout") from None


def settle(root: Root = None) -> None:
    """End what somebody who died has left in force; the guard service calls this."""
    from ctl.console.text import safe
    from ctl.operations.progress import Silent
    from ctl.operations.serve.settle import settle as run
    from ctl.process import SubprocessRunner

    for line in run(layout_of(root), SubprocessRunner(), Silent()):
        print(safe(line))


COMMANDS = (
    Command("set-readonly", set_readonly, _SET_READONLY),
    Command("settle", settle, hidden=True),
)
