"""Reads the command line of a collection, whose ``--undo`` takes a run or none."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from ctl.regex import compile_late

# The name of a run, 20261121T040500Z, also when a part of it is missing; a file of such a name is ./20261121.
_RUN = compile_late(r"[0-9][0-9TZ]*")


class CollectCommand(TyperCommand):
    """The command whose ``--undo`` takes a run, or none: what stands behind it may be CONFIG as well."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """Give ``--undo`` the run that follows it, or an empty one."""
        end = args.index("--") if "--" in args else len(args)
        words: list[str] = []
        for number, word in enumerate(args):
            if number < end and words[-1:] == ["--undo="] and _RUN.fullmatch(word):
                words[-1] += word
            else:
                words.append("--undo=" if word == "--undo" and number < end else word)
        return super().parse_args(context, words)
