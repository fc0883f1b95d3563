"""runsvdir, which watches the services: as a unit where systemd is PID 1, else detached by ctl."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import begun, flock
from ctl.supervise.orphans import orphans, strays
from ctl.supervise.processes import alive, end, link_of, runsv_processes, supervisors, wait_until
from ctl.supervise.status import process_of

SYSTEMD = Path("/run/systemd/system")
UNIT = "registry-ctl-runsvdir.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
# The Debian package brings a unit of its own, hardened.
PACKAGED_UNIT = f"/lib/systemd/system/{UNIT}"
STOP_SECONDS = 90
# After so long a supervisor that was told to end, and told something else since, is told again.
AGAIN_SECONDS = 1.0

# Shell in a unit, where a dollar is doubled; the directory that runsvdir watches is $0. What a new version of
# the package has replaced runs on; the unit may show it below another root.
_CLEAR = (
    'for one in /proc/[0-9]*; do [ "$${one}/cwd/.." -ef "$$0/../sv" ] || continue;'
    ' [ "$${one}/exe" -ef /usr/bin/runsv ] || case "$$(readlink "$${one}/exe")" in'
    ' */usr/bin/runsv" (deleted)") ;; *) continue ;; esac;'
    ' kill -s KILL "$${one#/proc/}"; done'
)
# HUP makes runsvdir send every runsv a TERM, which stops its service; their ends are waited for. They are
# told again, for one that was told something else meanwhile has forgotten it.
_END = (
    'kill -s HUP "$$1"; cd "$$0" || exit;'
    " for one in 1 2 3 4 5 6 7 8; do sv -w 9 shutdown ./* && exit; done; exec sv -w 1 force-shutdown ./*"
)


def is_running(layout: Layout) -> bool:
    """Whether a runsvdir watches this installation's services."""
    return bool(supervisors(layout))


def has_died(layout: Layout) -> bool:
    """Whether supervisors or services are left of a runsvdir that did not end by being told to."""
    if is_running(layout) or _is_ending(layout):
        return False
    return bool(runsv_processes(layout) or orphans(layout))


