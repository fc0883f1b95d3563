"""Enabled services: a link in the directory that runsvdir watches."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from ctl.errors import CtlError, reason
from ctl.paths import Layout
from ctl.process import Runner
from ctl.state import reserve
from ctl.state.files import fsync_directory, make_way, put_in_place
from ctl.supervise.orphans import holders
from ctl.supervise.processes import end, wait_until
from ctl.supervise.status import State, process_of


def enabled(layout: Layout) -> list[str]:
    """Return the names of the enabled services, sorted."""
    return _names(layout.services)


def defined(layout: Layout) -> list[str]:
    """Return the names of all services that there ever were, enabled or not, sorted."""
    return _names(layout.service_definitions)


def _names(directory: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in directory.iterdir() if not entry.name.startswith("."))
    except FileNotFoundError:
        return []


def is_enabled(layout: Layout, name: str) -> bool:
    """Whether a service is enabled."""
    return (layout.services / name).is_symlink()


def enable(layout: Layout, name: str) -> bool:
    """Link a service into the directory that runsvdir watches; return whether it was not there.

    Raises:
        CtlError: the link cannot be made.
    """
    link = layout.services / name
    target = os.path.relpath(layout.service_definitions / name, layout.services)
    try:
        if link.is_symlink() and str(link.readlink()) == target:
            return False
        layout.services.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = layout.services / f".{name}.new"
        make_way(fresh)
        fresh.symlink_to(target)
        put_in_place(fresh, link)
        fsync_directory(layout.services)
    except IsADirectoryError:
        raise CtlError(
            f"the service {name} cannot be enabled: {link} is a directory, a symlink is expected",
            # Whatever lies there under a name without a dot is a service to runsvdir.
            help=f"look at what is in it, and move it out of {layout.services}",
        ) from None
    except OSError as error:
        raise CtlError(f"the service {name} cannot be enabled: {link}: {reason(error)}") from error
    return True


def hold_down(layout: Layout, name: str) -> None:
    """Keep a service down when the next runsv begins to look after it, as after a start of the machine.

    Source: runsv(8), the file ``down``.
    """
    down = layout.service_definitions / name / "down"
    if not down.exists():
        reserve.with_room(layout, lambda: down.touch(mode=0o644))
        fsync_directory(down.parent)


def release(layout: Layout, name: str) -> None:
    """Let the next runsv start a service."""
    with contextlib.suppress(FileNotFoundError):
        down = layout.service_definitions / name / "down"
        down.unlink()
        fsync_directory(down.parent)


def disable(layout: Layout, runner: Runner, name: str, wait: float) -> None:
    """Stop a service and take its link away; its runsv ends when runsvdir notices, within seconds.

    Raises:
        CtlError: it does not stop.
    """
    if process_of(layout, name).state is not State.ABSENT:
        done = runner.run(
            ["sv", "-w", str(int(wait)), "force-stop", str(layout.services / name)], timeout=wait + 30
        )
        if not done.ok:
            raise CtlError(
                f"the service {name} does not stop",
                detail=done.stdout.strip(),
                help=f"ctl graceful-kill {name} ends whatever is left of it",
            )
    end(holders(layout, name), signal.SIGTERM, wait)
    # The way through the definition still works when the link is gone.
    ok = layout.service_definitions / name / "supervise" / "ok"
    (layout.services / name).unlink(missing_ok=True)
    wait_until(lambda: not _has_reader(str(ok)), 10)


def _has_reader(fifo: str) -> bool:
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def spelled(name: str) -> str:
    """Return a name as it may be printed; see `printable`."""
    if name.isascii() and name.isprintable():
        return name
    from ctl.diagnostics.cells import printable

    return printable(name)
