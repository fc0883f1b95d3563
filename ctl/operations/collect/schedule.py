"""``ctl registry-garbage-collect-schedule``: collect regularly, by a systemd timer, or without it by cron."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ctl.errors import CtlError, ExitCode
from ctl.operations.collect.calendar import Calendar, CalendarError, parse
from ctl.paths import Layout
from ctl.process import Runner
from ctl.regex import compile_late
from ctl.state import begun
from ctl.state.files import write_atomically
from ctl.supervise.runsvdir import SYSTEMD

NAME = "registry-ctl-collect"
MARK = "# Written by ctl registry-garbage-collect-schedule."
CRON = f"/etc/cron.d/{NAME}"
SERVICE = f"/etc/systemd/system/{NAME}.service"
TIMER = f"/etc/systemd/system/{NAME}.timer"
_WHEN, _COMMAND = "# When: ", "# Command: "
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What reads /etc/cron.d: Debian's and Red Hat's, and bcron's.
_CRONS = ("cron", "crond", "bcron-start")
_PLAIN = compile_late(r"[A-Za-z0-9_./=:+@-]+", re.ASCII)
LOG = "/var/log/gitlab/ctl/collect.log"


class Scheduled(Struct, frozen=True):
    """What is scheduled.

    Args:
        when: as it was written.
        by: ``systemd`` or ``cron``.
        command: the command line that runs.
        path: the file that says so.
    """

    when: str
    by: str
    command: str
    path: str


class Schedule:
    """The regular collection of one machine.

    Args:
        layout: whose.
        runner: runs ``systemctl``.
        systemd: the directory that tells whether systemd is PID 1.
    """

    def __init__(self, layout: Layout, runner: Runner, systemd: Path = SYSTEMD) -> None:
        self.layout = layout
        self.runner = runner
        self.systemd = layout.is_system and systemd.is_dir()

    def set(self, when: str, words: list[str]) -> Scheduled:
        """Collect regularly, instead of when it was scheduled before.

        Args:
            when: see `ctl.operations.collect.calendar`.
            words: options of the collection.

        Raises:
            CtlError: it is no time, or a file of that name is not ours.
        """
        try:
            calendar = parse(when)
        except CalendarError as error:
            raise CtlError(str(error), exit_code=ExitCode.USAGE) from None
        if calendar.following(datetime.now()) is None:
            raise CtlError(f"there is no such day: {when!r}", exit_code=ExitCode.USAGE)
        for path in (CRON, SERVICE, TIMER):
            self._own(self.layout.under(path))
        log = self.layout.under(LOG)
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [*program(self.layout), "registry-garbage-collect", "--yes", *words]
        shown = Scheduled(" ".join(when.split()), "", shlex.join(command), "")
        if self.systemd:
            made = replace(shown, by="systemd", path=TIMER)
            self._write(SERVICE, service_text(command, log))
            self._write(TIMER, timer_text(made, calendar))
            self._started()
            self._remove(CRON)
            return made
        if not self._cron_is_there():
            raise CtlError(
                "neither systemd nor cron is there to start anything regularly",
                help="apt-get install --no-install-recommends cron",
            )
        made = replace(shown, by="cron", path=CRON)
        self._write(CRON, cron_text(made, calendar, log))
        return made

    def _cron_is_there(self) -> bool:
        # The directory alone says nothing: Debian's e2fsprogs brings it.
        installed = not self.layout.is_system or any(shutil.which(program, path=_PATH) for program in _CRONS)
        return installed and self.layout.under(CRON).parent.is_dir()

    def _started(self) -> None:
        """Start the timer; what systemd does not take is not there afterwards."""
        try:
            self._systemctl("daemon-reload")
            self._systemctl("enable", "--now", f"{NAME}.timer")
        except CtlError:
            self.runner.run(["systemctl", "disable", "--now", f"{NAME}.timer"])
            self._remove(TIMER)
            self._remove(SERVICE)
            self.runner.run(["systemctl", "daemon-reload"])
            raise

    def off(self) -> bool:
        """Do not collect regularly any more; return whether anything was scheduled.

        Raises:
            CtlError: a file of that name is not ours.
        """
        had = scheduled(self.layout) is not None
        for path in (CRON, SERVICE, TIMER):
            self._own(self.layout.under(path))
        begun.note()
        if self.systemd and _read(self.layout, TIMER):
            self._systemctl("disable", "--now", f"{NAME}.timer")
        for path in (CRON, TIMER, SERVICE):
            self._remove(path)
        if self.systemd and had:
            self._systemctl("daemon-reload")
        return had

    def _own(self, path: Path) -> None:
        """Make sure that a file is ours, or not there."""
        if path.is_symlink() or (path.exists() and not path.read_text(errors="replace").startswith(MARK)):
            raise CtlError(f"{path} was not written by ctl", help="move it away, then try again")

    def _write(self, path: str, text: str) -> None:
        # cron leaves files alone that others can write, and wants no secrets in them.
        write_atomically(self.layout.under(path), text.encode(), 0o644)

    def _remove(self, path: str) -> None:
        self.layout.under(path).unlink(missing_ok=True)

    def _systemctl(self, *words: str) -> None:
        done = self.runner.run(["systemctl", *words])
        if not done.ok:
            raise CtlError(
                f"systemctl {' '.join(words)} failed",
                detail=done.stderr.strip() or None,
                help="run it by hand to see why, then this again",
            )


def scheduled(layout: Layout) -> Scheduled | None:
    """Return what is scheduled; None when nothing is."""
    for path, by in ((TIMER, "systemd"), (CRON, "cron")):
        text = _read(layout, path)
        if text.startswith(MARK):
            return Scheduled(_noted(text, _WHEN), by, _noted(text, _COMMAND), path)
    return None


def next_run(schedule: Scheduled, now: datetime) -> datetime | None:
    """Return when a schedule runs next, in the zone of the machine; None when its file does not tell.

    Args:
        schedule: what is scheduled.
        now: with a time zone.
    """
    try:
        # Both systemd and cron go by the machine's own time.
        moment = parse(schedule.when).following(now.astimezone().replace(tzinfo=None))
    except CalendarError:
        return None
    return moment.astimezone() if moment else None


def _noted(text: str, label: str) -> str:
    """Return what stands behind a label of the head of a file."""
    return next((line.removeprefix(label) for line in text.splitlines() if line.startswith(label)), "")


def _read(layout: Layout, path: str) -> str:
    try:
        return layout.under(path).read_text(errors="replace")
    except OSError:
        return ""


def program(layout: Layout) -> list[str]:
    """Return the words that run this very ctl, by an absolute path."""
    installed = shutil.which("ctl", path="/usr/bin:/usr/local/bin")
    started = Path(sys.argv[0])
    words = [installed] if installed else [sys.executable, "-m", "ctl.cli.app"]
    if started.name == "ctl" and started.is_absolute() and started.exists():
        words = [str(started)]
    return words if layout.is_system else [*words, "--root", str(layout.root)]


def is_scheduled(layout: Layout) -> bool:
    """Whether this process was started by the schedule: whatever that has started writes into its log."""
    try:
        return os.path.samestat(os.fstat(1), layout.under(LOG).stat())
    except OSError:
        return False


def cron_text(made: Scheduled, calendar: Calendar, log: Path) -> str:
    """The file for cron(8).

    Raises:
        CtlError: the command holds what cron cannot carry.
    """
    # Where the package was removed and not purged, nothing happens.
    there = f"[ ! -x {shlex.quote(shlex.split(made.command)[0])} ]"
    line = f"{there} || {made.command} >>{shlex.quote(str(log))} 2>&1"
    if "%" in line:
        raise CtlError(f"cron takes a % in a command for the end of it: {line}")
    return f"{_head(made)}SHELL=/bin/sh\nPATH={_PATH}\n{calendar.cron} root {line}\n"


def timer_text(made: Scheduled, calendar: Calendar) -> str:
    """The timer for systemd."""
    return (
        f"{_head(made)}[Unit]\nDescription=Garbage collection of the container registry\n\n"
        f"[Timer]\nOnCalendar={calendar.systemd}\n\n[Install]\nWantedBy=timers.target\n"
    )


def service_text(command: list[str], log: Path) -> str:
    """The service that the timer starts."""
    # systemd takes no path of a program with a quote or a sign of its own in it, however that is escaped.
    plain = _PLAIN.fullmatch(command[0])
    words = command if plain else ["/bin/sh", "-c", f"exec {shlex.join(command)}"]
    # Where the package was removed and not purged, nothing happens.
    condition = f"ConditionFileIsExecutable={command[0]}\n" if plain else ""
    return (
        f"{MARK}\n[Unit]\nDescription=Garbage collection of the container registry\n{condition}\n"
        f"[Service]\nType=oneshot\nExecStart={' '.join(map(_unit_word, words))}\n"
        f"StandardOutput=append:{log}\nStandardError=inherit\nNice=10\nIOSchedulingClass=idle\n"
    )


def _head(made: Scheduled) -> str:
    if "\n" in made.command:
        raise CtlError(f"a line break in a command cannot be scheduled: {made.command!r}")
    return f"{MARK}\n{_WHEN}{made.when}\n{_COMMAND}{made.command}\n"


def _unit_word(word: str) -> str:
    """Quote a word as systemd.service(5) reads it: escapes and variables count inside quotes as well."""
    text = word
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        text = text.replace(sign, escaped)
    return text if _PLAIN.fullmatch(word) else f'"{text}"'
