"""The program ``ctl``: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn, TextIO, cast

from ctl.cli.direct import direct
from ctl.cli.options import CHOSEN, layout_of
from ctl.cli.start import UNTOUCHED, say, stand_down
from ctl.errors import CtlError, ExitCode, refused, remedy
from ctl.state.begun import BEGUN


def _open_streams() -> None:
    """Put the null device in the place of standard streams that the caller has closed.

    Otherwise the next file that is opened gets the number of such a stream, and what is printed goes into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _guard_streams() -> None:
    """Let neither a secret of this machine's settings through nor what drives a terminal, whoever prints."""
    from ctl.console.masked import MaskedStream
    from ctl.console.terminal import Screened
    from ctl.diagnostics.known import KNOWN

    def find() -> Iterable[str]:
        from ctl.operations.compile.secret_store import stored_secrets

        return stored_secrets(layout_of(None))

    KNOWN.look_up(find)
    sys.stdout, sys.stderr = (
        cast(TextIO, MaskedStream(cast(TextIO, Screened(stream)))) for stream in (sys.stdout, sys.stderr)
    )


def main() -> None:
    """Run a command; errors end here as a message and an exit code, never as a traceback."""
    # What a command makes lives until its end; the search for what does not takes a fifth of a start.
    gc.set_threshold(100_000, 20, 20)
    _open_streams()
    _guard_streams()
    # Directories on the way to a service's files have to be traversable, whatever the caller's umask.
    os.umask(0o022)
    try:
        try:
            _run()
        finally:
            # Now, for what cannot be written at the interpreter's own end becomes a traceback.
            sys.stdout.flush()
            sys.stderr.flush()
    except OSError as error:
        raise SystemExit(_unwritten(error)) from None


def run() -> NoReturn:
    """Run a command as a process of its own.

    It ends at once: to take the interpreter's objects apart one by one takes longer than some commands.
    """
    code: object = 0
    try:
        main()
    except KeyboardInterrupt:
        code = _interrupted()
    except SystemExit as end:
        code = end.code or 0
    if not isinstance(code, int):
        raise SystemExit(code)
    os._exit(code)


def _run() -> None:
    stand_down()
    try:
        _call(sys.argv[1:])
    except SystemExit as end:
        # What Typer makes of an interruption, without a word.
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            raise SystemExit(_interrupted()) from None
        raise
    except CtlError as error:
        raise SystemExit(_report(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(_interrupted()) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SystemExit(_report(refused(error))) from None
    except Exception as error:
        raise SystemExit(_unexpected(error)) from None


def _interrupted() -> int:
    """Say that the command was interrupted, and whether that has left anything; return the exit code."""
    return say("interrupted: what was begun may be half done" if BEGUN.anything else UNTOUCHED)


def _call(words: list[str]) -> None:
    """Run the command that words name: at once where they are plain, otherwise as Typer reads them."""
    plain = direct(words)
    if plain is not None:
        try:
            plain()
            raise SystemExit(0)
        except Exception as error:
            if not _is_misuse(error):
                raise
    from ctl.cli.program import program_for

    program_for(words)()


def _is_misuse(error: Exception) -> bool:
    """Whether a command refuses how it was called, before it has done anything: Typer says it best."""
    typer = sys.modules.get("typer")
    return typer is not None and isinstance(error, typer.BadParameter)


def _unwritten(error: OSError) -> int:
    """End a command whose output was not taken: quietly where its reader has seen enough."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            # What is left in its buffer goes nowhere, and so does whatever follows.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, number)
            os.close(null)
    return int(ExitCode.FAILED) if isinstance(error, BrokenPipeError) else _report(refused(error))


def _report(error: CtlError) -> int:
    from ctl.console.report import show_diagnostics, show_error

    # Where nobody knew better, what the system refused tells what to do.
    error.help = error.help or remedy(error.__cause__)
    diagnostics = getattr(error, "diagnostics", None)
    if diagnostics is not None:
        show_diagnostics(diagnostics, getattr(error, "sources", {}), CHOSEN.json)
        if not CHOSEN.json:
            print(file=sys.stderr)
            show_error(error, as_json=False)
    else:
        show_error(error, CHOSEN.json)
    return int(error.exit_code)


def _unexpected(error: Exception) -> int:
    """Report a mistake of our own: what it was and where, in two lines."""
    import traceback

    from ctl.console.text import safe

    place = traceback.extract_tb(error.__traceback__)[-1]
    print(
        f"error: internal error: {type(error).__name__}: {safe(str(error))}\n"
        f"  at {safe(Path(place.filename).name)}:{place.lineno} in {place.name}\n"
        "help: please report this with the settings that led to it",
        file=sys.stderr,
    )
    return int(ExitCode.FAILED)


if __name__ == "__main__":
    run()
