"""Processes of an installation to be killed, and whether it has come to rest again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ctl.paths import GUARD, REGISTRY, STANDBY
from ctl.state import guard, link
from ctl.supervise.orphans import holders, stood_in_for
from ctl.supervise.processes import alive, parent, supervisors
from ctl.supervise.status import log_process_of, process_of
from tests.system.installation import Installation, wait_for
from tests.system.watching import serves

SERVICES = (REGISTRY, "nginx", "logrotate", GUARD)
# runsvdir looks every five seconds for what has ended.
BACK_SECONDS = 10.0


def _process(name: str) -> Callable[[Installation], int]:
    return lambda site: process_of(site.layout, name).pid


def _runsv(name: str) -> Callable[[Installation], int]:
    return lambda site: parent(process_of(site.layout, name).pid)


def _log(site: Installation) -> int:
    state = log_process_of(site.layout, REGISTRY)
    return state.pid if state else 0


def _worker(site: Installation) -> int:
    master = process_of(site.layout, "nginx").pid
    return next(pid for pid in holders(site.layout, "nginx") if parent(pid) == master)


VICTIMS: dict[str, Callable[[Installation], int]] = {
    "registry": _process(REGISTRY),
    "standby": _process(STANDBY),
    "guard": _process(GUARD),
    "nginx": _process("nginx"),
    "worker": _worker,
    "svlogd": _log,
    "runsv of registry": _runsv(REGISTRY),
    "runsv of standby": _runsv(STANDBY),
    "runsv of nginx": _runsv("nginx"),
    "runsv of guard": _runsv(GUARD),
    "runsvdir": lambda site: supervisors(site.layout)[0],
}
# Of whose death no client notices anything.
UNNOTICED = ("guard", "svlogd", "runsv of registry", "runsv of nginx", "runsv of guard", "runsvdir")


def kill(site: Installation, *names: str) -> None:
    """Kill processes at the same moment; the standby and its runsv while the standby serves."""
    exchange = None
    if any("standby" in name for name in names):
        exchange = subprocess.Popen(
            site.command("restart", "registry"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda: link.active(site.layout) == STANDBY)
    pids = [VICTIMS[name](site) for name in names]
    for pid in pids:
        assert pid > 1, names
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in pids))
    if exchange:
        exchange.wait()


class Watch:
    """Asks the vhost over and over, and knows when it last did not answer."""

    def __init__(self, site: Installation) -> None:
        self.site, self.began, self.bad = site, time.monotonic(), 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self) -> None:
        while not self.ended.wait(0.05):
            if not serves(self.site):
                self.bad = time.monotonic() - self.began

    def stop(self) -> float:
        """End it; return the seconds from the beginning to the last time that it did not answer."""
        self.ended.set()
        self.thread.join()
        return self.bad


def is_at_rest(site: Installation) -> bool:
    """Whether everything is as after a reconfigure, but for who stands in for an nginx that serves on."""
    layout = site.layout
    if guard.exchanging(layout) or link.active(layout) != REGISTRY or process_of(layout, STANDBY).pid:
        return False
    if holders(layout, STANDBY) or stood_in_for(layout, REGISTRY):
        return False
    return all(_is_looked_after(site, name) for name in SERVICES) and serves(site)


def _is_looked_after(site: Installation, name: str) -> bool:
    state, log = process_of(site.layout, name), log_process_of(site.layout, name)
    if not state.is_up or not log or not log.is_up:
        return False
    if stood_in_for(site.layout, name):
        return name == "nginx"
    # What a killed supervisor has left writes on until its service has ended.
    return all(alive(pid) for pid in (state.pid, log.pid)) and _named(log.pid) == "svlogd"


def _named(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
