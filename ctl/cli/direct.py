"""Reads plain command lines as Typer would, without it; what is not plain it leaves to Typer.

Plain is: options by their exact names, each value as a word of its own, no word that asks for help, no
variable of the environment that stands for an option. Nothing is refused here: whoever made a mistake hears
of it from Typer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from ctl.cli.declared import Command, Declared, parameters
from ctl.cli.options import choose
from ctl.cli.places import module_of

# What click looks for, to complete words at a TAB.
_COMPLETING = "_CTL_COMPLETE"


class _Undecided(Exception):
    """The words may mean anything: let Typer read them."""


def direct(words: Sequence[str]) -> Callable[[], None] | None:
    """Return what a command line means; None where only Typer can tell.

    Args:
        words: the words behind the program's name.
    """
    if _COMPLETING in os.environ:
        return None
    waiting = iter(words)
    try:
        chosen, name = _read(choose, waiting, up_to_a_word=True)
        values, _ = _read((command := _command(name)).function, waiting)
    except _Undecided:
        return None

    def call() -> None:
        choose(**chosen)
        command.function(**values)

    return call


def _command(name: str | None) -> Command:
    module = module_of(name)
    if module is None:
        raise _Undecided
    commands: Iterable[Command] = import_module(f"ctl.cli.{module}").COMMANDS
    return next(command for command in commands if command.name == name)


def _read(
    function: Callable[..., Any], words: Iterator[str], up_to_a_word: bool = False
) -> tuple[dict[str, Any], str | None]:
    """Return the values of a function's parameters that words give, and the word that ended them.

    Raises:
        _Undecided: where the words are not plain.
    """
    options: dict[str, tuple[str, Any]] = {}
    arguments: list[tuple[str, Any]] = []
    for parameter, (kind, declared) in parameters(function).items():
        if declared is None or _from_outside(declared):
            raise _Undecided
        if declared.kind == "Argument":
            arguments.append((parameter, kind))
        elif not str(declared.about.get("metavar", "")).startswith("["):  # its value may be missing
            options |= {name: (parameter, kind) for name in declared.names}
    values: dict[str, Any] = {}
    for word in words:
        if word.startswith("-"):
            parameter, kind = options.get(word) or _undecided()
            values[parameter] = True if kind is bool else _value(kind, next(words, ""))
        elif up_to_a_word:
            return values, word
        else:
            parameter, kind = arguments.pop(0) if arguments else _undecided()
            values[parameter] = _value(kind, word)
    required = function.__code__.co_varnames[: _required(function)]
    if not values.keys() >= {*required}:
        raise _Undecided
    return values, None


def _required(function: Callable[..., Any]) -> int:
    return function.__code__.co_argcount - len(function.__defaults__ or ())


def _from_outside(declared: Declared) -> bool:
    return bool(os.environ.get(declared.about.get("envvar", "")))


def _value(kind: Any, word: str) -> Any:
    """Return what a word is as a value of a type; no word that Typer might take for something else is one."""
    if not word or word.startswith("-"):
        raise _Undecided
    if get_origin(kind) is UnionType:
        kind, *others = get_args(kind)
        if others != [type(None)]:
            raise _Undecided
    if kind in (str, Path):
        return kind(word)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((member for member in kind if member.value == word), None) or _undecided()
    raise _Undecided


def _undecided() -> Any:
    raise _Undecided
