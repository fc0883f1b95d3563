"""``ctl start``, ``stop``, ``restart`` and the signals: gitlab-ctl's lines, with its silences made errors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress

from ctl.apply.lock import locked
from ctl.errors import CtlError, reason
from ctl.operations.serve.revival import revive
from ctl.operations.serve.selection import permitted, selected
from ctl.operations.serve.status import HIGHEST_CODE, remark, status_lines
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.process import SubprocessRunner
from ctl.state import begun, guard, link, reserve, stopped
from ctl.supervise import control, runsvdir
from ctl.supervise.directories import hold_down, release, spelled
from ctl.supervise.last_words import LINES
from ctl.supervise.logs import log_tail
from ctl.supervise.orphans import holders, stood_in_for
from ctl.supervise.processes import end, wait_until
from ctl.supervise.status import State, process_of, status_line

# What gitlab-ctl grants a service, and enough for the default drain timeout.
WAIT_SECONDS = 60.0
# How long a second command waits for the first one's end before it gives up.
PATIENCE_SECONDS = 5.0
# nginx tries for 2.5 s to get a port.
ANSWER_SECONDS = 20.0
LOG_LINES = 6

SIGNALS = {"hup": "h", "int": "i", "term": "t", "kill": "k", "usr1": "1", "usr2": "2"}
"""runsv's letters for the signals that it passes on."""

Say = Callable[[str], None]


def say_aloud(line: str) -> None:
    """Print a line at once: the next service may take its time."""
    print(_shown(line), flush=True)


def say_aside(line: str) -> None:
    """Print a remark, which is no part of the answer."""
    print(_shown(line), file=sys.stderr, flush=True)


