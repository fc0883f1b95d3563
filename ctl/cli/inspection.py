"""Commands that look at settings and generations, and render elsewhere."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from ctl.checks.model import Area
from ctl.cli.declared import Command, argument, misuse, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json


class Format(StrEnum):
    """How diagnostics are printed."""

    TEXT = "text"
    JSON = "json"


class Target(StrEnum):
    """Which place settings are rendered for."""

    RUNIT = "runit"
    FILES = "files"


_VALIDATE = epilog(
    ("ctl validate", "before a reconfigure"),
    ("ctl validate --offline -c gitlab.rb --format json", "in a pipeline, away from the machine itself"),
)
_CHECK = epilog(
    ("ctl check", "when something does not work, or before a change"),
    ("ctl check tls auth", "only certificates and tokens"),
    ("ctl check --json services", "for a script: every finding, with its reason and remedy"),
    exits={1: "something is wrong"},
)
_RENDER = epilog(
    ("ctl render -c gitlab.rb -o /tmp/tree", "look at the files without having them in force"),
    ("ctl render -c gitlab.rb --target files", "see what registry, nginx and GitLab would be told"),
    ("ctl render -c gitlab.rb --target files -o conf", "have it, for a registry that runs otherwise"),
    exits=LOCKED,
)
_DIFF = epilog(
    ("ctl diff", "what the last change did"),
    ("ctl diff 11 14", "what came between generation 11 and 14"),
    ("ctl diff --edited", "what somebody has changed by hand since, before it is put right"),
)
_HISTORY = epilog(
    ("ctl history", "who changed what last night"), ("ctl history --json", "the same for a script")
)


def validate(
    config: Config = None,
    root: Root = None,
    json: Json = False,
    output: Annotated[Format, option("--format", help="How findings are printed.")] = Format.TEXT,
    offline: Annotated[
        bool, option("--offline", help="Look at the settings alone: ask nothing of this machine.")
    ] = False,
) -> None:
    """Find every mistake in the settings file; change nothing.

    All findings are shown at once, each with its line and a remedy. Unless --offline is given, it looks also
    at what the settings need of this machine: certificates, accounts, directories, programs.
    """
    as_json = wants_json(json or output is Format.JSON)
    from ctl.console.report import show_diagnostics
    from ctl.console.text import safe
    from ctl.operations.inspect.validate import validate as run
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path = settings_file_of(config, layout)
    validated = run(layout, path, SubprocessRunner(), os.environ, offline=offline)
    show_diagnostics(validated.diagnostics, validated.sources, as_json)
    if not as_json:
        remarks = (
            f", {validated.remarks} remark{'s' if validated.remarks > 1 else ''}" if validated.remarks else ""
        )
        print(f"{safe(str(path))}: no errors{remarks}")


def check(
    areas: Annotated[
        list[Area] | None, argument(metavar="[AREA]...", help="What to look at; by default everything.")
    ] = None,
    config: Config = None,
    root: Root = None,
    json: Json = False,
    offline: Annotated[
        bool, option("--offline", help="Look at the settings file alone: ask nothing of this machine.")
    ] = False,
) -> None:
    """Look whether everything is as it has to be; change nothing.

    Settings, certificates, ports, services, and every hop of a client's request are looked at side by side,
    and each finding says why it matters and what to do. AREA is settings, store, tls, auth, proxy,
    clients or services.
    """
    as_json = wants_json(json)
    from ctl.checks.model import Outcome
    from ctl.console.check import show_check
    from ctl.operations.inspect.check import check as run
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path = settings_file_of(config, layout)
    report = run(layout, path, SubprocessRunner(), os.environ, areas=areas or (), offline=offline)
    show_check(report, as_json)
    if report.count(Outcome.ERROR):
        raise SystemExit(1)


def render(
    into: Annotated[
        Path | None,
        option("-o", "--output", metavar="DIR", help="Directory that everything is written below."),
    ] = None,
    target: Annotated[
        Target,
        option("--target", help="For services under runit, or the three files alone."),
    ] = Target.RUNIT,
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Write the files that reconfigure makes below a directory.

    Nothing is started, and neither root nor the registry's and nginx's programs are needed. Secrets that are
    not in the directory yet are made, and stay the same in later runs.

    For a registry and an nginx that run by other means, --target files writes config.yml, gitlab.yml (the
    block for GitLab's own) and gitlab-registry.conf (for an http block of nginx), with the paths that the
    settings name. Secrets are those of the settings and of the installation; none is made. Without -o the
    three are printed, with every secret masked.
    """
    as_json = wants_json(json)
    if target is Target.FILES:
        _render_files(config, root, into, as_json)
        return
    if into is None:
        raise misuse("a tree needs a directory: -o DIR; --target files can do without")
    from ctl.console.report import show_diagnostics
    from ctl.console.text import safe
    from ctl.operations.inspect.render_tree import render_tree
    from ctl.process import SubprocessRunner

    path = settings_file_of(config, layout_of(root))
    below = layout_of(into).root
    prepared = render_tree(path, below, SubprocessRunner(), os.environ)
    show_diagnostics(prepared.diagnostics, {str(path): prepared.source.text}, as_json=False)
    print(safe(f"rendered {path} into {below}"))