@contextmanager
def _ending(layout: Layout) -> Iterator[None]:
    """Let everybody know for the length of a block that runsvdir is being stopped: nobody starts it again.

    By a lock on the directory of services, so that it ends by whatever death.
    """
    try:
        descriptor = os.open(layout.services, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        flock.take(descriptor, None)
        yield
    finally:
        os.close(descriptor)


def _is_ending(layout: Layout) -> bool:
    return flock.is_held(layout.services, os.O_DIRECTORY)


def ensure_running(layout: Layout, runner: Runner, systemd: Path = SYSTEMD) -> bool:
    """Start runsvdir unless it runs; return whether it was started now.

    Raises:
        CtlError: it cannot be started, or ends at once.
    """
    if is_running(layout):
        return False
    # The locks of supervisors that lost their runsvdir keep its own away. Their services serve on: the run
    # scripts of the new ones find them. What was started without a lock would hold the ports.
    end(runsv_processes(layout), signal.SIGKILL, STOP_SECONDS)
    end(strays(layout), signal.SIGTERM, STOP_SECONDS)
    if systemd.is_dir():
        _start_unit(layout, runner)
    else:
        log = layout.logs / "ctl" / "runsvdir.log"
        try:
            log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CtlError(f"{log.parent} cannot be made: {reason(error)}") from error
        runner.spawn(["runsvdir", "-P", layout.services], log=log, cwd=layout.services)
    if not wait_until(lambda: is_running(layout), 10):
        raise CtlError("runsvdir does not stay up", help=f"look at {layout.logs}/ctl/runsvdir.log")
    return True


def unit_text(layout: Layout) -> str:
    """Return the unit that runs runsvdir for the machine's own installation, where no package brings one."""
    return (
        "# Written by ctl.\n"
        "[Unit]\n"
        "Description=Services of the container registry\n"
        "After=network.target remote-fs.target\n\n"
        "[Service]\n" + "".join(f"{line}\n" for line in service_lines(layout)) + "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n"
    )


def service_lines(layout: Layout) -> list[str]:
    """Return what systemd has to know of runsvdir, as lines of a unit's section Service.

    When runsvdir is killed, its services serve on, so systemd does not end them; the supervisors that are
    left are killed before the new runsvdir starts its own, which would not get their locks.
    """
    services = _unit_word(str(layout.services))
    return [
        f"ExecStartPre=-/bin/sh -c '{_CLEAR}' {services}",
        f"ExecStart=/usr/bin/runsvdir -P {services}",
        f"ExecStop=-/bin/sh -c '{_END}' {services} $MAINPID",
        "KillMode=process",
        "KillSignal=SIGHUP",
        # What runsvdir ends with after a HUP.
        "SuccessExitStatus=111",
        f"TimeoutStopSec={STOP_SECONDS}",
        "Restart=always",
    ]


def _unit_word(text: str) -> str:
    """Return a word of a command line as systemd reads it."""
    if text.isascii() and text.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def transient_unit(layout: Layout) -> str:
    """Return the name of the unit of an installation that is not the machine's own."""
    from hashlib import sha256

    return f"registry-ctl-{sha256(str(layout.root).encode()).hexdigest()[:12]}.service"


def _start_unit(layout: Layout, runner: Runner) -> None:
    if layout.is_system:
        path = Path(UNIT_FILE)
        text = unit_text(layout)
        if not Path(PACKAGED_UNIT).exists() and (not path.exists() or path.read_text() != text):
            path.write_text(text)
        _run(runner, ["systemctl", "daemon-reload"])
        _run(runner, ["systemctl", "enable", "--now", UNIT])
        return
    user = [] if os.geteuid() == 0 else ["--user"]
    lines = [line for line in service_lines(layout) if not line.startswith("ExecStart=")]
    _run(
        runner,
        [
            *("systemd-run", *user, f"--unit={transient_unit(layout)}", "--collect", "--quiet"),
            *(f"--property={line}" for line in lines),
            *("/usr/bin/runsvdir", "-P", str(layout.services)),
        ],
    )


def _run(runner: Runner, command: list[str]) -> None:
    done = runner.run(command)
    if not done.ok:
        raise CtlError(
            f"{' '.join(command[:3])} failed",
            detail=(done.stderr or done.stdout).strip() or None,
            help="run it by hand to see why, then ctl reconfigure",
        )


def stop(layout: Layout, runner: Runner, timeout: float, systemd: Path = SYSTEMD) -> None:
    """Stop runsvdir and every service below it, and wait until all of them are gone.

    Args:
        layout: whose services.
        runner: runs ``systemctl``.
        timeout: seconds; what is left then is killed.
        systemd: the directory that tells whether systemd is PID 1.
    """
    begun.note()
    # A lease that ends meanwhile, or the guard, would take it for killed.
    with _ending(layout):
        _stop(layout, runner, timeout, systemd)


def _have_ended(layout: Layout, supervisors: list[int]) -> bool:
    """Whether supervisors that were told to end are gone, after a moment in which they may go.

    runsv does the last that it was told: who tells one up or down that is ending, such as a settle that was
    under way, revokes its end. Then it goes on with a service that is down, or wanted up, and is told again.
    """
    if wait_until(lambda: not any(alive(pid) for pid in supervisors), AGAIN_SECONDS):
        return True
    for pid in supervisors:
        state = process_of(layout, Path(link_of(pid, "cwd")).name)
        if state.wanted or not state.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    return False


def _stop(layout: Layout, runner: Runner, timeout: float, systemd: Path) -> None:
    if systemd.is_dir():
        user = [] if os.geteuid() == 0 else ["--user"]
        unit = UNIT if layout.is_system else transient_unit(layout)
        runner.run(["systemctl", *user, "stop", unit], timeout=timeout + 10)
    children = runsv_processes(layout)
    end(supervisors(layout), signal.SIGHUP, timeout)
    # Whoever nobody looks after has heard nothing of this; a runsv waits for the end of a log in which they
    # might still write.
    end(orphans(layout), signal.SIGTERM, timeout)
    left = [pid for pid in {*children, *runsv_processes(layout)} if alive(pid)]
    if left and not wait_until(lambda: _have_ended(layout, left), timeout):
        end(left, signal.SIGTERM, timeout)
    end(orphans(layout), signal.SIGTERM, timeout)
