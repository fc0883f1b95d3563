"""How settings and their values look: in columns for a person, as JSON or YAML for a script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from ctl.console.report import print_json
from ctl.console.text import safe, safe_text
from ctl.diagnostics.cells import is_unsafe

if TYPE_CHECKING:
    from ctl.operations.inspect.explain import Explained
    from ctl.operations.inspect.show_config import Shown

# Longer statements have their origin right behind them instead of in the column.
COLUMN = 64
WIDTH = 100


def show_values(values: Sequence[Shown], file: str, form: str) -> None:
    """Print values with their origins.

    Text is a settings file: one statement a line, the origin in a comment behind it.
    """
    if form == "text":
        print(f"# {safe(file)}")
        for shown in values:
            print(f"{safe_text(shown.statement):{COLUMN}}  # {safe(shown.origin)}")
        return
    settings = {shown.dotted: {"value": shown.value, "origin": shown.origin} for shown in values}
    document = {"file": file, "settings": settings}
    if form == "json":
        print_json(document)
        return
    import yaml

    # Letters of every language stay, unless something is among them that drives the terminal.
    plain = not any(is_unsafe(character) for character in str(document))
    yaml.safe_dump(document, sys.stdout, sort_keys=False, allow_unicode=plain, width=1000)


def show_explained(explained: Explained, as_json: bool) -> None:
    """Print what a setting is."""
    if as_json:
        print_json(explained.as_json())
        return
    lines = (
        [explained.name, *(f"  {line}" for line in wrap(explained.doc, WIDTH))]
        if explained.name
        else [explained.doc]
    )
    facts = _facts(explained)
    if facts:
        lines += ["", *(f"  {name:9} {value}" for name, value in facts)]
    if explained.example:
        lines += ["", "  example:", *(f"    {line}" for line in explained.example)]
    if explained.settings:
        longest = max(len(_own(setting, explained)) for setting in explained.settings)
        lines += [
            "",
            *(f"  {_own(setting, explained):{longest}}  {setting.doc}" for setting in explained.settings),
        ]
        lines += ["", "  ctl explain NAME tells more of each"]
    print("\n".join(safe_text(line) for line in lines))


def _facts(explained: Explained) -> list[tuple[str, str]]:
    facts = [("type", explained.kind)] if explained.kind else []
    if explained.required:
        facts.append(("default", "none: it is required"))
    elif explained.default is not None:
        facts.append(("default", explained.default))
    for name, value in (("since", explained.since), ("becomes", explained.becomes)):
        if value:
            facts.append((name, value))
    return facts + [("note", remark) for remark in explained.remarks]


def _own(setting: Explained, section: Explained) -> str:
    """Return a setting's name as it goes on after its section's."""
    return setting.path.removeprefix(f"{section.path}.") if section.path else setting.path
