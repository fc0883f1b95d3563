"""Commands that explain settings and show what they come to."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated

from ctl.cli.declared import Command, argument, misuse, option
from ctl.cli.epilog import epilog
from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json
from ctl.diagnostics.known import KNOWN


class Form(StrEnum):
    """How values are printed."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


Reveal = Annotated[bool, option("--reveal-secrets", help="Show secrets as they are.")]

_SHOW = epilog(
    ("ctl show-config registry.storage", "where images lie, and which line says so"),
    ("ctl show-config --format yaml", "all of it, to keep or to compare"),
)
_EXPLAIN = epilog(
    ("ctl explain registry.log_level", "its values, its default and what it becomes"),
    ("ctl explain registry.storage.s3", "all that can be set for S3"),
)
_CHECK = epilog(
    ("ctl check-config --version 18.5", "before GitLab is upgraded to 18.5"),
    ("ctl check-config --for-registry 3", "before ctl['registry_binary'] names another registry"),
    exits={1: "settings are removed in that version, or keep that registry from serving"},
)
_DIFF = epilog(("ctl diff-config", "after an upgrade of ctl, to see which settings are new"))


def show_config(
    names: Annotated[
        list[str] | None, argument(metavar="[SETTING]...", help="Settings or sections; by default all.")
    ] = None,
    config: Config = None,
    root: Root = None,
    json: Json = False,
    form: Annotated[Form, option("--format", help="How values are printed.")] = Form.TEXT,
    reveal: Reveal = False,
) -> None:
    """Show every value in force and where it comes from.

    The origin is a line of the settings file, a default, or another setting that it is derived from.
    """
    as_json = wants_json(json or form is Form.JSON)
    KNOWN.revealed = reveal
    from ctl.console.values import show_values
    from ctl.operations.inspect.show_config import chosen
    from ctl.operations.inspect.show_config import show_config as run
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path = settings_file_of(config, layout)
    wanted = chosen(names or [])
    values = run(layout, path, SubprocessRunner(), os.environ, reveal=reveal)
    show_values([value for value in values if wanted(value)], str(path), "json" if as_json else form.value)


def explain(
    name: Annotated[
        str | None,
        argument(
            metavar="[SETTING]",
            help="Such as registry.storage.s3, storage_delete_enabled or config.yml:http.addr.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Explain a setting, or list the settings of a section.

    It says the type, the default, what the setting becomes, and which registry ignores it; gitlab.rb(5) holds
    the same of all settings.
    """
    as_json = wants_json(json)
    from ctl.console.values import show_explained
    from ctl.operations.inspect.explain import explain as run

    show_explained(run(name), as_json)


def check_config(
    config: Config = None,
    root: Root = None,
    json: Json = False,
    version: Annotated[
        str | None,
        option(
            "-v",
            "--version",
            metavar="VERSION",
            help="GitLab's version that you upgrade to; by default the newest known.",
        ),
    ] = None,
    registry: Annotated[
        str | None,
        option(
            "--for-registry",
            metavar="REGISTRY",
            help="Look at what another registry refuses, ignores or reads otherwise: 2.8, 3 or gitlab.",
        ),
    ] = None,
    no_fail: Annotated[
        bool, option("-n", "--no-fail", help="Exit 0 even where a setting is removed in that version.")
    ] = False,
) -> None:
    """Find settings that a version of GitLab removes or deprecates.

    A setting that GitLab's package has removed in that version makes the exit code 1. The settings file is
    read as it stands, whether it is in force or not.

    With --for-registry it is looked at what changes when the registry that the settings name becomes another
    one: what that does not start with, what it ignores, and what it takes otherwise.
    """
    if version is not None and registry is not None:
        raise misuse("--version asks for GitLab, --for-registry for the registry: ask for one at a time")
    as_json = wants_json(json)
    from ctl.console.report import show_diagnostics
    from ctl.console.text import safe
    from ctl.operations.inspect.check_config import check_config as run
    from ctl.operations.inspect.check_config import check_registry
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    path = settings_file_of(config, layout)
    if registry is None:
        checked = run(layout, path, os.environ, version)
    else:
        checked = check_registry(layout, path, os.environ, SubprocessRunner(), registry)
    show_diagnostics(checked.diagnostics, checked.sources, as_json)
    if not as_json:
        print(safe(f"{path}: {checked.summary}"))
    if checked.removed and not no_fail:
        raise SystemExit(1)


def diff_config(
    config: Config = None,
    root: Root = None,
    reveal: Reveal = False,
    everything: Annotated[
        bool,
        option("--all", help="Show the whole example, also beside a file that was not made from it."),
    ] = False,
) -> None:
    """Compare your settings file with the complete example.

    That is the example that this ctl comes with. The output is a unified diff, in which secrets are masked
    unless --reveal-secrets is given. Beside a file that was not made from the example stands only what it
    sets.
    """
    from ctl.console.text import safe_text
    from ctl.operations.inspect.diff_config import diff_config as run

    KNOWN.revealed = reveal
    layout = layout_of(root)
    compared = run(layout, settings_file_of(config, layout), os.environ, reveal=reveal, everything=everything)
    print(safe_text(compared.diff), end="")
    if compared.left_out:
        print(
            f"note: {compared.left_out} more settings stand in the example; --all shows them", file=sys.stderr
        )


COMMANDS = (
    Command("show-config", show_config, _SHOW),
    Command("explain", explain, _EXPLAIN),
    Command("check-config", check_config, _CHECK),
    Command("diff-config", diff_config, _DIFF),
)
