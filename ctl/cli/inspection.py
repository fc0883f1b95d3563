"""Commands that only look, and the one that renders into a directory of one's own."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json


class Format(StrEnum):
    """How diagnostics are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("validate")(validate)
    app.command("render")(render)
    app.command("diff")(diff)
    app.command("history")(history)


def validate(
    config: Config = None,
    root: Root = None,
    json: Json = False,
    output: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = Format.TEXT,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at the settings alone: ask nothing of this machine.")
    ] = False,
) -> None:
    """Find every mistake in the settings file; change nothing."""
    as_json = wants_json(json or output is Format.JSON)
    from ctl.console.report import show_diagnostics
    from ctl.operations.validate import validate as run
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path = settings_file_of(config, layout)
    found = run(layout, path, SubprocessRunner(), os.environ, offline=offline)
    show_diagnostics(found.diagnostics, found.sources, as_json)
    if not as_json:
        remarks = f", {found.remarks} remark{'s' if found.remarks > 1 else ''}" if found.remarks else ""
        print(f"{path}: no errors{remarks}")


def render(
    target: Annotated[Path, typer.Option("-o", "--output", help="Directory that stands for /.")],
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Write everything that reconfigure would make below a directory; start nothing."""
    wants_json(json)
    from ctl.console.report import show_diagnostics
    from ctl.operations.render_tree import render_tree
    from ctl.process import SubprocessRunner

    path = settings_file_of(config, layout_of(root))
    into = layout_of(target).root
    prepared = render_tree(path, into, SubprocessRunner(), os.environ)
    show_diagnostics(prepared.diagnostics, {str(path): prepared.source.text}, as_json=False)
    print(f"rendered {path} into {into}")


def diff(
    first: Annotated[int | None, typer.Argument(help="Generation; by default the one before.")] = None,
    second: Annotated[int | None, typer.Argument(help="Generation; by default the current one.")] = None,
    root: Root = None,
) -> None:
    """Show how two generations differ; secrets are masked."""
    from ctl.operations.preview import compare

    print(compare(layout_of(root), first, second), end="")


def history(root: Root = None, json: Json = False) -> None:
    """Show what was done, when, by whom and with what result."""
    from ctl.apply import generation
    from ctl.apply import history as past
    from ctl.console.report import print_json
    from ctl.console.results import show_history

    layout = layout_of(root)
    entries = past.entries(layout)
    if wants_json(json):
        print_json(entries)
    else:
        show_history(entries, generation.numbers(layout), generation.current_number(layout))
