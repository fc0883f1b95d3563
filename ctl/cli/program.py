"""The program as Typer builds it: all that is more than a plain command line is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated

import typer

import ctl
from ctl.cli.declared import Command, for_typer
from ctl.cli.help import MORE, Program
from ctl.cli.options import Config, Root, choose
from ctl.cli.places import COMMANDS, module_of


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ctl {ctl.__version__}")
        raise typer.Exit


def _options(
    config: Config = None,
    root: Root = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    choose(config, root)


def program_for(words: Sequence[str]) -> typer.Typer:
    """Return the program with the one command that is called: to build all takes longer than most run.

    An unknown name and what tells of all of them need them all.

    Args:
        words: the words behind the program's name.
    """
    name = _called(words)
    module = module_of(name)
    if module is None:
        return whole()
    return _program(command for command in _commands(module) if command.name == name)


@cache
def whole() -> typer.Typer:
    """Return the program with all of its commands."""
    return _program(command for module in COMMANDS for command in _commands(module))


def _commands(module: str) -> Iterator[Command]:
    yield from import_module(f"ctl.cli.{module}").COMMANDS


def _program(commands: Iterable[Command]) -> typer.Typer:
    program = typer.Typer(
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
    program.callback()(for_typer(_options))
    for command in commands:
        command.add_to(program)
    return program


def _called(words: Sequence[str]) -> str | None:
    """Return the name of the command that is called; None where there is none."""
    rest = iter(words)
    for word in rest:
        if word in ("-c", "--config", "--root"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None
