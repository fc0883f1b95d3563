"""Ways to damage what ctl keeps, and a way to run its commands within this process."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ctl.cli import app
from ctl.cli.options import CHOSEN
from ctl.paths import Layout

NOBODY = 65534
# A finding in the settings has its place before it; the line that sums them up has none.
_ERROR = re.compile(r"error\b|\S+:[0-9]+:[0-9]+: error\b")
_SUMMARY = re.compile(r"error: [0-9]+ errors? in the settings")
# A command that waits for somebody to write into a pipe would wait for ever.
PATIENCE_SECONDS = 60


def _give_away(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.chown(path, NOBODY, NOBODY)


DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "empty": lambda path, _: path.write_bytes(b""),
    "cut": lambda path, content: path.write_bytes(content[: len(content) // 2] or b"{"),
    "deep": lambda path, _: path.write_bytes(b"[" * 100_000),
    "binary": lambda path, _: path.write_bytes(bytes(range(256)) * 16),
    "directory": lambda path, _: path.mkdir(),
    "dangling": lambda path, _: path.symlink_to("/no/such/place"),
    "fifo": lambda path, _: os.mkfifo(path),
    "foreign": _give_away,
}


HOME = "var/opt/gitlab/ctl"
STATE = f"{HOME}/state"
# Paths below the root; N stands for the generation in force.
NAMES = (
    *(f"{HOME}/{name}" for name in ("lock", "collect.lock", "current", "generations", "sockets", "collect")),
    *(f"{HOME}/sockets/{name}" for name in ("active", "registry")),
    *(f"N/{name}" for name in ("manifest.json", "settings.json", "masked.json", "registry/config.yml")),
    *(f"N/{name}" for name in ("gitlab/gitlab.yml", "gitlab/gitlab-registry.key", "runit/registry/run")),
    STATE,
    *(f"{STATE}/{name}.json" for name in ("applied", "drivers", "proven", "read-only", "lease")),
    *(f"{STATE}/last-collection.json", f"{STATE}/links.json", "N/stamps.json", "N/secrets.json"),
    *(f"{STATE}/{name}" for name in ("lease.lock", "exchange", "wake", "ctl", "made", "running", "stopped")),
    *(f"{STATE}/{name}" for name in ("running/registry", "stopped/logrotate", "taken-over.json", "tls")),
    *(f"{STATE}/{name}" for name in ("tls/host.crt", "logrotate.status", "collection-foretold.json")),
    *(f"{STATE}/{name}" for name in ("owed", "owed/registry-guard", "reserve", "reserve/0")),
    *(f"{STATE}/running/registry.{name}" for name in ("lock", "happened")),
    *(f"{HOME}/edits", f"{HOME}/edits/1"),
    *("etc/gitlab/gitlab-secrets.json", "etc/gitlab/gitlab.rb", "var/log/gitlab/ctl/history.log"),
    *(f"opt/gitlab/{name}" for name in ("sv/registry/run", "sv/registry/log/run", "service/registry")),
)


def file_of(layout: Layout, name: str) -> Path:
    """Return where a file of `NAMES` is."""
    if name.startswith("N/"):
        return layout.generations / layout.current.readlink().name / name.removeprefix("N/")
    return layout.root / name


@contextlib.contextmanager
def damaged(path: Path, how: str, aside: Path) -> Iterator[None]:
    """Damage a file for the length of a block."""
    was_there = os.path.lexists(path)
    content = path.read_bytes() if was_there and path.is_file() else b"[]"
    if was_there:
        path.rename(aside)
    path.parent.mkdir(parents=True, exist_ok=True)
    DAMAGES[how](path, content)
    try:
        yield
    finally:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if was_there:
            aside.rename(path)


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """The errors, without the line that counts those that were found in the settings."""
        return [line for line in self._lines if not _SUMMARY.fullmatch(line)]

    @property
    def summary(self) -> str | None:
        """The line that counts them, where there is one."""
        return next((line for line in self._lines if _SUMMARY.fullmatch(line)), None)

    @property
    def _lines(self) -> list[str]:
        return [line for line in self.err.splitlines() if _ERROR.match(line)]


def run(layout: Layout, *words: str) -> Said:
    """Run a command of ctl in this process, as its program would."""

    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"ctl {' '.join(words)} did not end")

    umask = os.umask(0o022)
    kept = sys.argv, sys.stdout, sys.stderr
    out, err = io.StringIO(), io.StringIO()
    sys.argv, sys.stdout, sys.stderr = ["ctl", "--root", str(layout.root), *words], out, err
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE_SECONDS)
    try:
        app.main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        sys.argv, sys.stdout, sys.stderr = kept
        CHOSEN.json, CHOSEN.config, CHOSEN.root = False, None, None
        os.umask(umask)
    return Said(code, out.getvalue(), err.getvalue())
