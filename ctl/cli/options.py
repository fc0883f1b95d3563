"""Options that several commands share, and what they come to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from msgspec import Struct

from ctl.cli.declared import option
from ctl.paths import Layout

Config = Annotated[
    Path | None,
    option(
        "-c",
        "--config",
        envvar="CTL_CONFIG",
        metavar="FILE",
        help="Settings file; by default etc/gitlab/gitlab.rb below the root.",
    ),
]
Root = Annotated[
    Path | None,
    option("--root", envvar="CTL_ROOT", metavar="DIR", help="Directory that stands for /."),
]
Json = Annotated[bool, option("--json", help="Print one JSON document.")]


class Chosen(Struct):
    """The options that stood before the command; those after it take precedence."""

    config: Path | None = None
    root: Path | None = None
    json: bool = False


CHOSEN = Chosen()


def choose(config: Config = None, root: Root = None) -> None:
    """Note what stands before the command."""
    CHOSEN.config, CHOSEN.root = config, root


def layout_of(root: Path | None) -> Layout:
    """Return the layout below the chosen root."""
    CHOSEN.root = chosen = root or CHOSEN.root or Path("/")
    # Not resolve(): the root may be a link on purpose, and its spelling shows in every generated path.
    return Layout(Path(os.path.abspath(chosen)))  # noqa: PTH100


def settings_file_of(config: Path | None, layout: Layout) -> Path:
    """Return the path of the settings file."""
    chosen = config or CHOSEN.config
    return Path(os.path.abspath(chosen)) if chosen else layout.settings_file  # noqa: PTH100


def wants_json(json: bool) -> bool:
    """Whether JSON is asked for, before or after the command; remembered for errors."""
    CHOSEN.json = CHOSEN.json or json
    return CHOSEN.json
