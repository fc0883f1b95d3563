"""What stands below a command's help, and in its man page: examples, and exit codes of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

LOCKED = {4: "another run is at work"}
"""The exit code of commands that change something."""


class Epilog(str):
    """The text below a command's help, which remembers what it was made of.

    Args:
        examples: command lines, each with what it is for.
        exits: exit codes that are the command's own, or mean something else here than elsewhere.
    """

    examples: tuple[tuple[str, str], ...] = ()
    exits: Mapping[int, str] = {}


def epilog(*examples: tuple[str, str], exits: Mapping[int, str] | None = None) -> Epilog:
    """Return the text below a command's help.

    Args:
        examples: a command line that an administrator would type, and what it is for.
        exits: see `Epilog`.
    """
    made = Epilog("\n".join(_lines(examples, exits or {})))
    made.examples, made.exits = examples, exits or {}
    return made


def _lines(examples: tuple[tuple[str, str], ...], exits: Mapping[int, str]) -> Iterator[str]:
    # Below a \b click leaves the lines of a paragraph as they are.
    yield from ("\b", "Examples:")
    for line, purpose in examples:
        yield from (f"  {line}", f"      {purpose}")
    if exits:
        yield from ("", "\b", "Exit codes:")
        yield from (f"  {code}  {text}" for code, text in sorted(exits.items()))