def _render_files(config: Path | None, root: Path | None, into: Path | None, as_json: bool) -> None:
    from ctl.console.report import print_json, show_diagnostics
    from ctl.console.text import safe, safe_text
    from ctl.operations.inspect.render_files import shown, write
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path, runner = settings_file_of(config, layout), SubprocessRunner()
    if into is None:
        texts = shown(layout, path, runner, os.environ)
    else:
        texts = write(layout, path, Path(os.path.abspath(into)), runner, os.environ)  # noqa: PTH100
    show_diagnostics(texts.prepared.diagnostics, texts.prepared.source.sources, as_json=False)
    if into is not None:
        print(safe(f"rendered {path} into {into}: {', '.join(file.path for file in texts.files)}"))
    elif as_json:
        print_json({file.path: file.content for file in texts.files})
    else:
        print(safe_text("\n".join(f"# {file.path}\n{file.content}" for file in texts.files)), end="")


def diff(
    first: Annotated[
        int | None,
        argument(metavar="[GENERATION]", help="Its number; by default the one before the current one."),
    ] = None,
    second: Annotated[
        int | None,
        argument(metavar="[OTHER]", help="What it is compared with; by default the current one."),
    ] = None,
    edited: Annotated[
        bool, option("--edited", help="What was changed by hand since, in the files in force.")
    ] = False,
    root: Root = None,
) -> None:
    """Show how two generations differ; secrets are masked.

    A generation is what one reconfigure rendered; ctl history lists them.
    """
    if edited and first is not None:
        raise misuse("--edited is about the files in force, so it takes no generation")
    from ctl.console.text import safe_text
    from ctl.operations.change.preview import compare
    from ctl.operations.change.preview import edited as by_hand

    layout = layout_of(root)
    print(safe_text(by_hand(layout) if edited else compare(layout, first, second)), end="")


def history(root: Root = None, json: Json = False) -> None:
    """Show what was done, when, by whom and with what result.

    A star marks the generation in force. ctl rollback takes the number of a generation while it is kept.
    """
    from ctl.apply import generation
    from ctl.apply import history as past
    from ctl.console import terminal
    from ctl.console.report import print_json
    from ctl.console.results import show_history

    layout = layout_of(root)
    entries = past.entries(layout)
    if wants_json(json):
        print_json(entries)
    else:
        width = terminal.columns() if sys.stdout.isatty() else None
        show_history(entries, generation.numbers(layout), generation.current_number(layout), width)


COMMANDS = (
    Command("validate", validate, _VALIDATE),
    Command("check", check, _CHECK),
    Command("render", render, _RENDER),
    Command("diff", diff, _DIFF),
    Command("history", history, _HISTORY),
)
