"""``ctl start``, ``stop``, ``restart`` and ``status``: gitlab-ctl's lines, with its silences made errors."""

from __future__ import annotations

import difflib

from ctl.errors import CtlError
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.process import SubprocessRunner
from ctl.state import stopped
from ctl.supervise import control, runsvdir
from ctl.supervise.directories import defined, enabled, hold_down, release
from ctl.supervise.status import State, process_of

# What gitlab-ctl grants a service, and enough for the default drain timeout.
WAIT_SECONDS = 60.0


def act(action: str, service: str | None, layout: Layout) -> int:
    """Do something with one service or all of them, print sv's lines, return the exit code.

    Raises:
        CtlError: the service is unknown or disabled, or no service is there.
    """
    try:
        return _act(action, service, layout)
    except PermissionError as error:
        raise CtlError(
            f"the services of {layout.root} belong to another account", help="run this as root"
        ) from error


def _act(action: str, service: str | None, layout: Layout) -> int:
    names = [_known(layout, service)] if service is not None else _resting(layout)
    if not names:
        raise CtlError("there are no services yet", help="ctl reconfigure makes them")
    runner = SubprocessRunner()
    for name in names:
        # Who may not ask runsv is told so before anything is done.
        process_of(layout, name)
    for name in names:
        _remember(action, name, layout)
    if action in ("start", "restart") and not runsvdir.is_running(layout):
        runsvdir.ensure_running(layout, runner)
        for name in names:
            control.wait_supervised(layout, name)
    codes = [_one(action, name, layout) for name in names]
    return min(sum(codes), 125)


def _resting(layout: Layout) -> list[str]:
    """The services that run at rest: all but the standby instance."""
    return [name for name in enabled(layout) if name != STANDBY]


def shutdown(layout: Layout) -> None:
    """Stop every service and runsvdir itself; the next reconfigure or start brings them back."""
    runsvdir.stop(layout, SubprocessRunner(), WAIT_SECONDS)


def _remember(action: str, name: str, layout: Layout) -> None:
    """Note what shall hold beyond the life of today's supervisors."""
    if action == "stop":
        stopped.mark(layout, name)
        hold_down(layout, name)
        if name == REGISTRY and process_of(layout, STANDBY).pid:
            # Left by an exchange that was interrupted; it would serve on.
            control.tell(layout, STANDBY, "d")
    elif action in ("start", "restart"):
        stopped.unmark(layout, name)
        release(layout, name)


def _exchange(layout: Layout) -> None:
    """Restart the registry without a client noticing, where nginx and a standby instance are there."""
    from ctl.apply import generation
    from ctl.apply.lock import locked
    from ctl.operations.exchange import Exchange, can_exchange
    from ctl.operations.progress import Silent

    with locked(layout, "restart registry"):
        if can_exchange(layout):
            current = generation.load_current(layout)
            drain = float(current.manifest.get("drain", 0.0)) if current else 0.0
            Exchange(layout, drain, Silent()).run()
        else:
            print("nginx is not run by ctl here: clients that ask in this moment have to ask again")
            control.cycle(layout, REGISTRY, WAIT_SECONDS)


def _one(action: str, name: str, layout: Layout) -> int:
    if action == "restart" and name == REGISTRY and process_of(layout, name).is_up:
        _exchange(layout)
        action = "start"
    elif action == "restart" and process_of(layout, name).is_up:
        # sv takes a process that is younger than a second for the one it has just started.
        try:
            control.cycle(layout, name, WAIT_SECONDS)
        except CtlError as error:
            print(f"timeout: {error.message}")
            return 1
        action = "start"
    done = control.sv(layout, SubprocessRunner(), action, name, WAIT_SECONDS)
    print(_printable(done.stdout + done.stderr), end="")
    if action == "status":
        return _status_code(layout, name)
    return done.returncode


def _status_code(layout: Layout, name: str) -> int:
    """Return what an init script would: 0 running, 3 down, 4 unknown."""
    state = process_of(layout, name).state
    return {State.RUN: 0, State.ABSENT: 4}.get(state, 3)


def _printable(text: str) -> str:
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable() or char == "\n":
        return char
    # A byte of an argument that is no UTF-8 arrives as one of these.
    number = ord(char) - 0xDC00 if 0xDC80 <= ord(char) <= 0xDCFF else ord(char)
    return f"\\x{number:02x}"


def _known(layout: Layout, name: str) -> str:
    names = enabled(layout)
    if name in names:
        return name
    if name in defined(layout):
        raise CtlError(f"the service {name} is disabled", help="enable it in gitlab.rb, then ctl reconfigure")
    close = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names) or 'none yet'}"
    raise CtlError(f"there is no service {_printable(name)}", help=hint)
