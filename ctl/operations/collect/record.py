"""How a collection ends is noted: in the history, and for ``ctl status``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct

from ctl.apply import history
from ctl.errors import CtlError, ExitCode, reason
from ctl.paths import Layout
from ctl.state import collection
from ctl.state.collection import Collected, Outcome


class Stopped(CtlError):
    """A collection ended by itself, or by somebody's word, before anything was touched."""


class Record(Struct):
    """What will be noted of a collection.

    Args:
        layout: whose.
        command: as the history names it.
        silent: whether nothing is noted at all, because nothing is touched.
        own: whether it is about the registry that ctl runs here, for which ``ctl status`` speaks.
        message: what was done.
        deleted: see `ctl.state.collection.Collected`.
        freed: see there, too.
        begun: whether its beginning was noted.
    """

    layout: Layout
    command: str
    silent: bool
    own: bool
    message: str = ""
    deleted: dict[str, int] | None = None
    freed: int | None = None
    begun: bool = False

    def begins(self) -> None:
        """Note that it has begun: a run that is killed can say nothing any more."""
        self.begun = True
        self._write(Outcome.RUNNING, "it is under way", None)

    def ends(self, outcome: Outcome, message: str, help: str | None = None) -> None:
        """Note how it ended."""
        if not self.silent:
            history.record(self.layout, self.command, outcome.value, message, None)
            self._write(outcome, message, help)

    def _write(self, outcome: Outcome, message: str, help: str | None) -> None:
        if self.silent or not self.own or not self.layout.state.is_dir():
            return
        moment = datetime.now().astimezone().isoformat(timespec="seconds")
        # As with the history, a full disk must not turn a good run into a failed one.
        with contextlib.suppress(OSError):
            collection.write(self.layout, Collected(moment, outcome, message, help, self.deleted, self.freed))


@contextmanager
def recorded(record: Record) -> Iterator[None]:
    """Note how the block ends.

    Raises:
        CtlError: as the block did, or because a signal has ended it.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        why = str(error) or "interrupted"
        again = "the next run goes on: ctl registry-garbage-collect"
        record.ends(Outcome.STOPPED, f"{why}; nothing live is lost", again)
        raise CtlError(f"{why}; nothing live is lost, and the next run goes on") from error
    except CtlError as error:
        # Who finds another collection at work has none of its own to speak of.
        if record.begun or error.exit_code is not ExitCode.LOCKED:
            outcome = Outcome.STOPPED if isinstance(error, Stopped) else Outcome.FAILED
            record.ends(outcome, error.message, error.help)
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        record.ends(Outcome.FAILED, f"{where}{reason(error)}")
        raise
    except Exception as error:
        record.ends(Outcome.FAILED, f"internal error: {type(error).__name__}: {error}")
        raise
    record.ends(Outcome.DONE, record.message)