def _shown(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    from ctl.diagnostics.cells import printable_text

    return printable_text(line)


def act(action: str, service: str | None, layout: Layout, say: Say = say_aloud, note: Say = say_aside) -> int:
    """Do something with one service or all of them, print sv's lines, return the exit code.

    Args:
        action: ``status``, ``start``, ``stop``, ``restart``, ``once``, ``graceful-kill`` or a signal of
            `SIGNALS`.
        service: its name; None for all.
        layout: whose services.
        say: prints a line.
        note: prints a remark that is not part of the answer.

    Raises:
        CtlError: the service is unknown or disabled, no service is there, they belong to another account,
            another run is at work (exit 4), or a service that was started ends again and again.
    """
    if action == "status":
        lines, code, remarks = status_lines(layout, service)
        for line in lines:
            say(line)
        for text in remarks:
            note(f"note: {text}")
        return code
    with permitted(layout):
        names = selected(layout, service)
        if STANDBY in names:
            raise CtlError(
                f"{STANDBY} serves while the registry is exchanged, and ctl alone starts and stops it",
                help="ctl restart registry",
            )
        for name in names:
            # Who may not ask runsv is told so before anything is done.
            process_of(layout, name)
        # A signal has to come through also while another run hangs.
        alone = nullcontext() if action in SIGNALS else _alone(layout, action, service)
        with alone, reserve.shared(layout):
            return _Control(layout, say, note).run(action, names)


def _alone(layout: Layout, action: str, service: str | None) -> AbstractContextManager[None]:
    purpose = action if service is None else f"{action} {spelled(service)}"
    return locked(layout, purpose, patience=PATIENCE_SECONDS)


def shutdown(layout: Layout) -> None:
    """Stop every service and runsvdir itself; the next reconfigure or start brings them back."""
    runsvdir.stop(layout, SubprocessRunner(), WAIT_SECONDS)


class _Control:
    """The commands on services whose names were found right; the caller holds the lock where one is due."""

    def __init__(self, layout: Layout, say: Say, note: Say) -> None:
        self.layout, self.say, self.note = layout, say, note
        self.runner = SubprocessRunner()

    def run(self, action: str, names: list[str]) -> int:
        """Do it to each of them; return the exit code."""
        if action in SIGNALS:
            self._remark()
            return min(sum(self._signal(action, name) for name in names), HIGHEST_CODE)
        for name in names:
            self._remember(action, name)
        revive(self.layout, self.runner, names, lambda text: self.note(f"note: {text}"))
        if action in ("start", "restart", "once"):
            guard.mend_link(self.layout)
        if action in ("start", "restart"):
            return self._bring(action, names)
        return min(sum(self._act(action, name) for name in names), HIGHEST_CODE)

    def _remark(self) -> None:
        text = remark(self.layout)
        if text:
            self.note(f"note: {text}")

    def _bring(self, action: str, names: list[str]) -> int:
        """Start or restart services; ok is said of those that answer.

        Raises:
            CtlError: a service does not.
        """
        self._supervise(names)
        late = {name for name in names if not self._begun(action, name)}
        errors = [error for name in names if name not in late and (error := self._answers(name))]
        if errors:
            raise errors[0]
        absent = [name for name in names if process_of(self.layout, name).state is State.ABSENT]
        return min(len(late.union(absent)), HIGHEST_CODE)

    def _supervise(self, names: list[str]) -> None:
        if not runsvdir.is_running(self.layout):
            runsvdir.ensure_running(self.layout, self.runner)
            for name in names:
                control.wait_supervised(self.layout, name)

    def _remember(self, action: str, name: str) -> None:
        """Note what shall hold beyond the life of today's supervisors."""
        try:
            if action in ("stop", "graceful-kill"):
                stopped.mark(self.layout, name)
                hold_down(self.layout, name)
            elif action in ("start", "restart"):
                # In this order: who dies in between leaves no service down at the machine's next start.
                release(self.layout, name)
                stopped.unmark(self.layout, name)
        except OSError as error:
            if error.errno not in reserve.FULL:
                raise
            # A service has to be stoppable just when its logs have filled the disk.
            self.note(f"note: the next reconfigure will start {spelled(name)} again: {reason(error)}")

    def _act(self, action: str, name: str) -> int:
        if action == "once":
            self._supervise([name])
            control.tell(self.layout, name, "o")
            return 0
        if action == "graceful-kill":
            return self._graceful_kill(name)
        return self._stop(name)

    def _begun(self, action: str, name: str) -> bool:
        """Let a service start; return whether the old process has made room for it."""
        if action == "restart" and process_of(self.layout, name).is_up:
            try:
                self._restart(name)
            except CtlError as error:
                if name == REGISTRY:
                    raise
                self.say(f"timeout: {error.message}")
                return False
        if process_of(self.layout, name).state is not State.ABSENT:
            control.bring_up(self.layout, name)
            if name == REGISTRY and guard.exchanging(self.layout):
                _come_to_rest(self.layout)
        return True

    def _answers(self, name: str) -> CtlError | None:
        """Wait until a service answers, and say how it stands; return what is wrong with it."""
        from ctl.operations.serve.readiness import readiness

        first = process_of(self.layout, name)
        ready = readiness(self.layout, name)

        def ended() -> bool:
            # A process that ended gets a successor with another number, or none.
            state = process_of(self.layout, name)
            return state.pid != first.pid or not state.is_up

        wait_until(lambda: ended() or ready(), ANSWER_SECONDS)
        over = ended()
        good = not over and ready()
        state = process_of(self.layout, name)
        word = "" if state.state is State.ABSENT else "ok: " if good else "timeout: "
        self.say(spelled(word + status_line(state, None)))
        if good or first.state is State.ABSENT:
            return None
        return CtlError(
            f"{spelled(name)} "
            + ("ended as soon as it was started" if over else "runs, but does not answer"),
            detail=self._evidence(name, over),
            help=f"ctl tail {spelled(name)} shows why",
        )

    def _evidence(self, name: str, over: bool) -> str | None:
        """Return why a service has ended, or the end of its log."""
        from ctl.operations.serve.endings import ending

        lines = log_tail(self.layout, name, LINES)
        told = ending(self.layout, name, lines) if over else None
        shown = "\n".join([f"the end of the log of {spelled(name)}:", *lines[-LOG_LINES:]])
        return told or (shown if lines else None)

    def _stop(self, name: str) -> int:
        code = self._sv("stop", name)
        if name == REGISTRY:
            _end_exchange(self.layout)
        self._end_left(name, signal.SIGTERM)
        return code

    def _end_left(self, name: str, number: signal.Signals) -> None:
        """End what a killed supervisor or main process has left of a service that is down."""
        left = holders(self.layout, name)
        if left and not process_of(self.layout, name).pid:
            end(left, number, WAIT_SECONDS)
            self.say(f"ended what was left of {spelled(name)}: {', '.join(map(str, left))}")

    def _sv(self, verb: str, name: str) -> int:
        done = control.sv(self.layout, self.runner, verb, name, WAIT_SECONDS)
        for line in (done.stdout + done.stderr).splitlines():
            self.say(spelled(line))
        return done.returncode

    def _restart(self, name: str) -> None:
        if name == REGISTRY:
            _exchange(self.layout, self.note)
        else:
            # sv takes a process that is younger than a second for the one it has just started.
            control.cycle(self.layout, name, WAIT_SECONDS)

    def _signal(self, action: str, name: str) -> int:
        state = process_of(self.layout, name)
        if state.state is State.ABSENT:
            self.say(f"fail: {spelled(name)}: runsv not running")
            self.note(f"note: nobody supervises {spelled(name)}: ctl start {spelled(name)} ends that")
            return 1
        if not state.pid:
            self.note(f"note: {spelled(name)} is down; nobody was told")
            return 0
        if action == "hup" and name == REGISTRY:
            self.note("note: the registry ends on HUP; ctl restart registry does it without a failed pull")
        leader = stood_in_for(self.layout, name)
        if leader and action == "kill":
            # What only stands in for it passes every signal on but this.
            begun.note()
            with suppress(ProcessLookupError):
                os.kill(leader, signal.SIGKILL)
        else:
            control.tell(self.layout, name, SIGNALS[action])
        return 0

    def _graceful_kill(self, name: str) -> int:
        from ctl.supervise.family import Family

        state = process_of(self.layout, name)
        if not state.pid:
            if not holders(self.layout, name):
                self.say(f"{spelled(name)} does not run, so there is nothing to kill")
            code = self._sv("stop", name)
            self._end_left(name, signal.SIGKILL)
            return code
        family = Family.of(state.pid)
        code = self._sv("stop", name)
        if name == REGISTRY:
            _end_exchange(self.layout)
        left = family.kill()
        if left:
            self.say(f"killed what was left of {spelled(name)}: {', '.join(map(str, left))}")
        # Its end was what was asked for, by whatever means.
        gone = wait_until(lambda: not process_of(self.layout, name).pid, WAIT_SECONDS)
        self._end_left(name, signal.SIGKILL)
        return 0 if gone else code or 1


def _exchange(layout: Layout, note: Say) -> None:
    """Restart the registry without a client noticing, where nginx and a standby instance are there."""
    from ctl.operations.progress import Silent
    from ctl.operations.serve.exchange import Exchange, drain_of

    if link.is_used(layout):
        Exchange(layout, drain_of(layout), Silent()).run()
    else:
        note("note: nginx is not run by ctl here: clients that ask in this moment have to ask again")
        control.cycle(layout, REGISTRY, WAIT_SECONDS)


def _come_to_rest(layout: Layout) -> None:
    """End what a run that died has left, as its guard would: the service may be down."""
    from ctl.operations.progress import Silent
    from ctl.operations.serve.rest import come_to_rest

    come_to_rest(layout, SubprocessRunner(), Silent())


def _end_exchange(layout: Layout) -> None:
    """End what a run that died has left of an exchange: its standby would serve on."""
    from ctl.operations.progress import Silent
    from ctl.operations.serve.exchange import Exchange, drain_of

    if guard.exchanging(layout) or process_of(layout, STANDBY).pid or holders(layout, STANDBY):
        Exchange(layout, drain_of(layout), Silent()).back()
