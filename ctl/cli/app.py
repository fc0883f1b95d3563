"""The program ``ctl``: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn, TextIO, cast

import typer

import ctl
from ctl.cli.help import MORE, Program
from ctl.cli.options import CHOSEN, Config, Root, layout_of
from ctl.cli.places import COMMANDS, module_of
from ctl.errors import CtlError, ExitCode, refused, remedy

_program = typer.Typer(
    name="ctl",
    cls=Program,
    help="Configure, supervise and maintain a container registry beside a self-managed GitLab.",
    epilog=MORE,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ctl {ctl.__version__}")
        raise typer.Exit


@_program.callback()
def _options(
    config: Config = None,
    root: Root = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    CHOSEN.config = Path(config) if config else None
    CHOSEN.root = Path(root) if root else None


def __getattr__(name: str) -> typer.Typer:
    """Give ``app``, the program with all of its commands, to who asks for it."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _register(COMMANDS)
    return _program


def _register(modules: Iterable[str]) -> None:
    """Add the commands of modules to the program, unless they are there."""
    if not _program.registered_commands:
        for name in modules:
            import_module(f"ctl.cli.{name}").register(_program)


def build_only(words: list[str]) -> None:
    """Leave the one command that is called: to build all of them takes longer than most of them run.

    An unknown name and what tells of all of them need them all.
    """
    name = _called(words)
    module = module_of(name)
    _register(COMMANDS if module is None else [module])
    if module is not None:
        _program.registered_commands = [
            command for command in _program.registered_commands if command.name == name
        ]


def _called(words: list[str]) -> str | None:
    """Return the name of the command that is called; None where there is none."""
    remaining = iter(words)
    for word in remaining:
        if word in ("-c", "--config", "--root"):
            next(remaining, None)
        elif not word.startswith("-"):
            return word
    return None


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
    _open_streams()
    _guard_streams()
    # Directories on the way to a service's files have to be traversable, whatever the caller's umask.
    os.umask(0o022)
    build_only(sys.argv[1:])
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
    except SystemExit as end:
        code = end.code or 0
    if not isinstance(code, int):
        raise SystemExit(code)
    os._exit(code)


def _run() -> None:
    try:
        _program()
    except CtlError as error:
        raise SystemExit(_report(error)) from None
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SystemExit(_report(refused(error))) from None
    except Exception as error:
        raise SystemExit(_unexpected(error)) from None


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
